using System.Buffers.Binary;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Database.Indexes;

/// <summary>
/// When the items of a table expire, as the owner of items keeps it: one entry of each item that has a time, in the stripe of the item, in
/// the order of their times.
/// <code>
///  +---------------+------------------------------+-----------------+------------------+
///  | id, u32 BE    | first hash of stripe, u32 BE | seconds, u64 BE | key of the item  |
///  +---------------+------------------------------+-----------------+------------------+
/// </code>
/// </summary>
/// <param name="tableId">The table.</param>
/// <param name="description">What the catalog knows.</param>
internal sealed class TableExpiry(uint tableId, TimeToLiveDescription description) : IDerivedEntries
{
    private const int PrefixLength = EngineKey.HeaderLength + sizeof(ulong);

    /// <summary>Times beyond the year 9999 never come.</summary>
    private static readonly KeystoneNumber SecondsMax = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private static readonly EncodedItem NoItem = EncodedItem.Encode(Item.Empty);

    public TimeToLiveDescription Description => description;

    public uint KeyId => description.Id;

    public bool IsWritten => description.Status != TimeToLiveStatus.Disabling;

    public bool IsFilling => description.Status == TimeToLiveStatus.Enabling;

    public IndexEntry? EntryOf(EncodedItem item, ItemKey itemKey, int stripeCount)
    {
        if (item.IsNone || SecondsOf(item.Read()) is not { } seconds)
        {
            return null;
        }

        int stripe = StripeHash.StripeOf(StripeHash.Of(tableId, itemKey.PartitionBytes.Span), stripeCount);
        return new IndexEntry(stripe, [.. PlaceOf(stripe, stripeCount, seconds), .. itemKey.Bytes.Span], NoItem);
    }

    /// <summary>Where entries of a time begin.</summary>
    public byte[] PlaceOf(int stripe, int stripeCount, long seconds)
    {
        byte[] place = new byte[PrefixLength];
        EngineKey.WriteHeader(place, KeyId, (uint)HashRange.OfStripe(stripe, stripeCount).From);
        BinaryPrimitives.WriteUInt64BigEndian(place.AsSpan(EngineKey.HeaderLength), (ulong)seconds);
        return place;
    }

    /// <summary>The item of an entry.</summary>
    public static ItemKey ItemOf(ReadOnlySpan<byte> entryKey) => ItemKey.Parse(entryKey[PrefixLength..].ToArray());

    /// <summary>When an item expires, in seconds since 1970; null if it never does.</summary>
    public long? SecondsOf(ItemReader item)
    {
        ValueReader value = item.Find(description.Attribute);
        if (value.Kind != AttributeKind.Number)
        {
            return null;
        }

        KeystoneNumber number = value.Number;
        return number.CompareTo(0) > 0 && number.CompareTo(SecondsMax) <= 0 ? (long)(decimal)number : null;
    }
}
