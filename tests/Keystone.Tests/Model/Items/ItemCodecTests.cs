using CsCheck;
using Keystone.Model.Items;
using Keystone.Tests.Testing;
using Xunit;

namespace Keystone.Tests.Model.Items;

/// <summary>Items survive the codec, equal items have equal bytes, and bytes are either an item or refused.</summary>
public sealed class ItemCodecTests
{
    /// <summary>These bytes are on disks: a change here is a new format version.</summary>
    [Theory]
    [InlineData("{}", "010100")]
    [InlineData("""{"a":{"S":"x"}}""", "0105010161" + "0178")]
    [InlineData("""{"b":{"N":"1"},"a":{"BOOL":true}}""", "010D0204" + "01610401" + "01620230820B00")]
    [InlineData("""{"a":{"NULL":true}}""", "0104010161" + "05")]
    [InlineData("""{"a":{"B":"AP8="}}""", "0106010161" + "0300FF")]
    [InlineData("""{"a":{"L":[{"S":""},{"NULL":true}]}}""", "0108010161" + "06020101" + "05")]
    [InlineData("""{"a":{"M":{"b":{"BOOL":false}}}}""", "0109010161" + "0701016204" + "00")]
    [InlineData("""{"a":{"SS":["b","","a"]}}""", "0109010161" + "0803000161" + "62")]
    [InlineData("""{"a":{"NS":["1","0"]}}""", "010B010161" + "09020120" + "30820B00")]
    [InlineData("""{"a":{"BS":["/w==","AA=="]}}""", "0108010161" + "0A020100FF")]
    [InlineData("""{"a":{"VecF32":[1.5]}}""", "0108010161" + "0B0000C03F")]
    [InlineData("""{"a":{"Ts":"1"}}""", "010C010161" + "0C0100000000000000")]
    [InlineData("""{"é":{"L":[]}}""", "01060102C3A9" + "0600")]
    public void Golden_vectors(string json, string hex)
    {
        Item item = ItemJson.ParseDynamoJson(json);
        Assert.Equal(hex, Convert.ToHexString(ItemCodec.Encode(item)));
        Assert.Equal(item, ItemCodec.Decode(Convert.FromHexString(hex)));
    }

    [Fact]
    public void Every_item_comes_back()
        => ModelGen.Item.Sample(item =>
        {
            byte[] bytes = ItemCodec.Encode(item);
            return ItemCodec.Decode(bytes).Equals(item) && ItemCodec.LengthOf([.. bytes, 1, 2, 3]) == bytes.Length
                && ItemCodec.EncodedLength(item) == bytes.Length && ItemCodec.Check(bytes) == ItemSize.Of(item);
        });

    [Fact]
    public void Equal_items_have_equal_bytes_and_equal_hashes_whatever_their_history()
        => ModelGen.Item.Sample(item =>
        {
            var reversed = new ItemBuilder();
            foreach ((string name, AttributeValue value) in item.Reverse())
            {
                reversed.Set(name, AttributeValue.Null).Set(name, ItemJson.ParseDynamoJsonValue(ItemJson.ToDynamoJson(value)));
            }

            Item again = reversed.Build();
            return again.Equals(item) && again.GetHashCode() == item.GetHashCode()
                && ItemCodec.Encode(again).AsSpan().SequenceEqual(ItemCodec.Encode(item));
        });

    [Fact]
    public void Every_value_comes_back_on_its_own()
        => ModelGen.Value.Sample(value => ItemCodec.DecodeValue(ItemCodec.EncodeValue(value)) == value);

