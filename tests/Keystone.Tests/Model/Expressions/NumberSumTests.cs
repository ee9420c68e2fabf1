using System.Globalization;
using System.Numerics;
using CsCheck;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Tests.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Expressions;

/// <summary>Sums are exact or refused, never rounded.</summary>
public sealed class NumberSumTests
{
    private const int Scale = 170;

    [Fact]
    public void A_sum_is_the_exact_sum_or_it_has_no_room()
        => Gen.Select(ModelGen.Number, ModelGen.Number).Sample((left, right) =>
        {
            BigInteger exact = Scaled(left) + Scaled(right);
            return Fits(exact)
                ? Scaled(left + right) == exact && left + right == right + left
                : Record.Exception(() => left + right) is KeystoneException { Code: KeystoneErrorCode.ValidationFailed };
        });

    [Fact]
    public void Numbers_of_like_magnitude_add_up_and_take_away_again()
        => Gen.Select(Gen.Long, Gen.Long, Gen.Int[-20, 20]).Sample((a, b, exponent) =>
        {
            KeystoneNumber left = KeystoneNumber.Parse($"{a}e{exponent}");
            KeystoneNumber right = KeystoneNumber.Parse($"{b}e{exponent}");
            return left + right - right == left && left - left == KeystoneNumber.Zero && left - right == -(right - left);
        });

    [Theory]
    [InlineData("1e38", "-1", "99999999999999999999999999999999999999")]
    [InlineData("-1e38", "1", "-99999999999999999999999999999999999999")]
    [InlineData("99999999999999999999999999999999999999", "1", "1e38")]
    [InlineData("1e37", "1", "10000000000000000000000000000000000001")]
    [InlineData("0.1", "0.2", "0.3")]
    [InlineData("-5", "5", "0")]
    [InlineData("9.9999999999999999999999999999999999999e125", "-9.9999999999999999999999999999999999999e125", "0")]
    public void Sums_at_the_edge_of_the_digits_are_exact(string left, string right, string sum)
        => Assert.Equal(KeystoneNumber.Parse(sum), KeystoneNumber.Parse(left) + KeystoneNumber.Parse(right));

    [Theory]
    [InlineData("1e38", "1", "overflow")]
    [InlineData("1e39", "-1", "overflow")]
    [InlineData("99999999999999999999999999999999999999", "2", "overflow")]
    [InlineData("9.9999999999999999999999999999999999999e125", "1e88", "overflow")]
    [InlineData("5e125", "5e125", "overflow")]
    [InlineData("1e125", "1e-130", "overflow")]
    [InlineData("1.1e-130", "-1e-130", "underflow")]
    public void Sums_beyond_the_digits_or_the_range_are_refused(string left, string right, string reason)
    {
        KeystoneNumber number = KeystoneNumber.Parse(right);
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => KeystoneNumber.Parse(left) + number);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private static bool Fits(BigInteger scaled)
    {
        string digits = BigInteger.Abs(scaled).ToString(CultureInfo.InvariantCulture);
        int leadingExponent = digits.Length - 1 - Scale;
        return scaled.IsZero || (digits.TrimEnd('0').Length <= KeystoneNumber.DigitsMax
            && leadingExponent is >= KeystoneNumber.LeadingExponentMin and <= KeystoneNumber.LeadingExponentMax);
    }

    private static BigInteger Scaled(KeystoneNumber number)
    {
        string text = number.ToString();
        int point = text.IndexOf('.', StringComparison.Ordinal);
        int fraction = point < 0 ? 0 : text.Length - point - 1;
        return BigInteger.Parse(text.Replace(".", ""), CultureInfo.InvariantCulture) * BigInteger.Pow(10, Scale - fraction);
    }
}
