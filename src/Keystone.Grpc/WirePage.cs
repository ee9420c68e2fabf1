using Keystone.Grpc.Messages;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;
using Item = Keystone.Grpc.Messages.Item;

namespace Keystone.Grpc;

/// <summary>
/// Pages of items as messages of bounded size. A page of the database is bounded in its own bytes; numbers as text can be many times as
/// long as that, so a page is cut again by the bytes of its messages, and what is cut off is reached behind the last key that was sent.
/// </summary>
public sealed class WirePage
{
    /// <summary>The bytes after which a message takes no further item; clients usually take 4 MiB.</summary>
    public const int MessageBytesMax = 2 * 1024 * 1024;

    private readonly List<Item> _items = [];
    private readonly List<Key> _keys = [];

    private WirePage()
    {
    }

    /// <summary>The items of the message, without their keys.</summary>
    public IReadOnlyList<Item> Items => _items;

    /// <summary>The keys of the items.</summary>
    public IReadOnlyList<Key> Keys => _keys;

    /// <summary>How many items the message has.</summary>
    public int Count => _items.Count;

    /// <summary>
    /// As many items of a page as fit a message, from <paramref name="start"/> on; at least one if there is one.
    /// </summary>
    public static WirePage Of(ItemPage page, int start = 0)
    {
        ArgumentNullException.ThrowIfNull(page);
        var message = new WirePage();
        long bytes = 0;
        for (int i = start; i < page.Count && bytes < MessageBytesMax; i++)
        {
            Item item = WireItem.Split(page[i], out Key key);
            bytes += item.CalculateSize() + key.CalculateSize();
            message._items.Add(item);
            message._keys.Add(key);
        }

        return message;
    }

    /// <summary>The answer to a query, and where to go on if the page has more or was cut.</summary>
    public static QueryResponse ToQueryResponse(Model.Requests.QueryResult result, IndexDefinition? index = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        WirePage page = Of(result.Items);
        bool isCut = page.Count < result.Items.Count;
        var message = new QueryResponse
        {
            Count = (uint)page.Count,
            ScannedCount = (uint)(isCut ? page.Count : result.ScannedCount),
            LastEvaluatedKey = isCut ? WireKey.ToLastKey(page.Keys[^1]) : WireKey.ToMessage(result.LastEvaluatedKey),
            LastEvaluatedIndexKey = isCut ? IndexKeyOf(result.Items[page.Count - 1], index) : ToMessage(result.LastEvaluatedIndexKey),
        };
        message.Items.Add(page.Items);
        message.Keys.Add(page.Keys);
        return message;
    }

    /// <summary>The index's key attributes by which a read goes on; null for null.</summary>
    public static Item? ToMessage(Model.Items.Item? attributes) => attributes is null ? null : WireItem.ToMessage(attributes.Encode());

    private static Item? IndexKeyOf(EncodedItem item, IndexDefinition? index)
    {
        if (index is null)
        {
            return null;
        }

        Model.Items.Item whole = item.ToItem();
        var attributes = new ItemBuilder();
        foreach (KeyAttribute attribute in index.Keys)
        {
            attributes.Set(attribute.Name, whole[attribute.Name]);
        }

        return ToMessage(attributes.Build());
    }

    /// <summary>One message of a scan, without a key to go on from.</summary>
    public ScanResponse ToScanResponse(int scannedCount)
    {
        var message = new ScanResponse { Count = (uint)Count, ScannedCount = (uint)scannedCount };
        message.Items.Add(_items);
        message.Keys.Add(_keys);
        return message;
    }
}