    [Fact]
    public void Different_items_have_different_bytes()
        => Gen.Select(ModelGen.Item, ModelGen.Item).Sample((left, right) =>
            left.Equals(right) == ItemCodec.Encode(left).AsSpan().SequenceEqual(ItemCodec.Encode(right)));

    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(253)]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(16_383)]
    [InlineData(65_531)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(400_000)]
    public void Widths_of_offsets_change_where_the_drawing_says(int length)
    {
        for (int l = Math.Max(0, length - 16); l <= length + 1; l++)
        {
            var item = Item.Of(("a", new string('x', l)), ("b", 1), ("c", AttributeValue.List("p", "q")));
            Assert.Equal(item, ItemCodec.Decode(ItemCodec.Encode(item)));
            var list = Item.Of(("l", AttributeValue.List(new string('x', l), true)));
            Assert.Equal(list, ItemCodec.Decode(ItemCodec.Encode(list)));
        }
    }

    [Fact]
    public void Many_attributes_are_found_by_name_and_by_place()
    {
        var builder = new ItemBuilder();
        for (int i = 0; i < 5000; i++)
        {
            builder.Add($"name{i}", i);
        }

        Item item = builder.Build();
        EncodedItem encoded = item;
        ItemReader reader = encoded.Read();
        Assert.Equal(5000, reader.Count);
        for (int i = 0; i < 5000; i++)
        {
            Assert.Equal((KeystoneNumber)i, reader.Find($"name{i}").Number);
            Assert.Equal(item.Keys.ElementAt(i), reader[i].Name);
        }

        Assert.False(reader.Find("name").Exists);
        Assert.False(reader.Find("zzz").Exists);
        Assert.False(reader.Find("\uD800").Exists);
        Assert.Null(encoded.Find("name5000"));
    }

    [Fact]
    public void Every_attribute_read_in_place_is_the_attribute()
        => ModelGen.Item.Sample(item =>
        {
            EncodedItem encoded = item;
            foreach ((string name, AttributeValue value) in item)
            {
                if (encoded.Find(name) != value)
                {
                    return false;
                }
            }

            return true;
        });

    [Fact]
    public void Reading_one_attribute_of_a_400_KB_item_allocates_nothing()
    {
        var builder = new ItemBuilder();
        for (int i = 0; i < 400; i++)
        {
            builder.Add($"attribute{i:000}", new string('x', 1000));
        }

        EncodedItem item = builder.Add("n", 42).Add("map", Item.Of(("inner", "yes"))).Build();
        Assert.True(item.Bytes.Length > 400_000);
        Assert.Equal(100 * (42 + 1000 + 3), Touch(item, 100));
        long sum = 0;
        Assert.Equal(0, Allocations.Of(() => sum = Touch(item, 1000)));
        Assert.Equal(1000 * (42 + 1000 + 3), sum);
    }

    [Fact]
    public void Checking_an_item_allocates_nothing()
    {
        EncodedItem item = Item.Of(
            ("a", "text"), ("b", 12.5m), ("c", AttributeValue.List(1, "two")), ("d", AttributeValue.NumberSet(1, 2)));
        ItemCodec.Check(item.Bytes.Span);
        Assert.Equal(0, Allocations.Of(Check));

        void Check()
        {
            for (int i = 0; i < 100; i++)
            {
                ItemCodec.Check(item.Bytes.Span);
            }
        }
    }

    [Fact]
    public void A_page_is_its_items_one_after_the_other()
        => ModelGen.Item.Array[0, 8].Sample(items =>
        {
            ItemPage page = ItemPage.Of([.. items.Select(item => item.Encode())]);
            ItemPage again = ItemPage.FromChecked(page.Bytes);
            return again.Count == items.Length && again.Select(item => item.ToItem()).SequenceEqual(items)
                && page.SequenceEqual(again);
        });

    [Fact]
    public void Reading_the_wrong_kind_is_a_programming_error()
    {
        EncodedItem item = Item.Of(("a", "text"));
        Assert.Throws<InvalidOperationException>(() => item.Read().Find("a").Number);
        Assert.Throws<InvalidOperationException>(() => item["a"].AsNumber());
        Assert.Throws<KeyNotFoundException>(() => item["b"]);
    }

    private static long Touch(EncodedItem item, int times)
    {
        long sum = 0;
        for (int i = 0; i < times; i++)
        {
            ItemReader reader = item.Read();
            sum += (long)reader.Find("n").Number + reader.Find("attribute399"u8).Utf8String.Length
                + reader.Find("map").Map.Find("inner").Utf8String.Length;
        }

        return sum;
    }
}
