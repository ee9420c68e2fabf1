using System.Buffers.Binary;

namespace Keystone.Model.Keys;

/// <summary>
/// A key as the engine has it, taken apart in place.
/// <code>
///  +--------------+------------------+----------------+----------+-----------+
///  | id u32, BE   | hash u32, BE     | partition part | space u8 | sort part |
///  +--------------+------------------+----------------+----------+-----------+
/// </code>
/// The id is a table's or a global index's and is never used again. The hash is the top 32 bits of H over id and partition part, given by
/// the caller: nobody here computes it. Space 0 holds the items, the spaces from 1 on hold local indexes, so all of one item collection
/// stands together. Unsigned byte order is the order of (id, hash, partition, space, sort).
/// </summary>
public readonly ref struct EngineKey
{
    /// <summary>The space of the items themselves.</summary>
    public const byte ItemSpace = 0;

    /// <summary>The bytes of id and hash.</summary>
    public const int HeaderLength = 2 * sizeof(uint);

    private EngineKey(ReadOnlySpan<byte> bytes, int partitionLength)
    {
        TableId = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        Hash = BinaryPrimitives.ReadUInt32BigEndian(bytes[sizeof(uint)..]);
        PartitionBytes = bytes.Slice(HeaderLength, partitionLength);
        Space = bytes[HeaderLength + partitionLength];
        SortBytes = bytes[(HeaderLength + partitionLength + 1)..];
    }

    /// <summary>The id of the table or global index.</summary>
    public uint TableId { get; }

    /// <summary>The top 32 bits of the key's hash.</summary>
    public uint Hash { get; }

    /// <summary>The canonical bytes of the partition key.</summary>
    public ReadOnlySpan<byte> PartitionBytes { get; }

    /// <summary>0 for an item, the number of a local index otherwise.</summary>
    public byte Space { get; }

    /// <summary>The canonical bytes of the sort key; empty if it is absent.</summary>
    public ReadOnlySpan<byte> SortBytes { get; }

    /// <summary>The length of an engine key.</summary>
    public static int Length(ItemKey key) => HeaderLength + key.Bytes.Length + 1;

    /// <summary>The length of what all engine keys of one partition and space start with.</summary>
    public static int PrefixLength(ReadOnlySpan<byte> partitionBytes) => HeaderLength + partitionBytes.Length + 1;

    /// <summary>What is hashed: id and partition part. Returns the length, which is 4 more than the part's.</summary>
    public static int WriteHashInput(Span<byte> destination, uint tableId, ReadOnlySpan<byte> partitionBytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, tableId);
        partitionBytes.CopyTo(destination[sizeof(uint)..]);
        return sizeof(uint) + partitionBytes.Length;
    }

    /// <summary>Writes what all engine keys of one partition and space start with, and returns its length.</summary>
    public static int WritePrefix(
        Span<byte> destination, uint tableId, uint hash, ReadOnlySpan<byte> partitionBytes, byte space = ItemSpace)
    {
        WriteHeader(destination, tableId, hash);
        partitionBytes.CopyTo(destination[HeaderLength..]);
        destination[HeaderLength + partitionBytes.Length] = space;
        return PrefixLength(partitionBytes);
    }

    /// <summary>Writes an engine key and returns its length.</summary>
    public static int Write(Span<byte> destination, uint tableId, uint hash, ItemKey key, byte space = ItemSpace)
    {
        int at = WritePrefix(destination, tableId, hash, key.PartitionBytes.Span, space);
        key.SortBytes.Span.CopyTo(destination[at..]);
        return at + key.SortBytes.Length;
    }

    /// <summary>Writes id and hash: the lower bound of all keys of a table from this hash on. Returns <see cref="HeaderLength"/>.</summary>
    public static int WriteHeader(Span<byte> destination, uint tableId, uint hash)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, tableId);
        BinaryPrimitives.WriteUInt32BigEndian(destination[sizeof(uint)..], hash);
        return HeaderLength;
    }

    /// <summary>Takes an engine key apart. Throws <see cref="KeystoneErrorCode.CorruptItem"/> if it is none.</summary>
    public static EngineKey Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= HeaderLength)
        {
            KeystoneException.ThrowCorruptItem("a key is cut off");
        }

        int partitionLength = KeyCodec.LengthOfPartition(bytes[HeaderLength..]);
        if (bytes.Length == HeaderLength + partitionLength)
        {
            KeystoneException.ThrowCorruptItem("a key is cut off");
        }

        return new EngineKey(bytes, partitionLength);
    }

    /// <summary>The item key inside, copied.</summary>
    public ItemKey ToItemKey() => ItemKey.FromChecked(PartitionBytes, SortBytes);
}
