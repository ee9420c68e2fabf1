using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>
/// Groups of items and what is counted of each. Items are let go as soon as they were counted. Without GROUP BY there is one group, also
/// when there is no item; with it, an item that lacks an attribute is in the group of those that lack it.
/// </summary>
internal sealed class GroupedRows : IHeldRows
{
    /// <summary>What a group takes beside its key.</summary>
    private const int GroupBytes = 256;

    private readonly SelectStatement _select;
    private readonly long _heldBytesMax;
    private readonly Dictionary<Item, Aggregate[]> _groups = [];
    private long _bytes;

    public GroupedRows(SelectStatement select, long heldBytesMax)
    {
        _select = select;
        _heldBytesMax = heldBytesMax;
        if (select.GroupBy.Count == 0)
        {
            GroupOf(Item.Empty);
        }
    }

    public void Add(SourcePage page)
    {
        if (page.Items.Count == 0)
        {
            Array.ForEach(_select.GroupBy.Count == 0 ? GroupOf(Item.Empty) : [], aggregate => aggregate.AddItems(page.Count));
            return;
        }

        foreach (EncodedItem encoded in page.Items)
        {
            Item item = encoded.ToItem();
            foreach (Aggregate aggregate in GroupOf(KeyOf(item)))
            {
                aggregate.Add(item);
            }
        }
    }

    public IReadOnlyList<EncodedItem> Build()
    {
        var rows = new List<Item>(_groups.Count);
        foreach ((Item key, Aggregate[] aggregates) in _groups)
        {
            rows.Add(RowOf(key, aggregates));
        }

        IEnumerable<Item> ordered = _select.OrderBy.Count == 0 ? rows : rows.Order(Comparer<Item>.Create(Compare));
        ordered = ordered.Skip((int)Math.Min(_select.Offset, int.MaxValue));
        ordered = _select.Limit is { } limit ? ordered.Take((int)Math.Min(limit, int.MaxValue)) : ordered;
        return [.. ordered.Select(row => row.Encode())];
    }

    /// <summary>The values of GROUP BY by the names of their paths.</summary>
    private Item KeyOf(Item item)
    {
        var key = new ItemBuilder();
        foreach (DocumentPath path in _select.GroupBy)
        {
            if (path.Find(item) is { } value)
            {
                key.Set(path.ToString(), value);
            }
        }

        return key.Build();
    }

    private Aggregate[] GroupOf(Item key)
    {
        if (_groups.TryGetValue(key, out Aggregate[]? group))
        {
            return group;
        }

        group = [.. _select.Columns.Where(column => column.Aggregate is not null).Select(column => new Aggregate(column))];
        _groups.Add(key, group);
        _bytes += GroupBytes + ItemSize.Of(key);
        return _bytes <= _heldBytesMax
            ? group
            : throw new KeystoneException(
                KeystoneErrorCode.LimitExceeded,
                $"GROUP BY holds more than {_heldBytesMax} bytes of groups in memory: there are {_groups.Count} so far. Narrow the WHERE "
                + "clause, or group by an attribute with fewer values.");
    }

    private Item RowOf(Item key, Aggregate[] aggregates)
    {
        var row = new ItemBuilder();
        int next = 0;
        foreach (SelectColumn column in _select.Columns)
        {
            AttributeValue? value = column.Aggregate is null ? key.Find(column.Path!.ToString()) : aggregates[next++].Value;
            if (value is not null)
            {
                row.Set(column.Name, value);
            }
        }

        return row.Build();
    }

    /// <summary>Rows are ordered by the names of the answer.</summary>
    private int Compare(Item left, Item right) => RowOrder.Compare(
        [.. _select.OrderBy.Select(column => ValueOf(left, column.Path))],
        [.. _select.OrderBy.Select(column => ValueOf(right, column.Path))],
        _select.OrderBy);

    private AttributeValue? ValueOf(Item row, DocumentPath path)
        => row.Find(_select.Columns.FirstOrDefault(column => column.Path == path && column.Aggregate is null)?.Name ?? path.ToString());
}
