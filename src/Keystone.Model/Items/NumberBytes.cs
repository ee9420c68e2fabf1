namespace Keystone.Model.Items;

/// <summary>
/// The bytes of a number, in items and in keys alike. They order as the numbers do under unsigned byte comparison, end by themselves,
/// and every number has exactly one form.
/// <code>
///  positive  +------+-----------------+----------------------------+------+
///            | 0x30 | leading exp+130 | pairs of digits, each + 1  | 0x00 |
///            +------+-----------------+----------------------------+------+
///  zero      | 0x20 |
///            +------+-----------------+----------------------------+------+
///  negative  | 0x10 | the bytes of the magnitude, each complemented | 0xFF |
///            +------+-----------------+----------------------------+------+
/// </code>
/// A pair is 0 to 99, so its byte is 1 to 100 and the terminator sorts below it: 1.2 comes before 1.23. The first pair starts with the
/// first significant digit; an odd last digit is followed by a zero; the last pair is not zero.
/// </summary>
internal static class NumberBytes
{
    /// <summary>The longest form: class, exponent, 19 pairs and terminator.</summary>
    public const int LengthMax = 2 + (KeystoneNumber.DigitsMax / 2) + 1;

    private const int LengthMin = 4;

    /// <summary>Pairs that are gathered in a 64-bit word before the wide arithmetic.</summary>
    private const int WordPairs = 9;

    private const byte Negative = 0x10;
    private const byte Zero = 0x20;
    private const byte Positive = 0x30;

    public static int Length(in KeystoneNumber value) => value.IsZero ? 1 : 3 + ((value.Digits + 1) / 2);

    /// <summary>Writes the number and returns the count of bytes.</summary>
    public static int Write(in KeystoneNumber value, Span<byte> destination)
    {
        if (value.IsZero)
        {
            destination[0] = Zero;
            return 1;
        }

        Span<byte> digits = stackalloc byte[KeystoneNumber.DigitsMax];
        int count = value.CopyDigits(digits);
        int length = 3 + ((count + 1) / 2);
        destination[1] = (byte)(value.LeadingExponent - KeystoneNumber.LeadingExponentMin);
        for (int i = 0; i < count; i += 2)
        {
            int low = i + 1 < count ? digits[i + 1] - '0' : 0;
            destination[2 + (i / 2)] = (byte)(((digits[i] - '0') * 10) + low + 1);
        }

        destination[length - 1] = 0;
        if (value.IsNegative)
        {
            Complement(destination[1..length]);
        }

        destination[0] = value.IsNegative ? Negative : Positive;
        return length;
    }

    /// <summary>
    /// Reads the number that fills the source. Throws <see cref="KeystoneErrorCode.CorruptItem"/> for any form that Write does not make.
    /// </summary>
    public static KeystoneNumber Read(ReadOnlySpan<byte> source)
    {
        if (Check(source) != source.Length)
        {
            KeystoneException.ThrowCorruptItem("bytes follow a number");
        }

        if (source[0] == Zero)
        {
            return KeystoneNumber.Zero;
        }

        bool negative = source[0] == Negative;
        byte mask = negative ? (byte)0xFF : (byte)0;
        ReadOnlySpan<byte> pairs = source[2..^1];
        UInt128 coefficient = 0;
        ulong word = 0;
        int wordPairs = 0;
        foreach (byte b in pairs)
        {
            word = (word * 100) + (ulong)((b ^ mask) - 1);
            if (++wordPairs == WordPairs)
            {
                coefficient = (coefficient * DecimalDigits.Power(2 * WordPairs)) + word;
                (word, wordPairs) = (0, 0);
            }
        }

        coefficient = (coefficient * DecimalDigits.Power(2 * wordPairs)) + word;
        int digits = DigitCount(source);
        coefficient = digits < 2 * pairs.Length ? coefficient / 10 : coefficient;
        int leadingExponent = (source[1] ^ mask) + KeystoneNumber.LeadingExponentMin;
        return KeystoneNumber.FromNormalForm(negative, coefficient, leadingExponent - digits + 1);
    }

    /// <summary>
    /// How many bytes the number at the start of the source takes. Throws <see cref="KeystoneErrorCode.CorruptItem"/> for any form that
    /// Write does not make.
    /// </summary>
    public static int Check(ReadOnlySpan<byte> source)
    {
        if (!source.IsEmpty && source[0] == Zero)
        {
            return 1;
        }

        if (source.Length < LengthMin || (source[0] != Negative && source[0] != Positive))
        {
            KeystoneException.ThrowCorruptItem("a number has no known sign or is cut off");
        }

        byte mask = source[0] == Negative ? (byte)0xFF : (byte)0;
        int end = source[..Math.Min(source.Length, LengthMax)][2..].IndexOf(mask);
        if (end < 1)
        {
            KeystoneException.ThrowCorruptItem("a number has no end");
        }

        ReadOnlySpan<byte> pairs = source.Slice(2, end);
        bool normal = (pairs[0] ^ mask) > 10 && (pairs[^1] ^ mask) != 1;
        foreach (byte b in pairs)
        {
            normal &= (b ^ mask) <= 100;
        }

        if (!normal)
        {
            KeystoneException.ThrowCorruptItem("a number is not in normal form");
        }

        return end + 3;
    }

    /// <summary>How DynamoDB counts a number, told from checked bytes.</summary>
    public static int ItemSizeOf(ReadOnlySpan<byte> number)
    {
        if (number[0] == Zero)
        {
            return ItemSize.OfNumber(0, 0, isNegative: false);
        }

        bool negative = number[0] == Negative;
        int exponentByte = negative ? (byte)~number[1] : number[1];
        return ItemSize.OfNumber(DigitCount(number), exponentByte + KeystoneNumber.LeadingExponentMin, negative);
    }

    private static int DigitCount(ReadOnlySpan<byte> number)
    {
        int last = number[0] == Negative ? (byte)~number[^2] : number[^2];
        return (2 * (number.Length - 3)) - ((last - 1) % 10 == 0 ? 1 : 0);
    }

    private static void Complement(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)~bytes[i];
        }
    }
}
