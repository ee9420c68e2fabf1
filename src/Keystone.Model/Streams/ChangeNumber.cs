using System.Globalization;

namespace Keystone.Model.Streams;

/// <summary>
/// The numbers of changes: Unix milliseconds in the upper 44 bits, and what tells changes of one millisecond apart in the lower 20. So a
/// number is a time, whatever disk gave it, and what was kept long enough is a range of numbers.
/// </summary>
public static class ChangeNumber
{
    /// <summary>The decimal digits of a number as text.</summary>
    public const int TextLength = 21;

    private const int CountBits = 20;

    /// <summary>The first number of a time.</summary>
    public static ulong FirstOf(DateTimeOffset time) => (ulong)Math.Max(0, time.ToUnixTimeMilliseconds()) << CountBits;

    /// <summary>The time of a number, to the millisecond.</summary>
    public static DateTimeOffset TimeOf(ulong number) => DateTimeOffset.FromUnixTimeMilliseconds((long)(number >> CountBits));

    /// <summary>The number as text.</summary>
    public static string ToText(ulong number) => number.ToString($"D{TextLength}", CultureInfo.InvariantCulture);

    /// <summary>The number of a text. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public static ulong Parse(string text)
        => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && text.Length == TextLength
            ? number
            : throw KeystoneException.Validation($"Invalid SequenceNumber: '{text}' is none of a change record's");
}
