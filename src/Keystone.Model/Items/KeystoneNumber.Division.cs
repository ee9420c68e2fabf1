using System.Numerics;

namespace Keystone.Model.Items;

/// <content>Quotients, for averages: the only arithmetic that rounds.</content>
public readonly partial struct KeystoneNumber
{
    /// <summary>Digits of the dividend beyond its own, more than those of a number and of a count together.</summary>
    private const int DivisionShift = 60;

    /// <summary>
    /// The quotient, rounded to 38 digits, half to even. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it is nearer to zero
    /// than a number can be.
    /// </summary>
    internal static KeystoneNumber Divide(KeystoneNumber dividend, long divisor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(divisor, 1);
        if (dividend.IsZero)
        {
            return Zero;
        }

        BigInteger shifted = (BigInteger)dividend.Coefficient * BigInteger.Pow(10, DivisionShift);
        var quotient = BigInteger.DivRem(shifted, divisor, out BigInteger rest);
        int dropped = -DigitsMax;
        for (BigInteger left = quotient; !left.IsZero; left /= 10)
        {
            dropped++;
        }

        var unit = BigInteger.Pow(10, dropped);
        var kept = BigInteger.DivRem(quotient, unit, out BigInteger low);
        int half = (low * 2).CompareTo(unit);
        bool isUp = half > 0 || (half == 0 && (!rest.IsZero || !kept.IsEven));
        return FromSum(dividend._negative, (UInt128)(isUp ? kept + 1 : kept), dividend._exponent - DivisionShift + dropped);
    }
}
