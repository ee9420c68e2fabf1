using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

namespace Keystone.Tests.Database;

/// <summary>What a table should hold. Orders by the values themselves and knows nothing of bytes or hashes.</summary>
internal sealed class TableModel(KeySchema schema)
{
    private readonly Dictionary<ItemKey, (AttributeValue Partition, AttributeValue? Sort, Item Item)> _items = [];

    public bool HasSort => schema.Sort is not null;

    public IEnumerable<Item> All => _items.Values.Select(entry => entry.Item);

    public ItemKey KeyOf(int partition, int sort) => ItemKey.Of(ValueOf(schema.Partition.Type, partition), HasSort ? SortOf(sort) : null);

    public AttributeValue SortOf(int sort) => ValueOf(schema.Sort!.Type, sort);

    public Item ItemOf(ItemKey key, int content)
    {
        ItemBuilder item = schema.ToItem(key).ToBuilder().Set("content", content);
        return content % 50 == 0 ? item.Set("large", new string('x', 5000)).Build() : item.Build();
    }

    public void Put(ItemKey key, Item item) => _items[key] = (key.Partition, key.Sort, item);

    public void Delete(ItemKey key) => _items.Remove(key);

    public Item? Find(ItemKey key) => _items.TryGetValue(key, out (AttributeValue, AttributeValue?, Item Item) entry) ? entry.Item : null;

    public Item[] Query(AttributeValue partition, SortKeyCondition? condition)
        =>
        [
            .. _items.Values
                .Where(entry => entry.Partition == partition && (condition is null || Holds(condition, entry.Sort!)))
                .OrderBy(entry => entry.Sort, Comparer<AttributeValue?>.Create(Compare))
                .Select(entry => entry.Item),
        ];

    /// <summary>A range between two sort keys, given in any order.</summary>
    public SortKeyCondition Between(int one, int other)
        => Compare(SortOf(one), SortOf(other)) <= 0
            ? SortKeyCondition.Between(SortOf(one), SortOf(other))
            : SortKeyCondition.Between(SortOf(other), SortOf(one));

    private static bool Holds(SortKeyCondition condition, AttributeValue sort)
    {
        int order = Compare(sort, condition.Value);
        return condition.Operator switch
        {
            SortKeyOperator.EqualTo => order == 0,
            SortKeyOperator.LessThan => order < 0,
            SortKeyOperator.LessThanOrEqualTo => order <= 0,
            SortKeyOperator.GreaterThan => order > 0,
            SortKeyOperator.GreaterThanOrEqualTo => order >= 0,
            _ => order >= 0 && Compare(sort, condition.Upper) <= 0,
        };
    }

    private static int Compare(AttributeValue? left, AttributeValue? right)
    {
        if (left is null || right is null)
        {
            return (left is null ? 0 : 1) - (right is null ? 0 : 1);
        }

        return left.Kind switch
        {
            AttributeKind.Number => left.AsNumber().CompareTo(right.AsNumber()),
            AttributeKind.String => string.CompareOrdinal(left.AsString(), right.AsString()),
            _ => left.AsBinary().Span.SequenceCompareTo(right.AsBinary().Span),
        };
    }

    private static AttributeValue ValueOf(KeyType type, int number) => type switch
    {
        KeyType.Number => AttributeValue.Number((number - 5) * 0.75m),
        KeyType.String => AttributeValue.String($"{new string('k', number % 4 + 1)}\u0000{number}"),
        _ => AttributeValue.Binary([(byte)(number % 3), 0, (byte)(255 - number)]),
    };
}
