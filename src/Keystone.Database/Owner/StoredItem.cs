using Keystone.Database.Indexes;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Database.Owner;

/// <summary>
/// The value of an item in the engine.
/// <code>
///  +-----------------------------+----------------------------------------+
///  | epoch of the write, varint  | encoded item, whole: with its key      |
///  +-----------------------------+----------------------------------------+
/// </code>
/// The varint has 7 bits a byte, lowest first, in the shortest form. Epoch and the engine's sequence are the version of the item; the epoch
/// stands here because it stays that of the write when the stripe moves to another owner. The key attributes are in the item although
/// the engine's key has them too: so an item is read without knowing its table, and is copied once and never put together.
/// </summary>
internal static class StoredItem
{
    public const int EpochBytesMax = 10;

    public static int Length(ulong epoch, EncodedItem item) => VarLength(epoch) + item.Bytes.Length;

    public static void Write(Span<byte> destination, ulong epoch, EncodedItem item)
    {
        int at = 0;
        for (; epoch >= 0x80; epoch >>= 7)
        {
            destination[at++] = (byte)(epoch | 0x80);
        }

        destination[at++] = (byte)epoch;
        item.Bytes.Span.CopyTo(destination[at..]);
    }

    /// <summary>What is stored for an item.</summary>
    public static byte[] ToValue(ulong epoch, EncodedItem item)
    {
        byte[] value = new byte[Length(epoch, item)];
        Write(value, epoch, item);
        return value;
    }

    /// <summary>The bytes of the item, lent.</summary>
    public static ReadOnlySpan<byte> ItemOf(ReadOnlySpan<byte> value, out ulong epoch)
    {
        epoch = 0;
        for (int at = 0; at < Math.Min(value.Length, EpochBytesMax); at++)
        {
            epoch |= (ulong)(value[at] & 0x7F) << (7 * at);
            if (value[at] < 0x80)
            {
                return value[(at + 1)..];
            }
        }

        throw KeystoneException.CorruptItem("a stored item does not start with an epoch");
    }

    /// <summary>
    /// The item and its version, copied; of the item what a projection leaves. One of those that are not shown is not found.
    /// </summary>
    public static GetItemResult Read(
        ReadOnlySpan<byte> value, ulong sequence, ProjectionExpression? projection = null, ExpiredItems expired = default)
    {
        ReadOnlySpan<byte> bytes = ItemOf(value, out ulong epoch);
        if (expired.Have(bytes))
        {
            return GetItemResult.NotFound;
        }

        EncodedItem item = projection is null ? EncodedItem.FromChecked(bytes.ToArray()) : projection.Of(bytes);
        return new GetItemResult { Item = item, Version = new ItemVersion(epoch, sequence) };
    }

    private static int VarLength(ulong value)
    {
        int length = 1;
        for (; value >= 0x80; value >>= 7)
        {
            length++;
        }

        return length;
    }
}
