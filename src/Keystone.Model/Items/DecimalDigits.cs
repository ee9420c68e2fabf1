using System.Numerics;

namespace Keystone.Model.Items;

/// <summary>
/// Counting and splitting of the decimal digits of a coefficient. A word of 64 bits holds 19 digits, so 38 digits are two words.
/// </summary>
internal static class DecimalDigits
{
    /// <summary>The digits that fit into one word.</summary>
    public const int WordDigits = 19;

    private static readonly UInt128[] Powers = MakePowers();

    /// <summary>10^exponent, for exponents 0 to 38.</summary>
    public static UInt128 Power(int exponent) => Powers[exponent];

    /// <summary>10^exponent, for exponents 0 to 19.</summary>
    public static ulong WordPower(int exponent) => (ulong)Powers[exponent];

    /// <summary>How many decimal digits the value has; 0 for zero.</summary>
    public static int Count(UInt128 value)
    {
        if (value == 0)
        {
            return 0;
        }

        // 1233 / 4096 is just above log10(2), so the guess is right or one too low.
        int bits = 128 - (int)UInt128.LeadingZeroCount(value);
        int guess = (bits * 1233) >> 12;
        return guess < Powers.Length && value >= Powers[guess] ? guess + 1 : guess;
    }

    /// <summary>The two words of a coefficient of at most 38 digits: the digits above the lowest 19, and the lowest 19.</summary>
    public static (ulong Head, ulong Tail) Split(UInt128 value)
    {
        if (value < Powers[WordDigits])
        {
            return (0, (ulong)value);
        }

        (UInt128 head, UInt128 tail) = UInt128.DivRem(value, Powers[WordDigits]);
        return ((ulong)head, (ulong)tail);
    }

    /// <summary>Writes the lowest digits of a value, most significant first, filling the span.</summary>
    public static void Write<TChar>(UInt128 value, Span<TChar> destination)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        (ulong head, ulong tail) = Split(value);
        int tailDigits = Math.Min(WordDigits, destination.Length);
        WriteWord(tail, destination[^tailDigits..]);
        WriteWord(head, destination[..^tailDigits]);
    }

    private static void WriteWord<TChar>(ulong word, Span<TChar> destination)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        for (int i = destination.Length - 1; i >= 0; i--)
        {
            (word, ulong digit) = Math.DivRem(word, 10);
            destination[i] = TChar.CreateTruncating('0' + digit);
        }
    }

    private static UInt128[] MakePowers()
    {
        var powers = new UInt128[KeystoneNumber.DigitsMax + 1];
        powers[0] = 1;
        for (int i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
