using System.Buffers;
using System.IO.Hashing;
using System.Numerics;
using Keystone.Model.Keys;

namespace Keystone.Database;

/// <summary>
/// Where a key lives. H is XxHash3-64 with seed 0 over these bytes:
/// <code>
///  +--------------------------------+------------------------------------------+
///  | id of table or index, u32 BE   | canonical bytes of the partition key     |
///  +--------------------------------+------------------------------------------+
/// </code>
/// The stripe is the top log2(count) bits of H, an engine key carries its top 32 bits. So a stripe is a range of hashes, the order of a
/// scan does not depend on the count of stripes, and twice the count would cut each stripe in two. Nobody else computes H; these bytes
/// never change.
/// </summary>
public static class StripeHash
{
    private const int StackBytesMax = 256;

    /// <summary>H of a partition key, given as its canonical bytes, in a table or global index.</summary>
    public static ulong Of(uint id, ReadOnlySpan<byte> partitionBytes)
    {
        int length = sizeof(uint) + partitionBytes.Length;
        byte[]? rented = length <= StackBytesMax ? null : ArrayPool<byte>.Shared.Rent(length);
        Span<byte> input = rented is null ? stackalloc byte[StackBytesMax] : rented;
        length = EngineKey.WriteHashInput(input, id, partitionBytes);
        ulong hash = XxHash3.HashToUInt64(input[..length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return hash;
    }

    /// <summary>The part of H that an engine key carries: its top 32 bits.</summary>
    public static uint KeyPartOf(ulong hash) => (uint)(hash >> 32);

    /// <summary>The stripe of a hash. The count of stripes is a power of two up to 4,096.</summary>
    public static int StripeOf(uint keyPart, int stripeCount) => (int)((ulong)keyPart >> (32 - BitOperations.Log2((uint)stripeCount)));

    /// <summary>The stripe of a hash. The count of stripes is a power of two up to 4,096.</summary>
    public static int StripeOf(ulong hash, int stripeCount) => StripeOf(KeyPartOf(hash), stripeCount);
}
