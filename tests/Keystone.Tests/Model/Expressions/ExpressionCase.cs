using System.Text.Json;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Tests.Architecture;

namespace Keystone.Tests.Model.Expressions;

/// <summary>
/// One line of a file in <c>Cases</c>: an expression, what it is given, and what DynamoDB answers, with the source of that knowledge.
/// <para>
/// <c>kind</c> is condition, filter, key, update or projection; <c>item</c>, <c>values</c> and results are DynamoDB JSON; <c>schema</c> has
/// key attributes as <c>name:type</c>. The older parameters, with their own names as the kind, stand under
/// <c>parameters</c>. Either <c>result</c> is what comes out, or <c>error</c> the message of a ValidationException.
/// </para>
/// </summary>
internal sealed class ExpressionCase(string file, int line, JsonElement json)
{
    public string Place => $"{file}:{line}";

    public string? Source => Text("source");

    /// <summary>The text of an expression; empty for the older parameters, which have none.</summary>
    public string Expression => Text("expression") ?? "";

    public string Kind => Text("kind")!;

    public bool IsRefused => Has("error");

    public static IEnumerable<string> Files()
        => Directory.EnumerateFiles(Folder, "*.jsonl").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    public static IEnumerable<ExpressionCase> Read(string file)
        => File.ReadLines(Path.Combine(Folder, file))
            .Select((text, index) => new ExpressionCase(file, index + 1, JsonElement.Parse(text)));

    /// <summary>What is wrong with our answer; null if it is DynamoDB's.</summary>
    public string? Check(ExpressionCache cache)
    {
        string expected = IsRefused ? $"refusal: {Text("error")}" : Expected();
        string actual;
        try
        {
            actual = Answer(cache);
        }
        catch (KeystoneException e) when (e.Code == KeystoneErrorCode.ValidationFailed)
        {
            actual = $"refusal: {e.Message}";
        }

        string asked = Expression.Length > 0 ? Expression : json.ToString();
        return actual == expected ? null : $"{Place} {asked}\n  expected {expected}\n  answered {actual}";
    }

    private static string Folder => Path.Combine(SourceTree.Root, "tests", "Keystone.Tests", "Model", "Expressions", "Cases");

    private string Answer(ExpressionCache cache)
    {
        EncodedItem item = Has("item") ? ItemOf("item").Encode() : default;
        if (Has("parameters"))
        {
            return LegacyAnswer(item);
        }

        var scope = new ExpressionScope(cache, Names(), Values());
        switch (Kind)
        {
            case "condition" or "filter":
                ConditionExpression condition = Kind == "filter" ? scope.Filter(Expression) : scope.Condition(Expression);
                scope.RequireAllUsed();
                return condition.Holds(item) ? "True" : "False";
            case "projection":
                ProjectionExpression projection = scope.Projection(Expression);
                scope.RequireAllUsed();
                return Show(projection.Of(item));
            case "update":
                UpdateExpression update = scope.Update(Expression);
                scope.RequireAllUsed();
                update.RequireNoChangeOf(Has("schema") ? [.. Keys("partition"), .. Keys("sort")] : []);
                EncodedItem after = update.Apply(item);
                return Show(after) + Changed("updatedOld", update, item) + Changed("updatedNew", update, after);
            default:
                KeyConditionExpression keys = scope.KeyCondition(Expression);
                scope.RequireAllUsed();
                return Show(keys.ToKeys([.. Schema("partition")], [.. Schema("sort")]));
        }
    }

    private string LegacyAnswer(EncodedItem item)
    {
        JsonElement parameters = json.GetProperty("parameters");
        switch (Kind)
        {
            case "Expected":
                return LegacyCaseReader.Expected(parameters, Text("ConditionalOperator"))!.Holds(item) ? "True" : "False";
            case "ScanFilter":
                return LegacyCaseReader.Filter(parameters, Text("ConditionalOperator"))!.Holds(item) ? "True" : "False";
            case "KeyConditions":
                return Show(LegacyCaseReader.Keys(parameters).ToKeys([.. Schema("partition")], [.. Schema("sort")]));
            case "AttributesToGet":
                return Show(LegacyCaseReader.Attributes(parameters).Of(item));
            default:
                UpdateExpression update = LegacyCaseReader.Updates(parameters);
                update.RequireNoChangeOf(Has("schema") ? [.. Keys("partition"), .. Keys("sort")] : []);
                return Show(update.Apply(item)) + Changed("updatedNew", update, update.Apply(item));
        }
    }

    private string Changed(string member, UpdateExpression update, EncodedItem item)
        => Has(member) ? $" {member} {Show(update.Changed.Of(item))}" : "";

    private string Expected()
    {
        JsonElement result = json.GetProperty("result");
        switch (Kind)
        {
            case "condition" or "filter" or "Expected" or "ScanFilter":
                return result.GetBoolean().ToString();
            case "key" or "KeyConditions":
                IEnumerable<string> partition = result.GetProperty("partition").EnumerateArray().Select(Canonical);
                string prefix = result.TryGetProperty("prefix", out JsonElement p)
                    ? string.Concat(p.EnumerateArray().Select(Canonical))
                    : "";
                string sort = result.TryGetProperty("sort", out JsonElement s)
                    ? string.Concat(s.EnumerateArray().Select((part, index) => index == 0 ? part.GetString() : Canonical(part)))
                    : "";
                return $"{string.Concat(partition)} / {prefix} / {sort}";
            default:
                return Show(ItemOf("result").Encode())
                    + (Has("updatedOld") ? $" updatedOld {Show(ItemOf("updatedOld").Encode())}" : "")
                    + (Has("updatedNew") ? $" updatedNew {Show(ItemOf("updatedNew").Encode())}" : "");
        }
    }

    private static string Show(EncodedItem item) => ItemJson.ToDynamoJson(item.ToItem());

    private static string Show(KeyConditionPlan plan)
    {
        SortKeyCondition? sort = plan.Sort;
        return $"{string.Concat(plan.Partition)} / {string.Concat(plan.SortPrefix)} / {sort?.Operator}{sort?.Value}{sort?.Upper}";
    }

    private static string Canonical(JsonElement value) => ItemJson.ParseDynamoJsonValue(value.GetRawText()).ToString();

    private Dictionary<string, string>? Names()
        => Has("names")
            ? json.GetProperty("names").EnumerateObject().ToDictionary(name => name.Name, name => name.Value.GetString()!)
            : null;

    private Dictionary<string, AttributeValue>? Values()
        => Has("values")
            ? json.GetProperty("values").EnumerateObject()
                .ToDictionary(value => value.Name, value => ItemJson.ParseDynamoJsonValue(value.Value.GetRawText()))
            : null;

    private IEnumerable<string> Keys(string part) => Schema(part).Select(attribute => attribute.Name);

    private IEnumerable<KeyAttribute> Schema(string part)
        => json.GetProperty("schema").TryGetProperty(part, out JsonElement attributes)
            ? attributes.GetString()!.Split(',')
                .Select(attribute => attribute.Split(':'))
                .Select(pair => new KeyAttribute(pair[0], TypeOf(pair[1])))
            : [];

    private static KeyType TypeOf(string type) => type switch
    {
        "S" => KeyType.String,
        "N" => KeyType.Number,
        _ => KeyType.Binary,
    };

    private Item ItemOf(string member) => ItemJson.ParseDynamoJson(json.GetProperty(member).GetRawText());

    private bool Has(string member) => json.TryGetProperty(member, out _);

    private string? Text(string member) => json.TryGetProperty(member, out JsonElement value) ? value.GetString() : null;
}
