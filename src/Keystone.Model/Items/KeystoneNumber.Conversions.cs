using System.Globalization;

namespace Keystone.Model.Items;

/// <summary>
/// Conversions: into a number without loss; out of it by an explicit cast that throws rather than lose anything but a fraction's tail.
/// </summary>
public readonly partial struct KeystoneNumber
{
    /// <summary>An integer as a number.</summary>
    public static implicit operator KeystoneNumber(int value) => (long)value;

    /// <summary>An integer as a number.</summary>
    public static implicit operator KeystoneNumber(long value)
        => Normalize(value < 0, value < 0 ? (UInt128)(-(Int128)value) : (UInt128)value, 0);

    /// <summary>An integer as a number.</summary>
    public static implicit operator KeystoneNumber(ulong value) => Normalize(false, value, 0);

    /// <summary>A decimal as a number; every decimal fits.</summary>
    public static implicit operator KeystoneNumber(decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        var coefficient = new UInt128((uint)parts[2], ((ulong)(uint)parts[1] << 32) | (uint)parts[0]);
        int scale = (parts[3] >> 16) & 0xFF;
        return Normalize(value < 0, coefficient, -scale);
    }

    /// <summary>
    /// The shortest decimal that reads back as this double. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for NaN, infinities and
    /// magnitudes out of range.
    /// </summary>
    public static explicit operator KeystoneNumber(double value)
    {
        Span<byte> text = stackalloc byte[32];
        bool formatted = value.TryFormat(text, out int length, "R", CultureInfo.InvariantCulture);
        Invariant.Require(formatted);
        return Parse(text[..length]);
    }

    /// <summary>The number as a 64-bit integer. Throws <see cref="OverflowException"/> if it has a fraction or does not fit.</summary>
    public static explicit operator long(KeystoneNumber value)
    {
        if (value._exponent < 0 || value.Digits + value._exponent > DecimalDigits.WordDigits)
        {
            throw new OverflowException($"{value} is no 64-bit integer.");
        }

        UInt128 magnitude = value.Coefficient * DecimalDigits.Power(value._exponent);
        return checked((long)(value._negative ? -(Int128)magnitude : (Int128)magnitude));
    }

    /// <summary>The number as a 32-bit integer. Throws <see cref="OverflowException"/> if it has a fraction or does not fit.</summary>
    public static explicit operator int(KeystoneNumber value) => checked((int)(long)value);

    /// <summary>The nearest decimal. Throws <see cref="OverflowException"/> if the magnitude is beyond decimal's range.</summary>
    public static explicit operator decimal(KeystoneNumber value)
        => decimal.Parse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>The nearest double.</summary>
    public static explicit operator double(KeystoneNumber value)
        => double.Parse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
