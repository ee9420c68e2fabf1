using System.Diagnostics.CodeAnalysis;
using Keystone.Model.Items;

namespace Keystone.Model.Keys;

/// <summary>
/// The key of an item: the value of its partition key and, where it has one, of its sort key. Held as canonical bytes, the partition part
/// and behind it the sort part, which is how it travels and how it stands in the store: equal keys have equal bytes.
/// <para>The names and types that the values must have are <see cref="KeySchema"/>'s. The default value is no key at all.</para>
/// </summary>
public readonly struct ItemKey : IEquatable<ItemKey>
{
    private readonly int _partitionLength;

    private ItemKey(ReadOnlyMemory<byte> bytes, int partitionLength)
    {
        Bytes = bytes;
        _partitionLength = partitionLength;
    }

    /// <summary>Whether there is no key here.</summary>
    public bool IsNone => Bytes.IsEmpty;

    /// <summary>Whether the key has a sort part.</summary>
    public bool HasSort => Bytes.Length > _partitionLength;

    /// <summary>The canonical bytes: <see cref="PartitionBytes"/> and behind them <see cref="SortBytes"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The canonical bytes of the partition key: what is hashed, and what ends by itself in an engine key.</summary>
    public ReadOnlyMemory<byte> PartitionBytes => Bytes[.._partitionLength];

    /// <summary>The canonical bytes of the sort key; empty if the key has none.</summary>
    public ReadOnlyMemory<byte> SortBytes => Bytes[_partitionLength..];

    /// <summary>The value of the partition key.</summary>
    public AttributeValue Partition => KeyCodec.DecodePartition(PartitionBytes.Span);

    /// <summary>The value of the sort key, or null.</summary>
    public AttributeValue? Sort => KeyCodec.DecodeSort(SortBytes.Span);

    /// <summary>
    /// A key of values. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if one is empty or neither a string, a number nor a binary.
    /// Whether it fits a table is <see cref="KeySchema.Require"/>'s to say.
    /// </summary>
    public static ItemKey Of(AttributeValue partition, AttributeValue? sort = null)
        => sort is null
            ? Make(RawKeyValue.Of(partition), default, hasSort: false)
            : Make(RawKeyValue.Of(partition), RawKeyValue.Of(sort), hasSort: true);

    /// <summary>
    /// Takes canonical bytes from outside, after checking them. Throws <see cref="KeystoneErrorCode.CorruptItem"/> if they are no key.
    /// </summary>
    public static ItemKey Parse(ReadOnlyMemory<byte> bytes)
    {
        int partitionLength = KeyCodec.CheckPartition(bytes.Span);
        KeyCodec.CheckSort(bytes.Span[partitionLength..]);
        return new ItemKey(bytes, partitionLength);
    }

    /// <summary>The key of two parts as they stand in an engine key. The bytes are copied and were checked before.</summary>
    public static ItemKey FromChecked(ReadOnlySpan<byte> partitionBytes, ReadOnlySpan<byte> sortBytes)
    {
        byte[] bytes = new byte[partitionBytes.Length + sortBytes.Length];
        partitionBytes.CopyTo(bytes);
        sortBytes.CopyTo(bytes.AsSpan(partitionBytes.Length));
        return new ItemKey(bytes, partitionBytes.Length);
    }

    /// <inheritdoc/>
    public bool Equals(ItemKey other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is ItemKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>The values in DynamoDB JSON.</summary>
    public override string ToString() => IsNone ? "" : HasSort ? $"{Partition}, {Sort}" : $"{Partition}";

    /// <inheritdoc/>
    public static bool operator ==(ItemKey left, ItemKey right) => left.Equals(right);

    /// <inheritdoc/>
    public static bool operator !=(ItemKey left, ItemKey right) => !left.Equals(right);

    internal static ItemKey Make(RawKeyValue partition, RawKeyValue sort, bool hasSort)
    {
        int partitionLength = KeyCodec.PartitionLength(partition.Type, partition.Bytes);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(partitionLength + (hasSort ? 1 + sort.Bytes.Length : 0));
        KeyCodec.WritePartition(partition.Type, partition.Bytes, bytes);
        if (hasSort)
        {
            KeyCodec.WriteSort(sort.Type, sort.Bytes, bytes.AsSpan(partitionLength));
        }

        return new ItemKey(bytes, partitionLength);
    }
}
