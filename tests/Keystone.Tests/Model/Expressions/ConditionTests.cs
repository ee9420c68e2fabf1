using CsCheck;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Expressions;

/// <summary>Conditions mean what plain code over plain items means, and cost nothing but time.</summary>
public sealed class ConditionTests
{
    private readonly ExpressionCache _cache = new(new ExpressionLimits { ExpressionBytesMax = 1 << 16 });

    [Fact]
    public void A_condition_over_bytes_holds_when_it_holds_of_the_item()
        => Gen.Select(ConditionGen.Condition, ConditionGen.Item).Sample(
            (condition, item) => Bind(Marked(condition), condition).Holds(item.Encode()) == condition.Holds(item));

    [Fact]
    public void A_condition_prints_as_a_text_that_means_the_same()
        => Gen.Select(ConditionGen.Condition, ConditionGen.Item).Sample((condition, item) =>
        {
            string printed = _cache.Condition(Marked(condition), ExpressionKind.Condition).ToString();
            return printed == _cache.Condition(printed, ExpressionKind.Condition).ToString()
                && Bind(printed, condition).Holds(item.Encode()) == condition.Holds(item);
        });

    [Fact]
    public void Comparisons_obey_their_laws()
        => Gen.Select(ConditionGen.Item, ConditionGen.From("a", "b", "m.x"), ConditionGen.From("c", "d", "l[0]")).Sample((item, x, y) =>
        {
            EncodedItem encoded = item.Encode();
            return Holds(encoded, $"{x} <> {y}") == !Holds(encoded, $"{x} = {y}")
                && Holds(encoded, $"{x} < {y}") == Holds(encoded, $"{y} > {x}")
                && Holds(encoded, $"{x} <= {y}")
                    == (Holds(encoded, $"{x} < {y}") || (Holds(encoded, $"{x} = {y}") && IsOrdered(encoded, x)))
                && Holds(encoded, $"{x} BETWEEN {y} AND {y}") == Holds(encoded, $"{x} >= {y} AND {x} <= {y}")
                && Holds(encoded, $"{x} IN ({y}, d)") == Holds(encoded, $"{x} = {y} OR {x} = d")
                && Holds(encoded, $"NOT ({x} = {y} AND {x} < d)") == Holds(encoded, $"(NOT {x} = {y}) OR (NOT {x} < d)");
        });

    [Fact]
    public void Asking_an_item_allocates_nothing()
    {
        var values = new Dictionary<string, AttributeValue> { [":n"] = 5, [":s"] = "he", [":t"] = "S", [":one"] = 1 };
        ConditionExpression condition = new ExpressionScope(_cache, values: values).Condition(
            "n >= :n AND begins_with(s, :s) AND size(l) > :one AND NOT (contains(l, :n) AND m.x = :n) AND attribute_type(s, :t) "
            + "AND n BETWEEN :one AND :n AND n IN (:one, :n)");
        EncodedItem item = ItemJson.Parse("""{"n":5,"s":"hello","l":[1,2,5],"m":{"x":6}}""").Encode();
        Assert.True(condition.Holds(item));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            condition.Holds(item);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static bool IsOrdered(EncodedItem item, string path)
        => Value(item, path)?.Kind is AttributeKind.String or AttributeKind.Number or AttributeKind.Binary or AttributeKind.Timestamp;

    private static AttributeValue? Value(EncodedItem item, string path)
        => path == "m.x" ? (item.Find("m") is { Kind: AttributeKind.Map } map ? map.AsMap().Find("x") : null) : item.Find(path);

    /// <summary>The drawn text marks its placeholders while it is put together.</summary>
    private static string Marked(DrawnCondition condition) => condition.Text.Replace("?", "", StringComparison.Ordinal);

    private bool Holds(EncodedItem item, string text)
        => new ExpressionScope(_cache).Condition(text).Holds(item);

    private ConditionExpression Bind(string text, DrawnCondition condition)
    {
        var scope = new ExpressionScope(_cache, values: condition.Values.Length == 0 ? null : condition.ValueMap);
        ConditionExpression bound = scope.Condition(text);
        scope.RequireAllUsed();
        return bound;
    }
}
