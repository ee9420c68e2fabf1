using CsCheck;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Expressions.Legacy;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Expressions;

/// <summary>Whatever the text is, it is read or refused by name: no crash, no hang, no endless memory.</summary>
public sealed class PoisonTests
{
    /// <summary>Far less than any thread has that runs requests.</summary>
    private const int SmallStackBytes = 512 * 1024;

    /// <summary>Nearly the longest list that an item of 400 KB holds.</summary>
    private const int ElementsOfLongList = 390_000;

    private const long AllocatedBytesMax = 64 << 20;

    private static readonly EncodedItem LongList =
        Item.Of(("z", AttributeValue.List(Enumerable.Repeat<AttributeValue>("", ElementsOfLongList)))).Encode();

    private static readonly string[] Words =
    [
        "a", "b.c", "#n", ":v", "[0]", "[", "]", "(", ")", "((", "))", ",", ".", "=", "<>", "<", ">=", "+", "-", "AND", "OR", "NOT",
        "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE", "size(", "contains(a, ", "begins_with(a, :v)", "attribute_exists(",
        "if_not_exists(a, ", "list_append(",
        "name", "_", "\0", "\uD800", "\uDC00", "😀", "é", "999999999999999999999", "\"", "'", "#", ":", "%", "\n",
    ];

    private static readonly Gen<string> Soup = ConditionGen.From(Words).Array[0, 24].Select(words => string.Join(' ', words));

    private static readonly Gen<string> Garbage = Gen.OneOf(Soup, ConditionGen.From(Words).Array[0, 24].Select(string.Concat), Gen.String);

    private static readonly ExpressionLimits Raised = new()
    {
        ExpressionBytesMax = 1 << 24,
        OperatorsMax = 1_000_000,
        InOperandsMax = 1_000_000,
    };

    [Fact]
    public void Garbage_is_read_or_refused_by_name()
    {
        var values = new Dictionary<string, AttributeValue> { [":v"] = 1 };
        var names = new Dictionary<string, string> { ["#n"] = "n" };
        var cache = new ExpressionCache();
        EncodedItem item = ItemJson.Parse("""{"a":1,"b":{"c":[1]},"n":{"x":2}}""").Encode();
        Garbage.Sample(
            text =>
            {
                ReadOrRefused(() => new ExpressionScope(cache, names, values).Condition(text).Holds(item));
                ReadOrRefused(() => new ExpressionScope(cache, names, values).Update(text).Apply(item));
                ReadOrRefused(() => new ExpressionScope(cache, names, values).Projection(text).Of(item));
                ReadOrRefused(() => new ExpressionScope(cache, names, values).KeyCondition(text).ToKeys(new("a")));
            },
            iter: 20_000);
    }

    [Theory]
    [InlineData("(", "a = :v", ")")]
    [InlineData("((a = :v) AND ", "a = :v", ")")]
    [InlineData("(", "", "")]
    [InlineData("NOT (", "a = :v", ")")]
    [InlineData("size(", "a", ")")]
    [InlineData("size(", "", "")]
    [InlineData("a = (", "b", ")")]
    [InlineData("a IN (", "", "")]
    public void Ten_thousand_levels_of_a_condition_are_refused_on_a_small_stack(string open, string middle, string close)
        => RefusedOnSmallStack(Repeated(open, middle, close), (scope, text) => scope.Condition(text));

    [Theory]
    [InlineData("SET a = ", "(", "b", ")")]
    [InlineData("SET a = ", "if_not_exists(b, ", ":v", ")")]
    [InlineData("SET a = ", "(", "", "")]
    [InlineData("SET a = b", ".c", "", "")]
    [InlineData("REMOVE a", "[0]", "", "")]
    public void Ten_thousand_levels_of_an_update_are_refused_on_a_small_stack(string start, string open, string middle, string close)
        => RefusedOnSmallStack(start + Repeated(open, middle, close), (scope, text) => scope.Update(text));

