using System.CommandLine.Parsing;
using Keystone.Model.Keys;

namespace Keystone.Cli.Keys;

/// <summary>A key attribute on the command line: its name and the letter of its type, <c>country:S</c>.</summary>
internal static class KeyAttributeText
{
    /// <summary>Reads one. Without a letter the attribute holds text.</summary>
    public static KeyAttribute? Parse(ArgumentResult result) => Parse(result, result.Tokens.Single().Value);

    /// <summary>Reads several, with commas between them.</summary>
    public static KeyAttribute[]? ParseMany(ArgumentResult result)
    {
        KeyAttribute?[] keys = [.. result.Tokens.Single().Value.Split(',').Select(text => Parse(result, text))];
        return Array.Exists(keys, key => key is null) ? null : [.. keys.OfType<KeyAttribute>()];
    }

    public static string Show(KeyAttribute attribute)
        => $"{attribute.Name}:{attribute.Type switch { KeyType.String => 'S', KeyType.Number => 'N', _ => 'B' }}";

    private static KeyAttribute? Parse(ArgumentResult result, string text)
    {
        int colon = text.LastIndexOf(':');
        string name = colon < 0 ? text : text[..colon];
        KeyType? type = colon < 0 ? KeyType.String : TypeOf(text[(colon + 1)..]);
        if (name.Length > 0 && type is { } known)
        {
            return new KeyAttribute(name, known);
        }

        result.AddError(
            $"'{text}' is no key attribute. Write its name and its type, as in country:S; types are S (text), N (number), B (bytes).");
        return null;
    }

    private static KeyType? TypeOf(string letter) => letter.ToUpperInvariant() switch
    {
        "S" => KeyType.String,
        "N" => KeyType.Number,
        "B" => KeyType.Binary,
        _ => null,
    };
}
