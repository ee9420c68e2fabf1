using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Streams;

namespace Keystone.Database.Owner;

/// <summary>Where a request goes and what it was made under.</summary>
/// <param name="Stripe">The stripe of the key.</param>
/// <param name="TableId">The table.</param>
/// <param name="CatalogVersion">The version of the catalog in which the sender found the table.</param>
/// <param name="Epoch">The epoch of the owner as the sender knows it; 0 means the one in force.</param>
public readonly record struct StripeTarget(int Stripe, uint TableId, ulong CatalogVersion, ulong Epoch = 0);

/// <summary>A put, an update or a delete.</summary>
/// <param name="Target">Where it goes.</param>
/// <param name="Item">The whole item to put; none means an update or a delete.</param>
/// <param name="Key">The key to update or delete; none means a put, whose key its owner takes from the item.</param>
public readonly record struct StripeWrite(StripeTarget Target, EncodedItem Item, ItemKey Key)
{
    /// <summary>What must hold for the write to happen; null means nothing.</summary>
    public WriteCondition? Condition { get; init; }

    /// <summary>The expressions of the write, or null.</summary>
    public WriteExpressions? Expressions { get; init; }

    /// <summary>Whether the item with the key is updated, not deleted.</summary>
    public bool IsUpdate { get; init; }

    /// <summary>Which attributes the answer has.</summary>
    public ReturnValues Return { get; init; }

    /// <summary>Whether a failed condition answers with the item that is there.</summary>
    public bool ReturnCurrentOnConditionFailure { get; init; }

    /// <summary>Whether nothing becomes of the item, and its condition counts for others of the same transaction.</summary>
    public bool IsCheck { get; init; }

    /// <summary>Whether the service itself deletes the item, since it has expired. Never asked for by callers.</summary>
    public bool IsExpiry { get; init; }

    /// <summary>Whether an item is put.</summary>
    public bool IsPut => !Item.IsNone;
}

/// <summary>What a write did.</summary>
/// <param name="Version">The version of the write; null if there was nothing to delete.</param>
/// <param name="Attributes">What was asked for with <see cref="StripeWrite.Return"/>, if there was any.</param>
public readonly record struct StripeWriteResult(ItemVersion? Version, EncodedItem? Attributes);

/// <summary>A read of one item.</summary>
/// <param name="Target">Where it goes.</param>
/// <param name="Key">The key.</param>
/// <param name="ConsistentRead">Whether every write answered before must be seen. Owners read so in either case.</param>
/// <param name="Expressions">What of the item is answered; null means all.</param>
public readonly record struct StripeGet(
    StripeTarget Target, ItemKey Key, bool ConsistentRead = true, ReadExpressions? Expressions = null);

/// <summary>A page of one partition.</summary>
/// <param name="Target">Where it goes.</param>
/// <param name="Partition">The partition: a key of which only the partition part counts.</param>
/// <param name="Lower">The first sort part that may be in the page, see <see cref="SortKeyRange"/>.</param>
/// <param name="Upper">The first sort part behind the page.</param>
public sealed record StripeQuery(StripeTarget Target, ItemKey Partition, ReadOnlyMemory<byte> Lower, ReadOnlyMemory<byte> Upper)
{
    /// <summary>The number of the index to read, see <see cref="Catalog.CatalogTable"/>; 0 means the items.</summary>
    public uint Index { get; init; }

    /// <summary>Whether an index that has parts of its items answers them whole. Only where they are near: with a local index.</summary>
    public bool Whole { get; init; }

    /// <summary>Whether to read from the greatest sort key down.</summary>
    public bool Backward { get; init; }

    /// <summary>The most items; null means as many as a page holds.</summary>
    public int? Limit { get; init; }

    /// <summary>The key behind which the page starts, or none.</summary>
    public ItemKey ExclusiveStartKey { get; init; }

    /// <summary>Whether every write answered before must be seen. Owners read so in either case.</summary>
    public bool ConsistentRead { get; init; } = true;

    /// <summary>Which items, and what of them, the page has; null means all. A key condition in it has done its work.</summary>
    public ReadExpressions? Expressions { get; init; }
}

/// <summary>A page of one table in one stripe.</summary>
/// <param name="Target">Where it goes.</param>
/// <param name="Hashes">The hashes to read. What of them lies in other stripes is not in the page.</param>
public sealed record StripeScan(StripeTarget Target, HashRange Hashes)
{
    /// <inheritdoc cref="StripeQuery.Index"/>
    public uint Index { get; init; }

    /// <inheritdoc cref="StripeQuery.Whole"/>
    public bool Whole { get; init; }

    /// <summary>The most items; null means as many as the page holds.</summary>
    public int? Limit { get; init; }

    /// <summary>The most bytes of items. The owner has a limit of its own, which holds besides.</summary>
    public int BytesMax { get; init; } = int.MaxValue;

    /// <summary>Whether the first item is taken however many bytes it has. False for the later parts of a page over many stripes.</summary>
    public bool TakesFirst { get; init; } = true;

    /// <summary>The key behind which the page starts, or none.</summary>
    public ItemKey ExclusiveStartKey { get; init; }

    /// <summary>Whether every write answered before must be seen. Owners read so in either case.</summary>
    public bool ConsistentRead { get; init; } = true;

    /// <summary>Which items, and what of them, the page has; null means all. A key condition in it has done its work.</summary>
    public ReadExpressions? Expressions { get; init; }
}

/// <summary>A page from one stripe.</summary>
/// <param name="Items">The items, in order.</param>
/// <param name="LastKey">The key of the last that was looked at; none if there is none.</param>
/// <param name="IsComplete">Whether the end was reached. False if a limit ended the page, even if nothing more follows.</param>
public sealed record StripePage(ItemPage Items, ItemKey LastKey, bool IsComplete)
{
    /// <summary>How many items passed the filter, those included that only are counted.</summary>
    public int Count { get; init; } = Items.Count;

    /// <summary>How many items were looked at.</summary>
    public int ScannedCount { get; init; } = Items.Count;

    /// <summary>How many bytes the items have that were looked at.</summary>
    public int ScannedBytes { get; init; } = Items.Bytes.Length;
}

/// <summary>Changes of one stripe in a stream.</summary>
/// <param name="Target">The stripe and the table.</param>
/// <param name="StreamId">The stream.</param>
/// <param name="After">The number behind which they begin.</param>
/// <param name="Limit">The most changes; 0 for none, to ask for the horizon alone.</param>
/// <param name="BytesMax">The bytes after which there are enough; the first is taken whatever it has.</param>
public readonly record struct StripeChanges(StripeTarget Target, uint StreamId, ulong After, int Limit, int BytesMax);

/// <summary>Changes of one stripe.</summary>
/// <param name="Records">They, in order.</param>
/// <param name="Through">The number up to which there are no others, now or later.</param>
/// <param name="IsLast">Whether no change comes any more: the stream is disabled, and all of it was read.</param>
public sealed record StripeChangePage(IReadOnlyList<ChangeRecord> Records, ulong Through, bool IsLast);
