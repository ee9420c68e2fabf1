using Keystone.Model.Items;
using Keystone.Testing;

namespace Keystone.Simulation.Items;

/// <summary>
/// A condition or an update twice: as text with its values, and as what it is supposed to mean. Whoever writes the meaning does not read
/// the
/// text: the two are held against each other.
/// </summary>
/// <param name="Text">The expression.</param>
/// <param name="Values">The values of its placeholders, or null if it has none.</param>
/// <param name="Meaning">What it says of an item, or makes of it.</param>
internal sealed record Phrase<T>(string Text, IReadOnlyDictionary<string, AttributeValue>? Values, Func<Item?, T> Meaning);

/// <summary>Draws conditions and updates.</summary>
internal static class Phrases
{
    private static readonly string[] Words = ["a", "ab", "abc", "b", "tea", "te"];

    /// <summary>A condition, which is asked of no item, too.</summary>
    public static Phrase<bool> Condition(ref Dice dice)
    {
        long low = dice.Below(20);
        long high = low + dice.Below(20);
        string word = Word(ref dice);
        return dice.Below(9) switch
        {
            0 => new("attribute_exists(n)", null, item => item?.Find("n") is not null),
            1 => new("attribute_not_exists(p)", null, item => item is null),
            2 => new("n > :low", Of((":low", low)), item => N(item) > low),
            3 => new("NOT n BETWEEN :low AND :high", Of((":low", low), (":high", high)), item => !(N(item) >= low && N(item) <= high)),
            4 => new("tag = :word OR n <> :low", Of((":word", word), (":low", low)),
                item => Tag(item) == word || N(item) != low),
            5 => new("begins_with(tag, :word)", Of((":word", word)),
                item => Tag(item)?.StartsWith(word, StringComparison.Ordinal) ?? false),
            6 => new("contains(words, :word)", Of((":word", word)), item => SetOf(item).Contains(word)),
            7 => new("size(words) >= :two AND attribute_type(words, :type)", Of((":two", 2), (":type", "SS")),
                item => SetOf(item).Count() >= 2),
            _ => new("n IN (:low, :high) AND NOT attribute_exists(tag)", Of((":low", low), (":high", high)),
                item => (N(item) == low || N(item) == high) && Tag(item) is null),
        };
    }

    /// <summary>An update of an item, or of an item that is made of its key.</summary>
    public static Phrase<Item> Update(ref Dice dice)
    {
        long number = dice.Below(20);
        string word = Word(ref dice);
        return dice.Below(7) switch
        {
            0 => new("SET n = if_not_exists(n, :number) + :one", Of((":number", number), (":one", 1)),
                item => item!.With("n", (N(item) ?? number) + 1)),
            1 => new("SET tag = :word REMOVE n", Of((":word", word)), item => item!.With("tag", word).Without("n")),
            2 => new("ADD words :words, n :number", Of((":words", AttributeValue.StringSet(word)), (":number", number)),
                item => WithWord(item!, word).With("n", (N(item) ?? 0) + number)),
            3 => new("DELETE words :words", Of((":words", AttributeValue.StringSet(word))), item => WithoutWord(item!, word)),
            4 => new("SET xs = list_append(if_not_exists(xs, :none), :one)",
                Of((":none", AttributeValue.List()), (":one", AttributeValue.List(number))),
                item => item!.With("xs", AttributeValue.List([.. item.Find("xs")?.AsList() ?? [], number]))),
            5 => new("REMOVE tag, words", null, item => item!.Without("tag").Without("words")),
            _ => new("SET doc = :doc", Of((":doc", AttributeValue.Map(Item.Of(("number", number), ("word", word))))),
                item => item!.With("doc", AttributeValue.Map(Item.Of(("number", number), ("word", word))))),
        };
    }

    public static string Word(ref Dice dice) => Words[dice.Below(Words.Length)];

    private static Dictionary<string, AttributeValue> Of(params ReadOnlySpan<(string Name, AttributeValue Value)> values)
    {
        Dictionary<string, AttributeValue> all = [];
        foreach ((string name, AttributeValue value) in values)
        {
            all[name] = value;
        }

        return all;
    }

    private static long? N(Item? item) => item?.Find("n") is { } n ? (long)n.AsNumber() : null;

    private static string? Tag(Item? item) => item?.Find("tag")?.AsString();

    private static IEnumerable<string> SetOf(Item? item) => item?.Find("words")?.AsStringSet() ?? [];

    private static Item WithWord(Item item, string word)
        => item.With("words", AttributeValue.StringSet(SetOf(item).Append(word).Distinct()));

    private static Item WithoutWord(Item item, string word)
    {
        string[] left = [.. SetOf(item).Where(other => other != word)];
        return left.Length == 0 ? item.Without("words") : item.With("words", AttributeValue.StringSet(left));
    }
}
