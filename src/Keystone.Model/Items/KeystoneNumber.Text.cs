using System.Numerics;
using System.Runtime.InteropServices;

namespace Keystone.Model.Items;

/// <summary>
/// Text of a number. In: an optional sign, digits with an optional point, an optional exponent; ASCII only, no blanks.
/// Out: plain notation without exponent, as DynamoDB prints it: <c>1E+3</c> comes back as <c>1000</c>.
/// </summary>
public readonly partial struct KeystoneNumber
{
    /// <summary>The longest text that formatting makes: sign, "0.", 129 zeros and 38 digits.</summary>
    public const int TextLengthMax = 1 + 2 + 129 + DigitsMax;

    /// <summary>An exponent beyond this is out of range whatever the digits are; counting stops here.</summary>
    private const int ExponentCap = 100_000_000;

    private static readonly string[] SmallTexts = [.. Enumerable.Range(0, 256).Select(i => i.ToString())];

    /// <summary>Reads a number. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the text is no number or does not fit.</summary>
    public static KeystoneNumber Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ParseCore<ushort>(MemoryMarshal.Cast<char, ushort>(text.AsSpan()));
    }

    /// <summary>Reads a number. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the text is no number or does not fit.</summary>
    public static KeystoneNumber Parse(ReadOnlySpan<char> text)
        => ParseCore<ushort>(MemoryMarshal.Cast<char, ushort>(text));

    /// <summary>
    /// Reads a number from UTF-8. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the text is no number or does not fit.
    /// </summary>
    public static KeystoneNumber Parse(ReadOnlySpan<byte> utf8Text) => ParseCore(utf8Text);

    /// <inheritdoc/>
    static KeystoneNumber ISpanParsable<KeystoneNumber>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static KeystoneNumber IParsable<KeystoneNumber>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out KeystoneNumber result)
    {
        var scan = NumberScan.Of(MemoryMarshal.Cast<char, ushort>(s), ExponentCap);
        bool fits = scan.IsNumber && scan.Digits <= DigitsMax
            && (scan.IsZero || scan.LeadingExponent is >= LeadingExponentMin and <= LeadingExponentMax);
        result = fits && !scan.IsZero ? new KeystoneNumber(scan.IsNegative, scan.Coefficient, scan.Exponent) : Zero;
        return fits;
    }

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out KeystoneNumber result)
        => TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public override string ToString()
    {
        if (_upper == 0 && _lower < (ulong)SmallTexts.Length && _exponent == 0 && !_negative)
        {
            return SmallTexts[_lower];
        }

        Span<ushort> buffer = stackalloc ushort[TextLengthMax];
        int length = Format(buffer);
        return new string(MemoryMarshal.Cast<ushort, char>(buffer[..length]));
    }

    /// <inheritdoc/>
    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        Span<ushort> buffer = stackalloc ushort[TextLengthMax];
        charsWritten = Format(buffer);
        bool fits = MemoryMarshal.Cast<ushort, char>(buffer[..charsWritten]).TryCopyTo(destination);
        charsWritten = fits ? charsWritten : 0;
        return fits;
    }

    /// <inheritdoc/>
    bool IUtf8SpanFormattable.TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        Span<byte> buffer = stackalloc byte[TextLengthMax];
        bytesWritten = Format(buffer);
        bool fits = buffer[..bytesWritten].TryCopyTo(utf8Destination);
        bytesWritten = fits ? bytesWritten : 0;
        return fits;
    }

    /// <summary>Writes the plain notation as UTF-8 and returns its length. Requires room for <see cref="TextLengthMax"/> bytes.</summary>
    public int FormatUtf8(Span<byte> destination) => Format(destination);

    private static KeystoneNumber ParseCore<TChar>(ReadOnlySpan<TChar> text)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        var scan = NumberScan.Of(text, ExponentCap);
        if (!scan.IsNumber)
        {
            throw NotNumeric(text);
        }

        if (scan.IsZero)
        {
            return Zero;
        }

        // The magnitude is judged before the digits: DynamoDB answers in this order.
        RequireRange(scan.LeadingExponent);
        if (scan.Digits > DigitsMax)
        {
            throw KeystoneException.Validation("Attempting to store more than 38 significant digits in a Number");
        }

        return new KeystoneNumber(scan.IsNegative, scan.Coefficient, scan.Exponent);
    }

    private int Format<TChar>(Span<TChar> destination)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        if (IsZero)
        {
            destination[0] = TChar.CreateTruncating('0');
            return 1;
        }

        int at = 0;
        if (_negative)
        {
            destination[at++] = TChar.CreateTruncating('-');
        }

        int digits = Digits;
        int whole = digits + _exponent;
        if (_exponent >= 0)
        {
            at = Digit(destination, at, Coefficient, digits);
            return Zeros(destination, at, _exponent);
        }

        if (whole > 0)
        {
            (UInt128 integer, UInt128 fraction) = UInt128.DivRem(Coefficient, DecimalDigits.Power(-_exponent));
            at = Digit(destination, at, integer, whole);
            destination[at++] = TChar.CreateTruncating('.');
            return Digit(destination, at, fraction, -_exponent);
        }

        destination[at++] = TChar.CreateTruncating('0');
        destination[at++] = TChar.CreateTruncating('.');
        at = Zeros(destination, at, -whole);
        return Digit(destination, at, Coefficient, digits);
    }

    private static int Digit<TChar>(Span<TChar> destination, int at, UInt128 value, int digits)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        DecimalDigits.Write(value, destination.Slice(at, digits));
        return at + digits;
    }

    private static int Zeros<TChar>(Span<TChar> destination, int at, int count)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        destination.Slice(at, count).Fill(TChar.CreateTruncating('0'));
        return at + count;
    }

    private static KeystoneException NotNumeric<TChar>(ReadOnlySpan<TChar> text)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        const int ShownLengthMax = 64;
        Span<char> shown = stackalloc char[Math.Min(text.Length, ShownLengthMax)];
        for (int i = 0; i < shown.Length; i++)
        {
            char c = (char)ushort.CreateTruncating(text[i]);
            shown[i] = char.IsAscii(c) && !char.IsControl(c) ? c : '?';
        }

        return KeystoneException.Validation(shown.IsEmpty
            ? "The parameter cannot be converted to a numeric value"
            : $"The parameter cannot be converted to a numeric value: {shown}");
    }
}
