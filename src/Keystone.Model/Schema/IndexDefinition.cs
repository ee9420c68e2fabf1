using Keystone.Model.Keys;

namespace Keystone.Model.Schema;

/// <summary>
/// What an index is made from: by which attributes its entries are found and ordered, and what of an item they have. An item that lacks one
/// of the key attributes has no entry.
/// </summary>
public sealed record IndexDefinition
{
    private IndexDefinition(
        string name, IndexKind kind, IReadOnlyList<KeyAttribute> partition, IReadOnlyList<KeyAttribute> sort, IndexProjection projection)
    {
        ArgumentNullException.ThrowIfNull(partition);
        ArgumentNullException.ThrowIfNull(projection);
        Name = TableName.Require(name, "IndexName");
        Kind = kind;
        Partition = new ValueList<KeyAttribute>(partition);
        Sort = new ValueList<KeyAttribute>(sort);
        Projection = projection;
        RequireKeys();
    }

    /// <summary>The name, its own among the indexes of its table.</summary>
    public string Name { get; }

    /// <summary>Where its entries lie.</summary>
    public IndexKind Kind { get; }

    /// <summary>The attributes that make its partition key, from 1 to <see cref="ItemLimits.IndexKeyAttributesMax"/>.</summary>
    public IReadOnlyList<KeyAttribute> Partition { get; }

    /// <summary>
    /// The attributes by which the entries of a partition are ordered, up to <see cref="ItemLimits.IndexKeyAttributesMax"/>.
    /// </summary>
    public IReadOnlyList<KeyAttribute> Sort { get; }

    /// <summary>What of an item its entries have.</summary>
    public IndexProjection Projection { get; }

    /// <summary>All key attributes: the partition's, then those that order.</summary>
    public IEnumerable<KeyAttribute> Keys => Partition.Concat(Sort);

    /// <summary>An index of the items of each partition, by another attribute than the sort key.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="partition">The partition key of the table.</param>
    /// <param name="sort">The attribute by which it is ordered.</param>
    /// <param name="projection">What of the items it has; all of them by default.</param>
    public static IndexDefinition Local(string name, KeyAttribute partition, KeyAttribute sort, IndexProjection? projection = null)
        => new(name, IndexKind.Local, [partition], [sort], projection ?? IndexProjection.All);

    /// <summary>An index of all items by another partition key, and perhaps ordered.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="partition">The attributes that make its partition key.</param>
    /// <param name="sort">The attributes by which it is ordered, perhaps none.</param>
    /// <param name="projection">What of the items it has; all of them by default.</param>
    public static IndexDefinition Global(
        string name, IReadOnlyList<KeyAttribute> partition, IReadOnlyList<KeyAttribute>? sort = null, IndexProjection? projection = null)
        => new(name, IndexKind.Global, partition, sort ?? [], projection ?? IndexProjection.All);

    /// <summary>An index of all items by one attribute, and perhaps ordered by another.</summary>
    public static IndexDefinition Global(string name, KeyAttribute partition, KeyAttribute? sort = null, IndexProjection? projection = null)
        => Global(name, [partition], sort is null ? [] : [sort], projection);

    private void RequireKeys()
    {
        if (Partition.Count is < 1 or > ItemLimits.IndexKeyAttributesMax || Sort.Count > ItemLimits.IndexKeyAttributesMax)
        {
            throw KeystoneException.Validation(
                $"One or more parameter values were invalid: The index {Name} has {Partition.Count} partition and {Sort.Count} sort key "
                + $"attributes; from 1 to {ItemLimits.IndexKeyAttributesMax} and up to {ItemLimits.IndexKeyAttributesMax} are allowed");
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (KeyAttribute attribute in Keys)
        {
            KeySchema.RequireAttribute(attribute);
            if (!names.Add(attribute.Name))
            {
                throw KeystoneException.Validation(
                    "One or more parameter values were invalid: "
                    + $"The key attribute {attribute.Name} stands twice in the KeySchema of the index {Name}");
            }
        }
    }
}
