using System.Globalization;
using System.Numerics;
using CsCheck;
using Keystone.Model;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Items;

/// <summary>Numbers are exact, have one form each, and are refused rather than rounded.</summary>
public sealed class KeystoneNumberTests
{
    private const string Nines38 = "99999999999999999999999999999999999999";

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.000", "0")]
    [InlineData("0e999999999999", "0")]
    [InlineData("+1", "1")]
    [InlineData("1.0", "1")]
    [InlineData("1e0", "1")]
    [InlineData("100e-2", "1")]
    [InlineData("007", "7")]
    [InlineData(".5", "0.5")]
    [InlineData("5.", "5")]
    [InlineData("-12.3400", "-12.34")]
    [InlineData("1E3", "1000")]
    [InlineData("1.5e+2", "150")]
    [InlineData("12e-5", "0.00012")]
    [InlineData("10000000000000000000", "10000000000000000000")]
    [InlineData("18446744073709551616", "18446744073709551616")]
    [InlineData(Nines38, Nines38)]
    [InlineData("0." + Nines38, "0." + Nines38)]
    [InlineData("1234567890123456789.0123456789012345678", "1234567890123456789.0123456789012345678")]
    [InlineData("10000000000000000000000000000000000001", "10000000000000000000000000000000000001")]
    public void Text_is_printed_in_plain_normal_form(string text, string printed)
        => Assert.Equal(printed, KeystoneNumber.Parse(text).ToString());

    [Fact]
    public void The_limits_of_the_range_are_numbers_and_print_in_full()
    {
        Assert.Equal(KeystoneNumber.MaxValue, KeystoneNumber.Parse("9.9999999999999999999999999999999999999E+125"));
        Assert.Equal(Nines38 + new string('0', 88), KeystoneNumber.MaxValue.ToString());
        Assert.Equal(KeystoneNumber.Epsilon, KeystoneNumber.Parse("1E-130"));
        Assert.Equal("0." + new string('0', 129) + "1", KeystoneNumber.Epsilon.ToString());
        string longest = KeystoneNumber.Parse($"-1.{Nines38[1..]}E-130").ToString();
        Assert.Equal(KeystoneNumber.TextLengthMax, longest.Length);
        Assert.Equal(KeystoneNumber.MinValue, -KeystoneNumber.MaxValue);
        Assert.Equal(KeystoneNumber.Parse("1E+125"), KeystoneNumber.Parse("1" + new string('0', 125)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1.2.3")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1\0")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1,000")]
    [InlineData("١")]
    [InlineData("--1")]
    public void Text_that_is_no_number_is_refused_with_its_name(string text)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => KeystoneNumber.Parse(text));
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
        Assert.StartsWith("The parameter cannot be converted to a numeric value", refusal.Message, StringComparison.Ordinal);
        Assert.False(KeystoneNumber.TryParse(text, CultureInfo.InvariantCulture, out _));
    }

