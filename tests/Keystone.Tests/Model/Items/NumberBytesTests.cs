using CsCheck;
using Keystone.Model;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Items;

/// <summary>The bytes of numbers order as the numbers do, end by themselves, and have one form.</summary>
public sealed class NumberBytesTests
{
    [Theory]
    [InlineData("0", "20")]
    [InlineData("1", "30820B00")]
    [InlineData("-1", "107DF4FF")]
    [InlineData("12", "30830D00")]
    [InlineData("123.4", "30840D2300")]
    [InlineData("-0.05", "107FCCFF")]
    [InlineData("1E-130", "30000B00")]
    [InlineData("-1E-130", "10FFF4FF")]
    [InlineData("9.9999999999999999999999999999999999999E+125", "30FF6464646464646464646464646464646464646400")]
    [InlineData("-9.9999999999999999999999999999999999999E+125", "10009B9B9B9B9B9B9B9B9B9B9B9B9B9B9B9B9B9B9BFF")]
    public void Golden_vectors(string text, string hex) => Assert.Equal(hex, Convert.ToHexString(Bytes(KeystoneNumber.Parse(text))));

    [Fact]
    public void Numbers_come_back_and_say_their_length()
        => ModelGen.Number.Sample(number =>
        {
            byte[] bytes = Bytes(number);
            return NumberBytes.Read(bytes) == number && NumberBytes.Check([.. bytes, 0x30, 0xFF]) == bytes.Length
                && NumberBytes.Length(number) == bytes.Length && bytes.Length <= NumberBytes.LengthMax;
        });

    [Fact]
    public void Byte_order_is_number_order()
        => Gen.Select(ModelGen.Number, ModelGen.Number).Sample((left, right) =>
            Math.Sign(Bytes(left).AsSpan().SequenceCompareTo(Bytes(right))) == Math.Sign(left.CompareTo(right)));

    [Fact]
    public void Adversarial_neighbours_are_in_order()
    {
        string[] ascending =
        [
            "-9.9999999999999999999999999999999999999E+125", "-1E+125", "-100", "-99.9", "-99", "-10", "-9.99", "-9.9", "-9",
            "-1.01", "-1.001", "-1", "-0.99", "-0.1", "-1E-129", "-1E-130", "0", "1E-130", "1.5E-130", "1E-129", "0.1", "0.11", "0.9",
            "0.99", "1", "1.001",
            "1.01", "1.1", "9", "9.9", "9.99", "10", "10.01", "11", "99", "99.9", "100", "101", "1E+125",
            "9.9999999999999999999999999999999999999E+125",
        ];
        for (int i = 1; i < ascending.Length; i++)
        {
            byte[] left = Bytes(KeystoneNumber.Parse(ascending[i - 1]));
            byte[] right = Bytes(KeystoneNumber.Parse(ascending[i]));
            Assert.True(left.AsSpan().SequenceCompareTo(right) < 0, $"{ascending[i - 1]} should stand before {ascending[i]}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("30")]
    [InlineData("308200")]
    [InlineData("30820B")]
    [InlineData("30820A00")]
    [InlineData("30820B0100")]
    [InlineData("30826500")]
    [InlineData("107DFEFF")]
    [InlineData("3082020202020202020202020202020202020202020200")]
    public void Other_bytes_are_refused(string hex)
        => Assert.Equal(
            KeystoneErrorCode.CorruptItem, Assert.Throws<KeystoneException>(() => NumberBytes.Read(Convert.FromHexString(hex))).Code);

    private static byte[] Bytes(KeystoneNumber number)
    {
        byte[] bytes = new byte[NumberBytes.LengthMax];
        return bytes[..NumberBytes.Write(number, bytes)];
    }
}
