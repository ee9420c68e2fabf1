using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>
/// Rows in the order of a statement. With a LIMIT no more are held than twice those that can still be answered. Rows that are equal stay in
/// the order in which they were read.
/// </summary>
internal sealed class SortedRows(SelectPlan plan, long heldBytesMax) : IHeldRows
{
    /// <summary>How many rows there may be before those are let go that cannot be answered any more.</summary>
    private readonly long _countMax = plan.Select.Limit is { } limit
        ? Math.Max(1024, 2 * Math.Min(limit, int.MaxValue) + 2 * Math.Min(plan.Select.Offset, int.MaxValue))
        : long.MaxValue;

    private List<Row> _rows = [];
    private long _bytes;

    public void Add(SourcePage page)
    {
        foreach (EncodedItem item in page.Items)
        {
            // A copy of its own: an item of a page keeps the whole page in memory.
            Item whole = item.ToItem();
            AttributeValue?[] keys = [.. plan.Select.OrderBy.Select(column => column.Path.Find(whole))];
            _rows.Add(new Row(EncodedItem.FromChecked(item.Bytes.ToArray()), keys));
            _bytes += item.Bytes.Length;
            if (_rows.Count >= _countMax)
            {
                Prune();
            }

            if (_bytes > heldBytesMax)
            {
                throw new KeystoneException(
                    KeystoneErrorCode.LimitExceeded,
                    $"ORDER BY holds more than {heldBytesMax} bytes of items in memory. Add a LIMIT, narrow the WHERE clause, or order "
                    + "by a sort key within one partition, which needs no memory.");
            }
        }
    }

    public IReadOnlyList<EncodedItem> Build()
    {
        IEnumerable<Row> ordered = Ordered().Skip((int)Math.Min(plan.Select.Offset, int.MaxValue));
        ordered = plan.Select.Limit is { } limit ? ordered.Take((int)Math.Min(limit, int.MaxValue)) : ordered;
        return [.. ordered.Select(row => RowShape.Of(plan, row.Item))];
    }

    private void Prune()
    {
        long kept = Math.Min(plan.Select.Limit ?? long.MaxValue, int.MaxValue) + Math.Min(plan.Select.Offset, int.MaxValue);
        _rows = [.. Ordered().Take((int)Math.Min(kept, int.MaxValue))];
        _bytes = _rows.Sum(row => (long)row.Item.Bytes.Length);
    }

    private IEnumerable<Row> Ordered()
        => _rows.Order(Comparer<Row>.Create((left, right) => RowOrder.Compare(left.Keys, right.Keys, plan.Select.OrderBy)));

    private sealed record Row(EncodedItem Item, AttributeValue?[] Keys);
}
