using Keystone.Model.Keys;

namespace Keystone.Model.Schema;

/// <summary>What must hold for the indexes of one table together.</summary>
internal static class IndexRule
{
    public static void Require(TableDefinition table)
    {
        RequireDifferentNames(table);
        RequireOneTypeEach(table);
        foreach (IndexDefinition index in table.Indexes.Where(index => index.Kind == IndexKind.Local))
        {
            RequireLocal(table.Key, index);
        }
    }

    /// <summary>The counts, which a database may have other limits for. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public static void RequireCounts(TableDefinition table, ItemLimits limits)
    {
        if (table.Indexes.Count(index => index.Kind == IndexKind.Local) > limits.LocalIndexesMax)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: "
                + $"Number of LocalSecondaryIndexes exceeds per-table limit of {limits.LocalIndexesMax}");
        }

        if (table.Indexes.Count(index => index.Kind == IndexKind.Global) > limits.GlobalIndexesMax)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: "
                + $"GlobalSecondaryIndex count exceeds the per-table limit of {limits.GlobalIndexesMax}");
        }

        if (table.Indexes.Sum(index => index.Projection.Attributes.Count) > limits.ProjectedAttributesMax)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: "
                + $"NonKeyAttributes of all indexes exceed the per-table limit of {limits.ProjectedAttributesMax}");
        }
    }

    private static void RequireDifferentNames(TableDefinition table)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (IndexDefinition index in table.Indexes)
        {
            if (!names.Add(index.Name))
            {
                throw KeystoneException.Validation(
                    $"One or more parameter values were invalid: Duplicate index name: {index.Name}");
            }
        }
    }

    private static void RequireOneTypeEach(TableDefinition table)
    {
        Dictionary<string, KeyType> types = new(StringComparer.Ordinal) { [table.Key.Partition.Name] = table.Key.Partition.Type };
        IEnumerable<KeyAttribute> others = table.Key.Sort is null ? [] : [table.Key.Sort];
        foreach (KeyAttribute attribute in others.Concat(table.Indexes.SelectMany(index => index.Keys)))
        {
            if (types.TryGetValue(attribute.Name, out KeyType type) && type != attribute.Type)
            {
                throw KeystoneException.Validation(
                    $"One or more parameter values were invalid: The attribute {attribute.Name} has two types among the keys");
            }

            types[attribute.Name] = attribute.Type;
        }
    }

    private static void RequireLocal(KeySchema key, IndexDefinition index)
    {
        if (key.Sort is null || key.SortKeyIsOptional)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: Table KeySchema does not have a range key, "
                + "which is required when specifying a LocalSecondaryIndex");
        }

        if (index.Partition[0] != key.Partition)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: Index KeySchema does not have the same leading hash key as table KeySchema "
                + $"for index: {index.Name}. index hash key: {index.Partition[0].Name}, table hash key: {key.Partition.Name}");
        }
    }
}
