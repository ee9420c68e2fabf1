using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>Terms and expressions as a person reads them, with their names and values: for plans, not to be read back.</summary>
internal static class TermPrinter
{
    public static string Print(Term term)
    {
        var writer = new ExpressionWriter();
        return Fill(writer.Condition(term), writer);
    }

    /// <summary>An expression with what its placeholders stand for.</summary>
    public static string Fill(string expression, ExpressionWriter writer)
    {
        IEnumerable<KeyValuePair<string, string>> names = writer.Names ?? new Dictionary<string, string>();
        IEnumerable<KeyValuePair<string, string>> values = (writer.Values ?? new Dictionary<string, AttributeValue>())
            .Select(entry => KeyValuePair.Create(entry.Key, ItemJson.ToDynamoJson(entry.Value)));
        var meanings = names.Concat(values).ToDictionary(StringComparer.Ordinal);
        return System.Text.RegularExpressions.Regex.Replace(expression, "[#:][nv][0-9]+", found => meanings[found.Value]);
    }
}
