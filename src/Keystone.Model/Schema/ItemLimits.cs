using Keystone.Model.Items;

namespace Keystone.Model.Schema;

/// <summary>
/// The limits of items, keys and calls. The defaults are DynamoDB's; a database may be opened with others. Constants are bounds of the
/// formats themselves and hold everywhere.
/// </summary>
public sealed record ItemLimits
{
    /// <summary>The longest attribute name in UTF-8 bytes: a bound of the item format.</summary>
    public const int NameBytesMax = 65_535;

    /// <summary>The longest name of an attribute that is part of a key, in UTF-8 bytes.</summary>
    public const int KeyNameBytesMax = 255;

    /// <summary>The most attributes of an index's partition key, and the most by which it is ordered.</summary>
    public const int IndexKeyAttributesMax = 4;

    /// <summary>DynamoDB's limits.</summary>
    public static ItemLimits Default { get; } = new();

    /// <summary>The greatest item, counted as <see cref="ItemSize"/> counts: 400 KB.</summary>
    public int ItemBytesMax { get; init; } = 400 * 1024;

    /// <summary>The longest value of a partition key: 2,048 bytes.</summary>
    public int PartitionKeyBytesMax { get; init; } = 2048;

    /// <summary>The longest value of a sort key: 1,024 bytes.</summary>
    public int SortKeyBytesMax { get; init; } = 1024;

    /// <summary>The most keys in one batch get.</summary>
    public int BatchGetItemsMax { get; init; } = 100;

    /// <summary>The most writes in one batch write.</summary>
    public int BatchWriteItemsMax { get; init; } = 25;

    /// <summary>The most items in one transaction.</summary>
    public int TransactionItemsMax { get; init; } = 100;

    /// <summary>The most bytes of items in one transaction, those read by it or put and left by its updates: 4 MiB.</summary>
    public int TransactionBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most bytes of items that a batch get answers; what is beyond comes back unprocessed: 16 MiB.</summary>
    public int BatchGetBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>The bytes of items after which a page of a query or scan ends: 1 MiB.</summary>
    public int PageBytesMax { get; init; } = 1024 * 1024;

    /// <summary>The most segments of a parallel scan.</summary>
    public int ScanSegmentsMax { get; init; } = 1_000_000;

    /// <summary>The most table names in one page of a list.</summary>
    public int ListTablesMax { get; init; } = 100;

    /// <summary>The most tables of a database.</summary>
    public int TablesMax { get; init; } = 2500;

    /// <summary>The most streams of a table that can be read, disabled ones too.</summary>
    public int StreamsMax { get; init; } = 8;

    /// <summary>The most local indexes of a table.</summary>
    public int LocalIndexesMax { get; init; } = 5;

    /// <summary>The most global indexes of a table.</summary>
    public int GlobalIndexesMax { get; init; } = 20;

    /// <summary>The most attributes that the indexes of a table name in their projections, all together.</summary>
    public int ProjectedAttributesMax { get; init; } = 100;

    /// <summary>Checks the size of an item that an update made. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void RequireUpdatedItem(EncodedItem item)
    {
        if (ItemSize.Of(item) > ItemBytesMax)
        {
            throw KeystoneException.Validation("Item size to update has exceeded the maximum allowed size");
        }
    }

    /// <summary>
    /// Checks all bytes of an item that is to be written, and its size. Throws <see cref="KeystoneErrorCode.CorruptItem"/> if the bytes are
    /// no item and <see cref="KeystoneErrorCode.ValidationFailed"/> if it is too large. Allocates nothing.
    /// </summary>
    public void RequireItem(EncodedItem item)
    {
        long size = ItemSize.Of(item);
        if (size > ItemBytesMax)
        {
            throw KeystoneException.Validation(
                $"Item size has exceeded the maximum allowed size: it is {size} bytes, the limit is {ItemBytesMax} bytes");
        }
    }
}
