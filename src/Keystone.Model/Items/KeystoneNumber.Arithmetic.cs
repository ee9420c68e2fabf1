using System.Numerics;

namespace Keystone.Model.Items;

/// <summary>Sums and differences, exact: a result that has more digits or another magnitude than a number can have is refused.</summary>
public readonly partial struct KeystoneNumber :
    IAdditionOperators<KeystoneNumber, KeystoneNumber, KeystoneNumber>,
    ISubtractionOperators<KeystoneNumber, KeystoneNumber, KeystoneNumber>
{
    /// <summary>
    /// The exact sum. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it needs more than 38 digits, which DynamoDB calls an
    /// overflow too, or leaves the range.
    /// </summary>
    public static KeystoneNumber operator +(KeystoneNumber left, KeystoneNumber right)
    {
        if (left.IsZero || right.IsZero)
        {
            return left.IsZero ? right : left;
        }

        // The one with the greater exponent is written with the exponent of the other.
        (KeystoneNumber high, KeystoneNumber low) = left._exponent >= right._exponent ? (left, right) : (right, left);
        int shift = high._exponent - low._exponent;
        return (high.Digits + shift) switch
        {
            <= DigitsMax => SumOfAligned(high.Coefficient * DecimalDigits.Power(shift), high._negative, low),
            DigitsMax + 1 => SumOfWide(high, low, shift),

            // The last digit of the lower one stays, so the sum has 39 digits at least, whatever is taken away in front.
            _ => throw Overflow(),
        };
    }

    /// <summary>The exact difference. Throws as the sum does.</summary>
    public static KeystoneNumber operator -(KeystoneNumber left, KeystoneNumber right) => left + -right;

    private static KeystoneNumber SumOfAligned(UInt128 high, bool negative, KeystoneNumber low)
    {
        if (negative == low._negative)
        {
            return FromSum(negative, high + low.Coefficient, low._exponent);
        }

        return high >= low.Coefficient
            ? FromSum(negative, high - low.Coefficient, low._exponent)
            : FromSum(low._negative, low.Coefficient - high, low._exponent);
    }

    /// <summary>One digit more than a coefficient holds: 1E+38 - 1 is a number all the same.</summary>
    private static KeystoneNumber SumOfWide(KeystoneNumber high, KeystoneNumber low, int shift)
    {
        BigInteger wide = (BigInteger)high.Coefficient * BigInteger.Pow(10, shift);
        BigInteger sum = high._negative == low._negative ? wide + (BigInteger)low.Coefficient : wide - (BigInteger)low.Coefficient;
        return sum < (BigInteger)DecimalDigits.Power(DigitsMax)
            ? FromSum(high._negative, (UInt128)sum, low._exponent)
            : throw Overflow();
    }

    private static KeystoneNumber FromSum(bool negative, UInt128 coefficient, int exponent)
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
        RequireRange(digits - 1 + exponent);
        return digits <= DigitsMax ? new KeystoneNumber(negative, coefficient, exponent) : throw Overflow();
    }

    private static KeystoneException Overflow()
        => KeystoneException.Validation("Number overflow. Attempting to store a number with magnitude larger than supported range");
}
