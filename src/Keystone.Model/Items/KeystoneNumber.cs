using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Keystone.Model.Items;

/// <summary>
/// A decimal number as DynamoDB has it: exact, up to 38 significant digits, zero or a magnitude of 1E-130 up to
/// 9.9999999999999999999999999999999999999E+125.
/// <para>
/// What always holds: the value is coefficient * 10^exponent; the coefficient has no trailing zero; zero has one form and no sign.
/// So two numbers are equal exactly when their fields are, and <c>1</c>, <c>1.0</c> and <c>1e0</c> are one number.
/// A number that does not fit is refused, never rounded.
/// </para>
/// </summary>
public readonly partial struct KeystoneNumber : IEquatable<KeystoneNumber>, IComparable<KeystoneNumber>, IComparable,
    ISpanParsable<KeystoneNumber>, ISpanFormattable, IUtf8SpanFormattable,
    IEqualityOperators<KeystoneNumber, KeystoneNumber, bool>, IComparisonOperators<KeystoneNumber, KeystoneNumber, bool>
{
    /// <summary>The most significant digits that a number can have.</summary>
    public const int DigitsMax = 38;

    /// <summary>The exponent of the leading digit of the smallest magnitude.</summary>
    public const int LeadingExponentMin = -130;

    /// <summary>The exponent of the leading digit of the greatest magnitude.</summary>
    public const int LeadingExponentMax = 125;

    private readonly ulong _upper;
    private readonly ulong _lower;
    private readonly short _exponent;
    private readonly bool _negative;

    /// <summary>Requires a coefficient without trailing zeros, or zero with exponent 0 and no sign.</summary>
    private KeystoneNumber(bool negative, UInt128 coefficient, int exponent)
    {
        _upper = (ulong)(coefficient >> 64);
        _lower = (ulong)coefficient;
        _exponent = (short)exponent;
        _negative = negative;
    }

    /// <summary>The number 0, which is also the default value.</summary>
    public static KeystoneNumber Zero => default;

    /// <summary>The number 1.</summary>
    public static KeystoneNumber One => new(false, 1, 0);

    /// <summary>The least number: -9.99...E+125 with 38 digits.</summary>
    public static KeystoneNumber MinValue { get; } = new(true, DecimalDigits.Power(DigitsMax) - 1, LeadingExponentMax - DigitsMax + 1);

    /// <summary>The greatest number: 9.99...E+125 with 38 digits.</summary>
    public static KeystoneNumber MaxValue { get; } = new(false, DecimalDigits.Power(DigitsMax) - 1, LeadingExponentMax - DigitsMax + 1);

    /// <summary>The least number above zero: 1E-130.</summary>
    public static KeystoneNumber Epsilon => new(false, 1, LeadingExponentMin);

    /// <summary>Whether the number is 0.</summary>
    public bool IsZero => (_upper | _lower) == 0;

    /// <summary>Whether the number is below 0.</summary>
    public bool IsNegative => _negative;

    /// <summary>Whether the number has no fraction.</summary>
    public bool IsInteger => _exponent >= 0;

    /// <summary>-1, 0 or 1.</summary>
    public int Sign => IsZero ? 0 : _negative ? -1 : 1;

    /// <summary>How many significant digits the number has; 0 for zero.</summary>
    public int Digits => DecimalDigits.Count(Coefficient);

    /// <summary>The exponent of the leading digit in scientific notation; 0 for zero.</summary>
    public int LeadingExponent => IsZero ? 0 : Digits - 1 + _exponent;

    private UInt128 Coefficient => new(_upper, _lower);

    /// <inheritdoc/>
    public int CompareTo(KeystoneNumber other)
    {
        int sign = Sign;
        int order = sign.CompareTo(other.Sign);
        if (order != 0 || sign == 0)
        {
            return order;
        }

        int magnitude = CompareMagnitude(other);
        return _negative ? -magnitude : magnitude;
    }

    /// <inheritdoc/>
    public int CompareTo(object? obj) => obj switch
    {
        null => 1,
        KeystoneNumber other => CompareTo(other),
        _ => throw new ArgumentException($"A {nameof(KeystoneNumber)} compares with its like only.", nameof(obj)),
    };

    /// <inheritdoc/>
    public bool Equals(KeystoneNumber other)
        => _lower == other._lower && _upper == other._upper && _exponent == other._exponent && _negative == other._negative;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is KeystoneNumber other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_upper, _lower, _exponent, _negative);

    /// <inheritdoc/>
    public static bool operator ==(KeystoneNumber left, KeystoneNumber right) => left.Equals(right);

    /// <inheritdoc/>
    public static bool operator !=(KeystoneNumber left, KeystoneNumber right) => !left.Equals(right);

    /// <inheritdoc/>
    public static bool operator <(KeystoneNumber left, KeystoneNumber right) => left.CompareTo(right) < 0;

    /// <inheritdoc/>
    public static bool operator >(KeystoneNumber left, KeystoneNumber right) => left.CompareTo(right) > 0;

    /// <inheritdoc/>
    public static bool operator <=(KeystoneNumber left, KeystoneNumber right) => left.CompareTo(right) <= 0;

    /// <inheritdoc/>
    public static bool operator >=(KeystoneNumber left, KeystoneNumber right) => left.CompareTo(right) >= 0;

    /// <summary>The same magnitude with the other sign.</summary>
    public static KeystoneNumber operator -(KeystoneNumber value)
        => new(!value._negative && !value.IsZero, value.Coefficient, value._exponent);

    /// <summary>Requires a coefficient without trailing zeros whose magnitude is in range.</summary>
    internal static KeystoneNumber FromNormalForm(bool negative, UInt128 coefficient, int exponent) => new(negative, coefficient, exponent);

    /// <summary>Copies the significant digits as ASCII and returns how many there are.</summary>
    internal int CopyDigits(Span<byte> destination)
    {
        int digits = Digits;
        DecimalDigits.Write(Coefficient, destination[..digits]);
        return digits;
    }

    private int CompareMagnitude(KeystoneNumber other)
    {
        int digits = Digits;
        int otherDigits = other.Digits;
        int order = (digits + _exponent).CompareTo(otherDigits + other._exponent);
        if (order != 0)
        {
            return order;
        }

        UInt128 aligned = Coefficient * DecimalDigits.Power(DigitsMax - digits);
        UInt128 otherAligned = other.Coefficient * DecimalDigits.Power(DigitsMax - otherDigits);
        return aligned.CompareTo(otherAligned);
    }

    /// <summary>Brings any coefficient of at most 38 digits after the trailing zeros into normal form, or refuses the number.</summary>
    private static KeystoneNumber Normalize(bool negative, UInt128 coefficient, int exponent)
    {
        if (coefficient == 0)
        {
            return Zero;
        }

        while (coefficient % 10 == 0)
        {
            coefficient /= 10;
            exponent++;
        }

        int digits = DecimalDigits.Count(coefficient);
        if (digits > DigitsMax)
        {
            throw KeystoneException.Validation("Attempting to store more than 38 significant digits in a Number");
        }

        RequireRange(digits - 1 + exponent);
        return new KeystoneNumber(negative, coefficient, exponent);
    }

    private static void RequireRange(int leadingExponent)
    {
        if (leadingExponent > LeadingExponentMax)
        {
            throw KeystoneException.Validation(
                "Number overflow. Attempting to store a number with magnitude larger than supported range");
        }

        if (leadingExponent < LeadingExponentMin)
        {
            throw KeystoneException.Validation(
                "Number underflow. Attempting to store a number with magnitude smaller than supported range");
        }
    }
}
