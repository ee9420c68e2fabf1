using System.Buffers.Binary;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Benchmarks.Cluster;

/// <summary>The items of the cluster benchmark: keys of 16 bytes and a value of 100 in the default table.</summary>
internal static class ClusterData
{
    public const int Items = 10_000;
    public const int ValueBytes = 100;
    public const int StripeCount = 256;

    private const int KeyBytes = 16;

    public static IReadOnlyList<EncodedItem> Encoded { get; } = [.. Enumerable.Range(0, Items).Select(MakeItem)];

    public static IReadOnlyList<ItemKey> Keys { get; } = [.. Enumerable.Range(0, Items).Select(i => ItemKey.Of(PartitionOf(i)))];

    /// <summary>An item as the echo answers it: as large as Keystone's own.</summary>
    public static Blob ItemBlob { get; } = new(Encoded[0].Bytes);

    private static AttributeValue PartitionOf(int i)
    {
        byte[] key = new byte[KeyBytes];
        BinaryPrimitives.WriteInt32BigEndian(key, i);
        return AttributeValue.Binary(key);
    }

    private static EncodedItem MakeItem(int i)
        => Item.Of((KeystoneDefaults.PartitionKeyName, PartitionOf(i)), ("v", AttributeValue.Binary(new byte[ValueBytes]))).Encode();
}
