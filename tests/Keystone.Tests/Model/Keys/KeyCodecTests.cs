using System.Text;
using CsCheck;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Tests.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Keys;

/// <summary>Bytes of keys are canonical and order as the values do, whatever stands behind them.</summary>
public sealed class KeyCodecTests
{
    /// <summary>These bytes are on disks and decide where keys live: they never change.</summary>
    [Theory]
    [InlineData("""{"S":"CH"}""", "3043480001")]
    [InlineData("""{"S":"a\u0000b"}""", "306100FF620001")]
    [InlineData("""{"S":"\u0000"}""", "3000FF0001")]
    [InlineData("""{"S":"é"}""", "30C3A90001")]
    [InlineData("""{"B":"AAH/"}""", "4000FF01FF0001")]
    [InlineData("""{"N":"0"}""", "2020")]
    [InlineData("""{"N":"1.50"}""", "2030821000")]
    [InlineData("""{"N":"-7"}""", "20107DB8FF")]
    public void Golden_vectors_of_partition_keys(string json, string hex)
    {
        AttributeValue value = ItemJson.ParseDynamoJsonValue(json);
        Assert.Equal(hex, Convert.ToHexString(ItemKey.Of(value).Bytes.Span));
        Assert.Equal(value, ItemKey.Parse(Convert.FromHexString(hex)).Partition);
    }

    [Theory]
    [InlineData("""{"S":"a\u0000b"}""", "30610062")]
    [InlineData("""{"B":"AAH/"}""", "400001FF")]
    [InlineData("""{"N":"-7"}""", "20107DB8FF")]
    public void Golden_vectors_of_sort_keys(string json, string hex)
    {
        ItemKey key = ItemKey.Of("x", ItemJson.ParseDynamoJsonValue(json));
        Assert.Equal(hex, Convert.ToHexString(key.SortBytes.Span));
        Assert.Equal("30780001" + hex, Convert.ToHexString(key.Bytes.Span));
    }

    [Fact]
    public void A_golden_engine_key()
    {
        ItemKey key = ItemKey.Of("CH", "Bern");
        byte[] bytes = new byte[EngineKey.Length(key)];
        Assert.Equal(bytes.Length, EngineKey.Write(bytes, 7, 0xDEADBEEF, key));
        Assert.Equal("00000007" + "DEADBEEF" + "3043480001" + "00" + "304265726E", Convert.ToHexString(bytes));
        EngineKey.WriteHashInput(bytes, 7, key.PartitionBytes.Span);
        Assert.Equal("00000007" + "3043480001", Convert.ToHexString(bytes.AsSpan(0, 9)));
    }

    [Fact]
    public void Keys_come_back_from_their_bytes_and_from_engine_keys()
        => Gen.Select(ModelGen.KeyValue, ModelGen.KeyValue, Gen.Bool, Gen.UInt, Gen.Byte).Sample((partition, sort, hasSort, hash, space) =>
        {
            ItemKey key = ItemKey.Of(partition, hasSort ? sort : null);
            byte[] bytes = new byte[EngineKey.Length(key)];
            EngineKey.Write(bytes, 3, hash, key, space);
            EngineKey engine = EngineKey.Parse(bytes);
            ItemKey again = ItemKey.Parse(key.Bytes.ToArray());
            return again == key && again.Partition == partition && again.Sort == (hasSort ? sort : null) && again.HasSort == hasSort
                && engine.TableId == 3 && engine.Hash == hash && engine.Space == space && engine.ToItemKey() == key;
        });

    [Fact]
    public void Byte_order_is_value_order_in_both_parts_whatever_follows()
        => Gen.Select(ModelGen.KeyValue, ModelGen.KeyValue, ModelGen.Bytes, ModelGen.Bytes).Sample((left, right, leftTail, rightTail) =>
        {
            int expected = Math.Sign(CompareValues(left, right));
            ItemKey leftKey = ItemKey.Of(left, left);
            ItemKey rightKey = ItemKey.Of(right, right);
            byte[] leftPartition = [.. leftKey.PartitionBytes.Span, .. leftTail];
            byte[] rightPartition = [.. rightKey.PartitionBytes.Span, .. rightTail];
            return Math.Sign(leftKey.SortBytes.Span.SequenceCompareTo(rightKey.SortBytes.Span)) == expected
                && (expected == 0 || Math.Sign(leftPartition.AsSpan().SequenceCompareTo(rightPartition)) == expected);
        });