    [Fact]
    public void The_deepest_condition_that_is_read_can_be_asked_and_printed_on_a_small_stack()
    {
        string text = Repeated("(a = :v AND NOT ", "b = :v", ")", ExpressionLimits.NestingMax);
        bool holds = false;
        OnSmallStack(() =>
        {
            var cache = new ExpressionCache(Raised);
            holds = new ExpressionScope(cache, null, new Dictionary<string, AttributeValue> { [":v"] = 1 })
                .Condition(text).Holds(ItemJson.Parse("""{"a":1,"b":1}""").Encode());
            Assert.StartsWith("(a = :v) AND (NOT", cache.Condition(text, ExpressionKind.Condition).ToString(), StringComparison.Ordinal);
        });
        Assert.Equal(ExpressionLimits.NestingMax % 2 == 0, holds);
    }

    [Fact]
    public void A_text_of_many_names_and_values_is_read_in_time_that_grows_with_its_length()
    {
        const int Terms = 50_000;
        string text = string.Join(" OR ", Enumerable.Range(0, Terms).Select(i => $"a{i} = :v{i}"));
        var values = Enumerable.Range(0, Terms).ToDictionary(i => $":v{i}", i => (AttributeValue)i);
        ConditionExpression condition = new ExpressionScope(new ExpressionCache(Raised), null, values).Condition(text);
        Assert.True(condition.Holds(Item.Of(($"a{Terms - 1}", Terms - 1)).Encode()));
    }

    [Fact]
    public void Placeholders_are_bounded()
    {
        RefusedNames("contains a key that is too long", "#" + new string('n', 255), "a");
        RefusedNames("ExpressionAttributeNames contains invalid value", "#n", "");
        RefusedNames("ExpressionAttributeNames contains invalid value", "#n", "\0");
        RefusedNames("ExpressionAttributeNames contains invalid value", "#n", "\uD800");
        RefusedNames("ExpressionAttributeNames contains invalid value", "#n", new string('n', 65_536));
        RefusedValues("ExpressionAttributeValues exceeds max size", new() { [":v"] = new string('v', 2 * 1024 * 1024) });
        RefusedValues("ExpressionAttributeValues must not be empty", []);
    }

    [Theory]
    [InlineData("SET", "=z", 800)]
    [InlineData("SET", "=list_append(z,z)", 200)]
    [InlineData("SET", "=if_not_exists(z,z)", 180)]
    [InlineData("SET", "=if_not_exists(nn,:v)", 160)]
    [InlineData("SET", "=:v", 680)]
    [InlineData("ADD", " :v", 680)]
    public void An_update_that_takes_one_large_value_many_times_is_refused_before_a_value_is_made(string section, string what, int clauses)
    {
        var values = new Dictionary<string, AttributeValue> { [":v"] = AttributeValue.BinarySet([new byte[1 << 20]]) };
        string text = $"{section} " + string.Join(',', ShortNames().Take(clauses).Select(name => name + what));
        UpdateExpression update = new ExpressionScope(new ExpressionCache(), null, text.Contains(':') ? values : null).Update(text);

        // The item itself is made at its first use, which must not fall into the measurement.
        EncodedItem item = LongList;
        long before = GC.GetAllocatedBytesForCurrentThread();
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => update.Apply(item));
        Assert.Equal("Item size to update has exceeded the maximum allowed size", refusal.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_large_value_that_several_clauses_take_is_made_once_and_not_to_be_replaced()
    {
        UpdateExpression update = new ExpressionScope(new ExpressionCache()).Update("SET b = z, c = z, d = z REMOVE z");
        EncodedItem item = LongList;
        long before = GC.GetAllocatedBytesForCurrentThread();
        EncodedItem changed = update.Apply(item);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedBytesMax);
        AttributeValue list = LongList.Find("z")!;
        Assert.Equal(Item.Of(("b", list), ("c", list), ("d", list)).Encode(), changed);
    }

