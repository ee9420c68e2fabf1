using Keystone.Model.Keys;

namespace Keystone.Model.Schema;

/// <summary>What a table is made from: its name, its key and its indexes.</summary>
public sealed record TableDefinition
{
    private readonly IReadOnlyList<IndexDefinition> _indexes = new ValueList<IndexDefinition>([]);

    /// <summary>A definition. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the name is not allowed.</summary>
    public TableDefinition(string name, KeySchema key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Name = TableName.Require(name);
        Key = key;
    }

    /// <summary>The name of the table.</summary>
    public string Name { get; }

    /// <summary>Its key attributes.</summary>
    public KeySchema Key { get; }

    /// <summary>
    /// Its indexes. Setting them throws <see cref="KeystoneErrorCode.ValidationFailed"/> for names that come twice, for attributes that
    /// have two types, and for local indexes that do not share the partition key.
    /// </summary>
    public IReadOnlyList<IndexDefinition> Indexes
    {
        get => _indexes;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _indexes = new ValueList<IndexDefinition>(value);
            IndexRule.Require(this);
        }
    }

    /// <summary>What the stream of its changes has of an item; null means that it has no stream.</summary>
    public StreamViewType? Stream { get; init; }

    /// <summary>Checks the counts of the indexes. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void RequireIndexCounts(ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        IndexRule.RequireCounts(this, limits);
    }
}
