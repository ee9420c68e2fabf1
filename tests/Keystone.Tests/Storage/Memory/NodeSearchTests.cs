using CsCheck;
using Keystone.Storage.Memory;
using Xunit;

namespace Keystone.Tests.Storage.Memory;

public sealed unsafe class NodeSearchTests
{
    [Fact]
    public void All_widths_count_the_same()
    {
        const ulong Middle = 1UL << 63;
        Gen<ulong> anyHead = Gen.OneOf(
            Gen.ULong, Gen.ULong[0, 9], Gen.Const(ulong.MaxValue), Gen.Const(Middle), Gen.Const(Middle - 1));
        Gen.Select(anyHead.Array[0, Node.Fan], anyHead).Sample((some, head) =>
        {
            ulong[] heads = new ulong[Node.Fan];
            Array.Fill(heads, ulong.MaxValue);
            some.CopyTo(heads, 0);
            Array.Sort(heads);
            int expected = heads.Count(other => other < head);
            fixed (ulong* first = heads)
            {
                Assert.Equal(expected, NodeSearch.CountBelow512(first, head));
                Assert.Equal(expected, NodeSearch.CountBelow256(first, head));
                Assert.Equal(expected, NodeSearch.CountBelowScalar(first, head));
            }
        });
    }

    [Fact]
    public void Heads_order_like_the_keys_behind_the_prefix()
    {
        Gen.Select(Gen.Byte[0, 2].Array[0, 12], Gen.Byte[0, 2].Array[0, 12], Gen.Byte.Array[0, 50]).Sample((left, right, prefix) =>
        {
            ulong leftHead = NodeSearch.HeadOf([.. prefix, .. left], prefix.Length);
            ulong rightHead = NodeSearch.HeadOf([.. prefix, .. right], prefix.Length);
            int order = left.AsSpan().SequenceCompareTo(right);
            Assert.True(order <= 0 ? leftHead <= rightHead : leftHead >= rightHead);
        });
    }
}
