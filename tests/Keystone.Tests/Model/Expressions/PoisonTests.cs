using CsCheck;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Expressions;

/// <summary>Whatever the text is, it is read or refused by name: no crash, no hang, no endless memory.</summary>
public sealed class PoisonTests
{
    /// <summary>Far less than any thread has that runs requests.</summary>
    private const int SmallStackBytes = 512 * 1024;

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
