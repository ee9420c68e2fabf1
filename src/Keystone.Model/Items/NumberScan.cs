using System.Numerics;

namespace Keystone.Model.Items;

/// <summary>One pass over the text of a number: what it says, before anyone asks whether it fits. Takes time linear in the text.</summary>
internal ref struct NumberScan
{
    private ulong _head;
    private ulong _tail;
    private int _tailDigits;
    private int _pendingZeros;
    private int _position;
    private int _point;
    private int _lastNonZero;
    private int _writtenExponent;

    public bool IsNumber { get; private set; }

    public bool IsNegative { get; private set; }

    /// <summary>Significant digits: from the first to the last that is not zero.</summary>
    public int Digits { get; private set; }

    public readonly bool IsZero => Digits == 0;

    /// <summary>The significant digits as an integer. Right only while there are at most 38 of them.</summary>
    public readonly UInt128 Coefficient => ((UInt128)_head * DecimalDigits.Power(_tailDigits)) + _tail;

    /// <summary>The power of ten of the last significant digit.</summary>
    public readonly int Exponent => _point - 1 - _lastNonZero + _writtenExponent;

    public readonly int LeadingExponent => Digits - 1 + Exponent;

    public static NumberScan Of<TChar>(ReadOnlySpan<TChar> text, int exponentCap)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        var scan = new NumberScan { _point = -1 };
        int at = 0;
        if (at < text.Length && Char(text[at]) is '+' or '-')
        {
            scan.IsNegative = Char(text[at++]) == '-';
        }

        at = scan.Mantissa(text, at);
        if (scan._position == 0)
        {
            return scan;
        }

        scan._point = scan._point < 0 ? scan._position : scan._point;
        if (at < text.Length && Char(text[at]) is 'e' or 'E')
        {
            at = scan.ReadExponent(text, at + 1, exponentCap);
        }

        scan.IsNumber = at == text.Length;
        return scan;
    }

    private int Mantissa<TChar>(ReadOnlySpan<TChar> text, int at)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        for (; at < text.Length; at++)
        {
            char c = Char(text[at]);
            if (c == '.' && _point < 0)
            {
                _point = _position;
            }
            else if (char.IsAsciiDigit(c))
            {
                AddDigit((uint)(c - '0'));
                _position++;
            }
            else
            {
                break;
            }
        }

        return at;
    }

    private void AddDigit(uint digit)
    {
        if (digit == 0)
        {
            _pendingZeros += Digits > 0 ? 1 : 0;
            return;
        }

        // Zeros count only once a digit other than zero follows them.
        for (; _pendingZeros > 0 && Digits <= KeystoneNumber.DigitsMax; _pendingZeros--)
        {
            Append(0);
        }

        Digits += _pendingZeros;
        _pendingZeros = 0;
        Append(digit);
        _lastNonZero = _position;
    }

    private void Append(uint digit)
    {
        if (Digits < DecimalDigits.WordDigits)
        {
            _head = (_head * 10) + digit;
        }
        else if (Digits < KeystoneNumber.DigitsMax)
        {
            _tail = (_tail * 10) + digit;
            _tailDigits++;
        }

        Digits++;
    }

    private int ReadExponent<TChar>(ReadOnlySpan<TChar> text, int at, int cap)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        bool negative = false;
        if (at < text.Length && Char(text[at]) is '+' or '-')
        {
            negative = Char(text[at++]) == '-';
        }

        int first = at;
        int exponent = 0;
        for (; at < text.Length && char.IsAsciiDigit(Char(text[at])); at++)
        {
            exponent = Math.Min(cap, (exponent * 10) + (Char(text[at]) - '0'));
        }

        _writtenExponent = negative ? -exponent : exponent;
        return at == first ? -1 : at;
    }

    private static char Char<TChar>(TChar c)
        where TChar : unmanaged, IBinaryInteger<TChar> => (char)ushort.CreateTruncating(c);
}
