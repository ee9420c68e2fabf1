using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Keystone.Model.Streams;

/// <summary>
/// Where a reader of a shard stands. It names no node and no owner, so it holds wherever the stripes go.
/// <code>
///  +-----------+----------------+-----------------+---------------+---------------+------------------+-----------+
///  | 1, u8     | table, u32 BE  | stream, u32 BE  | shard, u16 BE | count, u16 BE | after, u64 BE .. | sum, u32  |
///  +-----------+----------------+-----------------+---------------+---------------+------------------+-----------+
///                                                    1: one number for all stripes of the shard
/// </code>
/// As text in the URL's form of base 64. Numbers of changes are given out so that one is enough for all stripes of a shard; a count of more
/// would be one for each of equal parts of them.
/// </summary>
/// <param name="TableId">The table.</param>
/// <param name="StreamId">The stream.</param>
/// <param name="Shard">The place of the shard in its stream.</param>
/// <param name="After">The number behind which the next change is.</param>
public readonly record struct ShardIterator(uint TableId, uint StreamId, int Shard, ulong After)
{
    private const byte Version = 1;
    private const int SumAt = 1 + (2 * sizeof(uint)) + (2 * sizeof(ushort)) + sizeof(ulong);
    private const int Length = SumAt + sizeof(uint);

    /// <summary>Reads an iterator. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public static ShardIterator Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Span<byte> bytes = stackalloc byte[Length + 2];
        if (text.Length > Length * 2
            || Base64Url.DecodeFromChars(text, bytes, out _, out int length) != OperationStatus.Done || length != Length
            || bytes[0] != Version
            || BinaryPrimitives.ReadUInt16BigEndian(bytes[11..]) != 1
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[SumAt..]) != SumOf(bytes[..SumAt]))
        {
            throw KeystoneException.Validation("Invalid ShardIterator: take one from GetShardIterator or from the last answer");
        }

        return new ShardIterator(
            BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]),
            BinaryPrimitives.ReadUInt16BigEndian(bytes[9..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[13..]));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[1..], TableId);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[5..], StreamId);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[9..], (ushort)Shard);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[11..], 1);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[13..], After);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[SumAt..], SumOf(bytes[..SumAt]));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>FNV-1a, enough to tell an iterator from a slip of the hand; whoever makes one up gets no more than they may read.</summary>
    private static uint SumOf(ReadOnlySpan<byte> bytes)
    {
        uint sum = 2166136261;
        foreach (byte one in bytes)
        {
            sum = unchecked((sum ^ one) * 16777619);
        }

        return sum;
    }
}
