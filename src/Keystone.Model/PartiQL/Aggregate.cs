using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>
/// What is made of the values that the items of one group have at a path. What lacks the attribute, or has NULL there, does not count. A
/// sum or an average of anything but numbers is refused, as are the least and the greatest of values without an order, or of several types.
/// </summary>
internal sealed class Aggregate(SelectColumn column)
{
    private long _count;
    private KeystoneNumber _sum;
    private AttributeValue? _extreme;

    /// <summary>The value; NULL if there was none to make it of.</summary>
    public AttributeValue Value => column.Aggregate switch
    {
        AggregateKind.Count => AttributeValue.Number(_count),
        _ when _count == 0 => AttributeValue.Null,
        AggregateKind.Sum => AttributeValue.Number(_sum),
        AggregateKind.Average => AttributeValue.Number(KeystoneNumber.Divide(_sum, _count)),
        _ => _extreme!,
    };

    /// <summary>Counts items that are not here.</summary>
    public void AddItems(long count) => _count += count;

    public void Add(Item item)
    {
        if (column.Path is null)
        {
            _count++;
            return;
        }

        if (column.Path.Find(item) is not { Kind: not AttributeKind.Null } value)
        {
            return;
        }

        _count++;
        switch (column.Aggregate)
        {
            case AggregateKind.Sum or AggregateKind.Average:
                _sum += value.Kind == AttributeKind.Number ? value.AsNumber() : throw Unfit(value);
                break;
            case AggregateKind.Minimum or AggregateKind.Maximum:
                TakeExtreme(value);
                break;
        }
    }

    private void TakeExtreme(AttributeValue value)
    {
        bool hasOrder = value.Kind is AttributeKind.Number or AttributeKind.String or AttributeKind.Binary or AttributeKind.Timestamp;
        if (!hasOrder || (_extreme is not null && _extreme.Kind != value.Kind))
        {
            throw Unfit(value);
        }

        int difference = _extreme is null ? 0 : RowOrder.Compare(value, _extreme);
        bool isBeyond = column.Aggregate == AggregateKind.Minimum ? difference < 0 : difference > 0;
        _extreme = _extreme is null || isBeyond ? value : _extreme;
    }

    private KeystoneException Unfit(AttributeValue value) => KeystoneException.Validation(
        $"{column.Name} cannot be made of a value of the type {DynamoJsonTypes.NameOf(value.Kind)}"
        + (_extreme is null ? "" : $" beside one of the type {DynamoJsonTypes.NameOf(_extreme.Kind)}")
        + ": leave such items out with attribute_type in the WHERE clause");
}