    [Fact]
    public void Large_values_of_different_places_are_not_taken_for_each_other()
    {
        AttributeValue first = new string('f', 5000);
        AttributeValue second = new string('s', 5000);
        AttributeValue nested = AttributeValue.List(AttributeValue.List(first));
        EncodedItem item = Item.Of(("l", AttributeValue.List(first, second)), ("m", nested)).Encode();
        UpdateExpression update = new ExpressionScope(new ExpressionCache()).Update(
            "SET a = l[1], b = l[0], c = l[1], d = list_append(m, l), e = m[0]");
        EncodedItem changed = update.Apply(item);
        Assert.Equal(second, changed.Find("a"));
        Assert.Equal(first, changed.Find("b"));
        Assert.Equal(second, changed.Find("c"));
        Assert.Equal(AttributeValue.List(AttributeValue.List(first), first, second), changed.Find("d"));
        Assert.Equal(AttributeValue.List(first), changed.Find("e"));
    }

    [Fact]
    public void The_values_of_an_update_are_bounded_by_the_limits_of_its_cache()
    {
        var cache = new ExpressionCache(new ExpressionLimits { UpdateBytesMax = 100 });
        EncodedItem item = Item.Of(("a", new string('a', 50))).Encode();
        Assert.Equal(item.Find("a"), new ExpressionScope(cache).Update("SET b = a, c = a").Apply(item).Find("c"));
        Assert.Throws<KeystoneException>(() => new ExpressionScope(cache).Update("SET b = a, c = a, d = a").Apply(item));
    }

    [Fact]
    public void An_in_of_the_older_parameters_has_no_more_operands_than_one_of_an_expression()
    {
        Assert.NotNull(LegacyParameters.Filter(InOf(ExpressionLimits.Default.InOperandsMax)));
        KeystoneException refusal = Assert.Throws<KeystoneException>(
            () => LegacyParameters.Filter(InOf(ExpressionLimits.Default.InOperandsMax + 1)));
        Assert.Contains("Invalid number of argument(s) for the IN ComparisonOperator", refusal.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, LegacyCondition> InOf(int operands)
        => new() { ["a"] = new(LegacyOperator.In, [.. Enumerable.Range(0, operands).Select(i => (AttributeValue)i)]) };

    /// <summary>All names of two letters that are not reserved.</summary>
    private static IEnumerable<string> ShortNames()
    {
        const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        return from first in Letters from second in Letters let name = $"{first}{second}" where !ReservedWords.Contains(name) select name;
    }

    private static void RefusedOnSmallStack(string text, Action<ExpressionScope, string> read)
    {
        var values = new Dictionary<string, AttributeValue> { [":v"] = 1 };
        KeystoneException? underRaised = null;
        KeystoneException? underDefaults = null;
        OnSmallStack(() =>
        {
            var raised = new ExpressionScope(new ExpressionCache(Raised), null, values);
            underRaised = Assert.Throws<KeystoneException>(() => read(raised, text));
            var defaults = new ExpressionScope(new ExpressionCache(), null, values);
            underDefaults = Assert.Throws<KeystoneException>(() => read(defaults, text));
        });
        Assert.Equal(KeystoneErrorCode.ValidationFailed, underRaised?.Code);
        Assert.Contains("Expression size has exceeded the maximum allowed size", underDefaults?.Message, StringComparison.Ordinal);
    }

    private static void OnSmallStack(Action work)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(work), SmallStackBytes);
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private static string Repeated(string open, string middle, string close, int count = 10_000)
        => string.Concat(Enumerable.Repeat(open, count)) + middle + string.Concat(Enumerable.Repeat(close, count));

    private static void ReadOrRefused(Action read)
    {
        Exception? outcome = Record.Exception(read);
        Assert.True(
            outcome is null or KeystoneException { Code: KeystoneErrorCode.ValidationFailed },
            $"Neither read nor refused by name: {outcome}");
    }

    private static void RefusedNames(string reason, string placeholder, string name)
    {
        var names = new Dictionary<string, string> { [placeholder] = name };
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => new ExpressionScope(new ExpressionCache(), names));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private static void RefusedValues(string reason, Dictionary<string, AttributeValue> values)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => new ExpressionScope(new ExpressionCache(), null, values));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
