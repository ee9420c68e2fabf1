using Keystone.Model.Keys;

namespace Keystone.Model.Schema;

/// <summary>What a table is made from: its name and its key. Indexes, expiry and streams join as further optional members.</summary>
public sealed record TableDefinition
{
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
}
