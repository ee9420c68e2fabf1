using System.IO.Hashing;
using CsCheck;
using Keystone.Database;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class StripeHashTests
{
    [Theory]
    [InlineData(256u, "S:a", 0x7D580D11EC7BD94BUL)]
    [InlineData(256u, "S:customer-17", 0xBF3D5496959193BCUL)]
    [InlineData(257u, "S:customer-17", 0x24589B3137E4C28FUL)]
    [InlineData(256u, "N:42", 0xE6606A77A33A0D6AUL)]
    [InlineData(256u, "N:-0.5", 0x416DDD7F3A4E849EUL)]
    [InlineData(256u, "B:0001FF", 0x86BF480D64074DCAUL)]
    public void The_hash_of_a_key_never_changes(uint tableId, string key, ulong hash)
    {
        Assert.Equal($"{hash:X16}", $"{StripeHash.Of(tableId, KeyOf(key).PartitionBytes.Span):X16}");
    }

    [Fact]
    public void What_is_hashed_is_the_id_big_endian_and_the_canonical_bytes_of_the_partition_key()
    {
        byte[] canonical = [0x30, (byte)'a', 0x00, 0x01];
        Assert.Equal(canonical, KeyOf("S:a").PartitionBytes.ToArray());
        Assert.Equal(XxHash3.HashToUInt64([0, 0, 1, 0, .. canonical]), StripeHash.Of(256, canonical));
    }

    [Fact]
    public void A_key_longer_than_the_stack_buffer_hashes_like_any_other()
        => Assert.Equal("476293785BDC0D92", $"{StripeHash.Of(256, KeyOf("S:" + new string('x', 2048)).PartitionBytes.Span):X16}");

    [Fact]
    public void Twice_the_count_of_stripes_cuts_each_stripe_in_two()
        => Gen.ULong.Sample(hash =>
        {
            for (int count = 1; count < 4096; count *= 2)
            {
                Assert.Equal(StripeHash.StripeOf(hash, count), StripeHash.StripeOf(hash, count * 2) / 2);
            }

            Assert.Equal(0, StripeHash.StripeOf(hash, 1));
        });

    [Fact]
    public void A_stripe_is_a_range_of_hashes()
        => Gen.Select(Gen.ULong, Gen.Int[0, 12]).Sample((hash, log) =>
        {
            int stripe = StripeHash.StripeOf(hash, 1 << log);
            HashRange range = HashRange.OfStripe(stripe, 1 << log);
            Assert.True(range.Contains(StripeHash.KeyPartOf(hash)));
            Assert.Equal((stripe, stripe), (range.FirstStripe(1 << log), range.LastStripe(1 << log)));
        });

    [Fact]
    public void Segments_touch_each_other_and_are_everything_together()
        => Gen.Int[1, 2000].Sample(total =>
        {
            ulong end = 0;
            for (int segment = 0; segment < total; segment++)
            {
                HashRange range = HashRange.OfSegment(segment, total);
                Assert.Equal(end, range.From);
                Assert.False(range.IsEmpty);
                end = range.To;
            }

            Assert.Equal(HashRange.End, end);
        });

    private static ItemKey KeyOf(string text) => ItemKey.Of(text[0] switch
    {
        'S' => AttributeValue.String(text[2..]),
        'N' => AttributeValue.Number(text[2..]),
        _ => AttributeValue.Binary(Convert.FromHexString(text[2..])),
    });
}
