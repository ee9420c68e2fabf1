using CsCheck;
using Keystone.Model;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Items;

/// <summary>Bytes that are no item throw CorruptItem: no other exception, no hang, no allocation that the bytes do not pay for.</summary>
public sealed class DamagedItemTests
{
    [Fact]
    public void Every_cut_is_refused()
        => ModelGen.Item.Sample(item =>
        {
            byte[] bytes = ItemCodec.Encode(item);
            for (int length = 0; length < bytes.Length; length++)
            {
                Assert.False(Decodes(bytes[..length]), $"{length} of {bytes.Length} bytes decode");
            }

            Assert.False(Decodes([.. bytes, 0]));
        });

    [Fact]
    public void Every_changed_byte_makes_another_item_or_is_refused()
        => ModelGen.Item.Sample(
            item =>
            {
                byte[] bytes = ItemCodec.Encode(item);
                for (int at = 0; at < bytes.Length; at++)
                {
                    byte original = bytes[at];
                    byte[] others = [0, 1, 2, 0x7F, 0x80, 0xFF, (byte)(original + 1), (byte)(original - 1), (byte)(original ^ 0x80)];
                    foreach (byte other in others)
                    {
                        bytes[at] = other;
                        AssertCanonicalOrRefused(bytes);
                    }

                    bytes[at] = original;
                }
            },
            iter: 200);

    [Fact]
    public void Random_bytes_are_canonical_or_refused()
        => Gen.Byte.Array[0, 40].Sample(bytes => AssertCanonicalOrRefused([1, .. bytes]));

    [Fact]
    public void Damaged_items_read_in_place_throw_nothing_else()
        => Gen.Select(ModelGen.Item, Gen.Int[0, 1000], Gen.Byte).Sample((item, place, other) =>
        {
            byte[] bytes = ItemCodec.Encode(item);
            bytes[place % bytes.Length] = other;
            EncodedItem damaged = EncodedItem.FromChecked(bytes);
            foreach (string name in item.Keys)
            {
                try
                {
                    damaged.Find(name);
                }
                catch (KeystoneException e) when (e.Code == KeystoneErrorCode.CorruptItem)
                {
                }
            }
        });

    [Theory]
    [InlineData("", "there is no item")]
    [InlineData("02", "version 2")]
    [InlineData("01FFFFFFFF07", "cut off")]
    [InlineData("01FFFFFFFFFF", "a length is")]
    [InlineData("018000", "shortest form")]
    [InlineData("0105FFFFFFFF07", "shorter than its count")]
    [InlineData("01020000", "empty table has elements")]
    [InlineData("010D0204" + "01620401" + "01610230820B00", "ascending order")]
    [InlineData("01080203" + "016105" + "016105", "ascending order")]
    [InlineData("01030100" + "05", "name is empty")]
    [InlineData("0104010100" + "05", "NUL")]
    [InlineData("01040101FF" + "05", "UTF-8")]
    [InlineData("0103010161", "value is missing")]
    [InlineData("0104010161" + "0D", "unknown kind 13")]
    [InlineData("0104010161" + "00", "unknown kind 0")]
    [InlineData("0105010161" + "01FF", "no UTF-8")]
    [InlineData("0107010161" + "01EDA080", "no UTF-8")]
    [InlineData("0105010161" + "0402", "neither 0 nor 1")]
    [InlineData("0105010161" + "0500", "null has content")]
    [InlineData("0105010161" + "0800", "set is empty")]
    [InlineData("0108010161" + "0802016161", "ascending order")]
    [InlineData("0108010161" + "0802016261", "ascending order")]
    [InlineData("0108010161" + "0B0000C07F", "not finite")]
    [InlineData("0105010161" + "0B00", "inside an element")]
    [InlineData("0105010161" + "0C00", "8 bytes")]
    [InlineData("0106010161" + "022020", "bytes follow")]
    public void Each_kind_of_damage_is_named(string hex, string reason)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => ItemCodec.Decode(Convert.FromHexString(hex)));
        Assert.Equal(KeystoneErrorCode.CorruptItem, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_nested_too_deeply_are_refused_without_walking_down()
    {
        byte[] nested = [(byte)AttributeKind.Null];
        for (int level = 1; level < 100_000 && nested.Length < 20_000; level++)
        {
            nested = [(byte)AttributeKind.List, 1, .. nested];
        }

        byte[] table = [1, 1, (byte)'a', .. nested];
        byte[] item = new byte[8 + table.Length];
        item[0] = 1;
        int at = 1 + ItemFormat.WriteVar(item.AsSpan(1), table.Length);
        table.CopyTo(item, at);
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => ItemCodec.Decode(item.AsSpan(0, at + table.Length)));
        Assert.Contains("nested too deeply", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0400" + "00")]
    [InlineData("0600" + "00")]
    public void Other_bytes_are_no_value(string hex)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => ItemCodec.DecodeValue(Convert.FromHexString(hex)));
        Assert.Equal(KeystoneErrorCode.CorruptItem, refusal.Code);
    }

    private static bool Decodes(byte[] bytes)
    {
        try
        {
            ItemCodec.Decode(bytes);
            return true;
        }
        catch (KeystoneException e) when (e.Code == KeystoneErrorCode.CorruptItem)
        {
            return false;
        }
    }

    private static void AssertCanonicalOrRefused(byte[] bytes)
    {
        if (Decodes(bytes))
        {
            Item item = ItemCodec.Decode(bytes);
            Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(ItemCodec.Encode(item)));
            Assert.Equal(ItemSize.Of(item), ItemCodec.Check(bytes));
        }
    }
}
