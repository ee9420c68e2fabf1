using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Model;

/// <summary>The table that every database has from its start: bare keys of bytes, for callers that name no table.</summary>
public static class KeystoneDefaults
{
    /// <summary>The name of the default table.</summary>
    public const string TableName = "default";

    /// <summary>The partition key attribute of the default table: bytes.</summary>
    public const string PartitionKeyName = "$pk";

    /// <summary>The sort key attribute of the default table: bytes, and an item may lack it.</summary>
    public const string SortKeyName = "$sk";

    /// <summary>The default table.</summary>
    public static TableDefinition Table { get; } = new(
        TableName,
        new KeySchema(
            new KeyAttribute(PartitionKeyName, KeyType.Binary),
            new KeyAttribute(SortKeyName, KeyType.Binary),
            sortKeyIsOptional: true));
}
