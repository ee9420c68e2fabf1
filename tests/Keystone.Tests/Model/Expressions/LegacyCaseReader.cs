using System.Text.Json;
using Keystone.Model.Expressions;
using Keystone.Model.Expressions.Legacy;
using Keystone.Model.Items;

namespace Keystone.Tests.Model.Expressions;

/// <summary>The older parameters of a case, in the form in which requests have them, as expressions.</summary>
internal static class LegacyCaseReader
{
    public static ConditionExpression? Expected(JsonElement parameters, string? conditionalOperator)
    {
        Dictionary<string, ExpectedAttribute> expected = Read(parameters, each => new ExpectedAttribute
        {
            Operator = Operator(each),
            Values = each.TryGetProperty("AttributeValueList", out _) ? Values(each) : null,
            Value = Value(each),
            Exists = each.TryGetProperty("Exists", out JsonElement exists) ? exists.GetBoolean() : null,
        });
        LegacyParameters.RequireConditionalOperator(conditionalOperator is not null, expected.Count);
        return LegacyParameters.Expected(expected, conditionalOperator == "OR");
    }

    public static ConditionExpression? Filter(JsonElement parameters, string? conditionalOperator)
    {
        Dictionary<string, LegacyCondition> conditions = Read(parameters, Condition);
        LegacyParameters.RequireConditionalOperator(conditionalOperator is not null, conditions.Count);
        return LegacyParameters.Filter(conditions, conditionalOperator == "OR");
    }

    public static KeyConditionExpression Keys(JsonElement parameters) => LegacyParameters.KeyConditions(Read(parameters, Condition));

    public static UpdateExpression Updates(JsonElement parameters)
        => LegacyParameters.AttributeUpdates(Read(parameters, each => new LegacyUpdate(Action(each), Value(each))));

    public static ProjectionExpression Attributes(JsonElement parameters)
        => LegacyParameters.AttributesToGet([.. parameters.EnumerateArray().Select(name => name.GetString()!)]);

    private static Dictionary<string, T> Read<T>(JsonElement parameters, Func<JsonElement, T> read)
        => parameters.EnumerateObject().ToDictionary(each => each.Name, each => read(each.Value));

    private static LegacyCondition Condition(JsonElement each) => new(Operator(each)!.Value, Values(each));

    private static LegacyOperator? Operator(JsonElement each)
        => each.TryGetProperty("ComparisonOperator", out JsonElement name) ? LegacyOperators.Find(name.GetString()!)!.Value : null;

    private static LegacyAction Action(JsonElement each)
        => each.TryGetProperty("Action", out JsonElement name)
            ? Enum.Parse<LegacyAction>(name.GetString()!, ignoreCase: true)
            : LegacyAction.Put;

    private static AttributeValue? Value(JsonElement each)
        => each.TryGetProperty("Value", out JsonElement value) ? ItemJson.ParseDynamoJsonValue(value.GetRawText()) : null;

    private static AttributeValue[] Values(JsonElement each)
        => each.TryGetProperty("AttributeValueList", out JsonElement list)
            ? [.. list.EnumerateArray().Select(value => ItemJson.ParseDynamoJsonValue(value.GetRawText()))]
            : [];
}