    [Theory]
    [InlineData("999999999999999999999999999999999999999", "more than 38 significant digits")]
    [InlineData("1.00000000000000000000000000000000000001", "more than 38 significant digits")]
    [InlineData("100000000000000000000000000000000000000000000000000000000000000001", "more than 38 significant digits")]
    [InlineData("1E126", "overflow")]
    [InlineData("-1E126", "overflow")]
    [InlineData("10E125", "overflow")]
    [InlineData("1e99999999999999999999", "overflow")]
    [InlineData("9.99E-131", "underflow")]
    [InlineData("-1E-131", "underflow")]
    [InlineData("0.1E-130", "underflow")]
    [InlineData("1e-99999999999999999999", "underflow")]
    public void What_does_not_fit_is_refused_and_never_rounded(string text, string reason)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => KeystoneNumber.Parse(text));
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.False(KeystoneNumber.TryParse(text, CultureInfo.InvariantCulture, out _));
    }

    [Fact]
    public void Zeros_around_the_digits_are_no_digits()
    {
        string zeros = new('0', 100_000);
        Assert.Equal(KeystoneNumber.One, KeystoneNumber.Parse(zeros + "1." + zeros));
        Assert.Equal(KeystoneNumber.One, KeystoneNumber.Parse($"0.{zeros}1e100001"));
    }

    [Fact]
    public void A_number_reads_back_as_it_was_printed_in_both_encodings()
        => ModelGen.Number.Sample(number =>
        {
            Span<byte> utf8 = stackalloc byte[KeystoneNumber.TextLengthMax];
            int length = number.FormatUtf8(utf8);
            return KeystoneNumber.Parse(number.ToString()) == number && KeystoneNumber.Parse(utf8[..length]) == number;
        });

    [Fact]
    public void Order_and_equality_are_those_of_the_exact_values()
        => Gen.Select(ModelGen.Number, ModelGen.Number).Sample((left, right) =>
        {
            int expected = Scaled(left).CompareTo(Scaled(right));
            return Math.Sign(left.CompareTo(right)) == expected && left.Equals(right) == (expected == 0)
                && (expected != 0 || left.GetHashCode() == right.GetHashCode());
        });

    [Fact]
    public void Integers_and_decimals_convert_there_and_back()
    {
        Gen.Long.Sample(value => (long)(KeystoneNumber)value == value
            && ((KeystoneNumber)value).ToString() == value.ToString(CultureInfo.InvariantCulture));
        Gen.Decimal.Sample(value => (decimal)(KeystoneNumber)value == value);
        Assert.Equal(long.MinValue, (long)(KeystoneNumber)long.MinValue);
        Assert.Equal(long.MaxValue, (long)(KeystoneNumber)long.MaxValue);
        Assert.Equal("18446744073709551615", ((KeystoneNumber)ulong.MaxValue).ToString());
        Assert.Throws<OverflowException>(() => (long)KeystoneNumber.Parse("9223372036854775808"));
        Assert.Throws<OverflowException>(() => (long)KeystoneNumber.Parse("0.5"));
        Assert.Throws<OverflowException>(() => (long)KeystoneNumber.MaxValue);
    }

    [Fact]
    public void A_double_becomes_the_shortest_decimal_that_reads_back()
    {
        Gen.Double[-1e120, 1e120].Where(value => value == 0 || Math.Abs(value) > 1e-120)
            .Sample(value => (double)(KeystoneNumber)value == value);
        Assert.Equal("0.1", ((KeystoneNumber)0.1).ToString());
        Assert.Throws<KeystoneException>(() => (KeystoneNumber)double.NaN);
        Assert.Throws<KeystoneException>(() => (KeystoneNumber)double.PositiveInfinity);
        Assert.Throws<KeystoneException>(() => (KeystoneNumber)double.MaxValue);
        Assert.Throws<KeystoneException>(() => (KeystoneNumber)double.Epsilon);
    }

    [Fact]
    public void Digits_and_leading_exponent_describe_scientific_notation()
    {
        KeystoneNumber number = KeystoneNumber.Parse("-1234.5");
        Assert.Equal((5, 3, -1), (number.Digits, number.LeadingExponent, number.Sign));
        Assert.Equal((0, 0, 0), (KeystoneNumber.Zero.Digits, KeystoneNumber.Zero.LeadingExponent, KeystoneNumber.Zero.Sign));
    }

    /// <summary>The value times 10^170, which is an integer for every number: an independent measure of order.</summary>
    private static BigInteger Scaled(KeystoneNumber number)
    {
        string text = number.ToString();
        int point = text.IndexOf('.', StringComparison.Ordinal);
        int fraction = point < 0 ? 0 : text.Length - point - 1;
        return BigInteger.Parse(text.Replace(".", ""), CultureInfo.InvariantCulture) * BigInteger.Pow(10, 170 - fraction);
    }
}