    [Fact]
    public void Adversarial_neighbours_are_in_order()
    {
        string[] ascending =
        [
            "\0", "\0\0", "\0\u0001", "\0a", "\u0001", "a", "a\0", "a\0\0", "a\0\u0001", "a\0a", "a\u0001", "aa", "b", "\u007F", "\u0080",
            "\u07FF", "\uD7FF",
            "\uE000", "\uFFFD", "\uFFFF", "\U00010000", "\U0010FFFF",
        ];
        byte[][] parts = [.. ascending.Select(text => ItemKey.Of(text).Bytes.ToArray())];
        for (int i = 1; i < parts.Length; i++)
        {
            Assert.True(parts[i - 1].AsSpan().SequenceCompareTo(parts[i]) < 0, $"{i - 1} should stand before {i}");
            byte[] low = [.. parts[i - 1], 0xFF, 0xFF];
            Assert.True(low.AsSpan().SequenceCompareTo(parts[i]) < 0, $"{i - 1} with a tail should stand before {i}");
        }
    }

    [Fact]
    public void An_absent_sort_key_stands_first()
        => ModelGen.KeyValue.Sample(sort => ItemKey.Of("p").Bytes.Span.SequenceCompareTo(ItemKey.Of("p", sort).Bytes.Span) < 0);

    [Fact]
    public void Cut_and_changed_keys_are_refused_or_canonical()
        => Gen.Select(ModelGen.KeyValue, ModelGen.KeyValue, Gen.Byte).Sample((partition, sort, other) =>
        {
            byte[] bytes = ItemKey.Of(partition, sort).Bytes.ToArray();
            for (int at = 0; at < bytes.Length; at++)
            {
                AssertCanonicalOrRefused(bytes[..at]);
                byte[] changed = [.. bytes];
                changed[at] = other;
                AssertCanonicalOrRefused(changed);
            }
        });

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("3061")]
    [InlineData("306100")]
    [InlineData("300001")]
    [InlineData("30610002")]
    [InlineData("30FF0001")]
    [InlineData("31610001")]
    [InlineData("30610001" + "30")]
    [InlineData("30610001" + "30FF")]
    [InlineData("30610001" + "2020" + "00")]
    public void Other_bytes_are_refused(string hex)
        => Assert.Equal(
            KeystoneErrorCode.CorruptItem, Assert.Throws<KeystoneException>(() => ItemKey.Parse(Convert.FromHexString(hex))).Code);

    [Fact]
    public void Values_that_are_no_key_are_refused()
    {
        AssertRefused(() => ItemKey.Of(""), "empty string");
        AssertRefused(() => ItemKey.Of("a", Array.Empty<byte>()), "empty binary");
        AssertRefused(() => ItemKey.Of(true), "a string, a number or a binary");
    }

    internal static int CompareValues(AttributeValue left, AttributeValue right)
    {
        if (left.Kind != right.Kind)
        {
            return Rank(left).CompareTo(Rank(right));
        }

        return left.Kind switch
        {
            AttributeKind.Number => left.AsNumber().CompareTo(right.AsNumber()),
            AttributeKind.Binary => left.AsBinary().Span.SequenceCompareTo(right.AsBinary().Span),
            _ => Encoding.UTF8.GetBytes(left.AsString()).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right.AsString())),
        };
    }

    private static void AssertRefused(Action make, string reason)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(make);
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private static int Rank(AttributeValue value) => value.Kind switch
    {
        AttributeKind.Number => 0,
        AttributeKind.String => 1,
        _ => 2,
    };

    private static void AssertCanonicalOrRefused(byte[] bytes)
    {
        try
        {
            ItemKey key = ItemKey.Parse(bytes);
            Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(ItemKey.Of(key.Partition, key.Sort).Bytes.Span));
        }
        catch (KeystoneException e) when (e.Code == KeystoneErrorCode.CorruptItem)
        {
        }
    }
}
