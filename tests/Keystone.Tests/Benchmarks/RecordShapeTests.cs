using Keystone.Benchmarks.Data;
using Xunit;

namespace Keystone.Tests.Benchmarks;

public sealed class RecordShapeTests
{
    [Fact]
    public void Keys_ascend_with_their_ids()
    {
        byte[] previous = KeyOf(0);
        for (int id = 1; id < 1_000; id++)
        {
            byte[] key = KeyOf(id);
            Assert.True(previous.AsSpan().SequenceCompareTo(key) < 0);
            Assert.Equal(id, RecordShape.IdOf(key));
            previous = key;
        }
    }

    [Fact]
    public void A_missing_key_lies_between_its_neighbours_and_is_none_of_them()
    {
        byte[] missing = new byte[RecordShape.KeyBytes];
        RecordShape.WriteMissingKey(7, missing);
        Assert.True(missing.AsSpan().SequenceCompareTo(KeyOf(6)) > 0);
        Assert.True(missing.AsSpan().SequenceCompareTo(KeyOf(8)) < 0);
        Assert.False(missing.AsSpan().SequenceEqual(KeyOf(7)));
    }

    [Fact]
    public void A_partition_starts_before_its_first_record_and_shares_one_stripe()
    {
        byte[] start = new byte[RecordShape.KeyBytes];
        RecordShape.WritePartitionStart(3, start);
        Assert.True(start.AsSpan().SequenceCompareTo(KeyOf(300)) <= 0);
        Assert.True(start.AsSpan().SequenceCompareTo(KeyOf(299)) > 0);
        Assert.Single(Enumerable.Range(300, 100).Select(id => RecordShape.StripeOf(KeyOf(id), stripes: 256)).Distinct());
    }

    [Fact]
    public void Partitions_spread_over_all_stripes()
    {
        int stripes = Enumerable.Range(0, 10_000).Select(partition => RecordShape.StripeOf(KeyOf(partition * 100), 256)).Distinct().Count();
        Assert.Equal(256, stripes);
    }

    [Fact]
    public void A_value_names_its_id_and_any_changed_byte_after_the_generation_is_noticed()
    {
        byte[] value = new byte[100];
        RecordShape.WriteValue(42, generation: 3, value);
        Assert.Equal(42, RecordShape.IdInValue(value));
        Assert.True(RecordShape.IsWhole(42, value));
        Assert.False(RecordShape.IsWhole(43, value));
        for (int i = 16; i < value.Length; i++)
        {
            value[i] ^= 1;
            Assert.False(RecordShape.IsWhole(42, value));
            value[i] ^= 1;
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(400)]
    [InlineData(1024)]
    public void Half_of_a_value_repeats(int valueBytes)
    {
        byte[] value = new byte[valueBytes];
        RecordShape.WriteValue(1, generation: 0, value);
        int filler = value.Reverse().TakeWhile(b => b == value[^1]).Count();
        Assert.InRange(filler, (valueBytes / 2) - 17, (valueBytes / 2) + 1);
    }

    [Fact]
    public void A_shuffled_order_has_every_id_once_and_is_the_same_for_the_same_seed()
    {
        int[] order = RecordOrder.Shuffled(5_000, seed: 9);
        Assert.NotEqual(RecordOrder.Ascending(5_000), order);
        Assert.Equal(RecordOrder.Ascending(5_000), order.Order());
        Assert.Equal(order, RecordOrder.Shuffled(5_000, seed: 9));
    }

    private static byte[] KeyOf(long id)
    {
        byte[] key = new byte[RecordShape.KeyBytes];
        RecordShape.WriteKey(id, key);
        return key;
    }
}
