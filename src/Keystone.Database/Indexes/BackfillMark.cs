using System.Buffers.Binary;
using Keystone.Database.Catalog;
using Keystone.Model;
using Keystone.Model.Keys;

namespace Keystone.Database.Indexes;

/// <summary>
/// How far a stripe's items are in an index that is being filled: a record of the stripe, written in the batch of the entries.
/// <code>
///  key    +-----------------+-----------------------------+------------------+
///         | 3, u32 BE       | first hash of stripe, u32 BE| index id, u32 BE |
///         +-----------------+-----------------------------+------------------+
///  value  +----------+-------------------------------+-------------------------------+
///         | done, u8 | items looked at, u64 BE       | key of the last of them       |
///         +----------+-------------------------------+-------------------------------+
/// </code>
/// </summary>
/// <param name="IsDone">Whether all items of the stripe are in it.</param>
/// <param name="Items">The items that were looked at.</param>
/// <param name="LastKey">The key of the last; none before the first.</param>
internal readonly record struct BackfillMark(bool IsDone, long Items, ItemKey LastKey)
{
    private const int FixedLength = 1 + sizeof(ulong);

    /// <summary>The key of a stripe's record.</summary>
    public static byte[] KeyOf(int stripe, int stripeCount, uint indexId)
    {
        byte[] key = new byte[EngineKey.HeaderLength + sizeof(uint)];
        EngineKey.WriteHeader(key, TableIds.Backfills, (uint)HashRange.OfStripe(stripe, stripeCount).From);
        BinaryPrimitives.WriteUInt32BigEndian(key.AsSpan(EngineKey.HeaderLength), indexId);
        return key;
    }

    public static BackfillMark Read(ReadOnlySpan<byte> value) => value.Length >= FixedLength
        ? new BackfillMark(
            value[0] != 0,
            (long)BinaryPrimitives.ReadUInt64BigEndian(value[1..]),
            value.Length == FixedLength ? default : ItemKey.Parse(value[FixedLength..].ToArray()))
        : throw KeystoneException.CorruptItem("the record of a backfill is shorter than it should be");

    public byte[] ToValue()
    {
        byte[] value = new byte[FixedLength + LastKey.Bytes.Length];
        value[0] = IsDone ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt64BigEndian(value.AsSpan(1), (ulong)Items);
        LastKey.Bytes.Span.CopyTo(value.AsSpan(FixedLength));
        return value;
    }
}
