using Keystone.Database.Indexes;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Database.Routing;

/// <summary>
/// A read of an index: between the keys that callers know, of an item and of its index attributes, and the keys of entries; and whether the
/// index has what is asked for, or the items themselves have to be read.
/// </summary>
internal sealed class IndexRead
{
    private IndexRead(TableIndex index, bool whole)
    {
        Index = index;
        Whole = whole;
    }

    public TableIndex Index { get; }

    /// <summary>Whether the items of the entries are read.</summary>
    public bool Whole { get; }

    private IndexDefinition Definition => Index.Definition;

    /// <summary>
    /// A read of an index. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it asks a global index for what that does not have,
    /// or its expressions do not fit the key of the index.
    /// </summary>
    public static IndexRead Of(TableIndex index, ReadSelect? select, BoundReadExpressions? expressions)
    {
        expressions?.RequireKey(index.Definition);
        string[] missing = [.. (expressions?.Projection?.Attributes ?? []).Where(name => !index.Projects(name))];
        bool wantsAll = select == ReadSelect.AllAttributes && index.Definition.Projection.Kind != IndexProjectionKind.All;
        if (index.IsLocal)
        {
            bool filtersMore = expressions?.Filter?.Attributes.Any(name => !index.Projects(name)) ?? false;
            return new IndexRead(index, wantsAll || missing.Length > 0 || filtersMore);
        }

        if (wantsAll)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index "
                + $"{index.Definition.Name} because its projection type is not ALL");
        }

        return missing.Length == 0
            ? new IndexRead(index, whole: false)
            : throw KeystoneException.Validation(
                $"One or more parameter values were invalid: Global secondary index {index.Definition.Name} does not project "
                + $"[{string.Join(", ", missing)}]");
    }

    /// <summary>The partition and the entries in it that a query is about.</summary>
    public (ItemKey Partition, SortKeyRange Range) KeysOf(
        QueryRequest request, BoundReadExpressions? expressions, ItemLimits limits)
    {
        if (expressions?.KeyCondition is { } condition)
        {
            KeyConditionPlan keys = condition.ToKeys(Definition.Partition, Definition.Sort);
            return (IndexKey.PartitionOf(Definition, keys.Partition), IndexKey.RangeOf(keys.SortPrefix, keys.Sort));
        }

        KeySchema schema = SchemaOf();
        ItemKey partition = ItemKey.Of(request.PartitionKey!);
        schema.RequirePartition(partition.PartitionBytes.Span, limits);
        if (request.SortKey is { } sort)
        {
            _ = sort.ToRange(schema);
        }

        return (partition, IndexKey.RangeOf([], request.SortKey));
    }

    /// <summary>The entry behind which a page starts, or null.</summary>
    public ItemKey? StartOf(ItemKey? itemKey, Item? attributes)
        => itemKey is { } key && attributes is not null ? IndexKey.Of(Definition, attributes, key) : null;

    /// <summary>The key of the item of an entry.</summary>
    public ItemKey ItemKeyOf(ItemKey entry) => IndexKey.ItemKeyOf(Definition, entry);

    /// <summary>The index attributes of an entry.</summary>
    public Item AttributesOf(ItemKey entry) => IndexKey.AttributesOf(Definition, entry);

    /// <summary>The key of the index as one of a table, which it is like unless it has several attributes.</summary>
    private KeySchema SchemaOf() => Definition.Partition.Count == 1
        ? new KeySchema(Definition.Partition[0], Definition.Sort.FirstOrDefault())
        : throw KeystoneException.Validation(
            $"The index {Definition.Name} has a partition key of several attributes: give them in a KeyConditionExpression");
}
