using System.Globalization;

namespace Keystone.Orleans.Client.Contract;

/// <summary>The key of a stripe's grain: the database's name, a slash, the number of the stripe.</summary>
/// <param name="Database">The database.</param>
/// <param name="Stripe">The number, from 0.</param>
public readonly record struct StripeName(string Database, int Stripe)
{
    private const char Separator = '/';

    /// <summary>Reads a key. False if the text is none.</summary>
    public static bool TryParse(string? text, out StripeName name)
    {
        int at = text?.LastIndexOf(Separator) ?? -1;
        bool valid = int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int stripe) && at > 0;
        name = valid ? new StripeName(text![..at], stripe) : default;
        return valid;
    }

    /// <summary>The key as a text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Database}{Separator}{Stripe}");
}
