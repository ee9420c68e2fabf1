using System.Text;

namespace Keystone.Model.Items;

/// <summary>
/// The order of names and of strings: by their UTF-8 bytes, which is the order of their code points. Ordinal comparison of .NET strings
/// differs from it where surrogate pairs meet the characters from U+E000 on.
/// </summary>
internal sealed class NameOrder : IComparer<string>
{
    public static readonly NameOrder Instance = new();

    /// <summary>Strict: refuses what is not well formed instead of putting a replacement character.</summary>
    public static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private NameOrder()
    {
    }

    int IComparer<string>.Compare(string? x, string? y) => Compare(x, y);

    public static int Compare(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        int common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        return Rank(left[common]).CompareTo(Rank(right[common]));
    }

    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if half of a surrogate pair stands alone.</summary>
    public static void RequireWellFormed(ReadOnlySpan<char> text, string what)
    {
        int at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        while (at >= 0 && at < text.Length)
        {
            if (char.IsSurrogate(text[at]))
            {
                if (!char.IsHighSurrogate(text[at]) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1]))
                {
                    throw KeystoneException.Validation(
                        $"{what} holds a lone surrogate U+{(int)text[at]:X4} at position {at} and is no valid Unicode text.");
                }

                at++;
            }

            at++;
        }
    }

    /// <summary>Surrogates stand for code points above all others, so they rank above U+E000 to U+FFFF.</summary>
    private static int Rank(char c) => c < 0xD800 ? c : c < 0xE000 ? c + 0x2000 : c - 0x800;
}
