using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Simulation.Items;

/// <summary>
/// What a table is supposed to be: a dictionary, and the list of what became of its items. Its indexes are computed anew each time they are
/// asked for.
/// </summary>
internal sealed class ItemsModel
{
    private readonly Dictionary<ItemKey, Item> _items = [];
    private readonly List<Change> _changes = [];

    /// <summary>All items.</summary>
    public IEnumerable<Item> Items => _items.Values;

    /// <summary>What became of items since the last time that it was asked, in order.</summary>
    public IReadOnlyList<Change> Changes => _changes;

    public Item? Find(ItemKey key) => _items.GetValueOrDefault(key);

    /// <summary>What it has now.</summary>
    public ItemsModel Copy()
    {
        ItemsModel copy = new();
        foreach ((ItemKey key, Item item) in _items)
        {
            copy._items.Add(key, item);
        }

        copy._changes.AddRange(_changes);
        return copy;
    }

    /// <summary>Gives a key another item, or none.</summary>
    public void Set(ItemKey key, Item? after, bool isByService = false)
    {
        Item? before = Find(key);
        if (before == after)
        {
            return;
        }

        _changes.Add(new Change(key, before, after, isByService));
        _items.Remove(key);
        if (after is not null)
        {
            _items.Add(key, after);
        }
    }

    public void ForgetChanges() => _changes.Clear();

    /// <summary>The items of a partition whose sort keys are in a range, in order.</summary>
    public Item[] Query(string partition, long from, long to)
        => [.. Items.Where(item => item["p"].AsString() == partition && SortOf(item) >= from && SortOf(item) <= to).OrderBy(SortOf)];

    /// <summary>The items that have an attribute of a type, which an index has as its key.</summary>
    public Item[] With(string attribute, AttributeKind kind) => [.. Items.Where(item => item.Find(attribute)?.Kind == kind)];

    /// <summary>The items whose time has come.</summary>
    public ItemKey[] Expired(long now)
        => [.. _items.Where(item => item.Value.Find("until") is { } until && (long)until.AsNumber() < now).Select(item => item.Key)];

    private static long SortOf(Item item) => (long)item["s"].AsNumber();
}

/// <summary>What became of an item.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Before">It before, or null.</param>
/// <param name="After">It after, or null.</param>
/// <param name="IsByService">Whether it had expired.</param>
internal readonly record struct Change(ItemKey Key, Item? Before, Item? After, bool IsByService);
