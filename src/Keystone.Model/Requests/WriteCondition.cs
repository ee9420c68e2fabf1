namespace Keystone.Model.Requests;

/// <summary>
/// What must hold of the item in the store for a write to happen. Decided by the owner of the item's stripe, under its writer.
/// </summary>
public sealed record WriteCondition
{
    private WriteCondition(WriteConditionKind kind, ItemVersion version = default)
    {
        Kind = kind;
        Version = version;
    }

    /// <summary>An item with this key exists.</summary>
    public static WriteCondition ItemExists { get; } = new(WriteConditionKind.ItemExists);

    /// <summary>No item with this key exists.</summary>
    public static WriteCondition ItemAbsent { get; } = new(WriteConditionKind.ItemAbsent);

    /// <summary>What is asked.</summary>
    public WriteConditionKind Kind { get; }

    /// <summary>With <see cref="WriteConditionKind.VersionIs"/>: the version that the item must have.</summary>
    public ItemVersion Version { get; }

    /// <summary>The item exists and is still from this write.</summary>
    public static WriteCondition VersionIs(ItemVersion version) => new(WriteConditionKind.VersionIs, version);

    /// <summary>Whether the condition holds for an item of this version; null means that there is no item.</summary>
    public bool HoldsFor(ItemVersion? current) => Kind switch
    {
        WriteConditionKind.ItemExists => current is not null,
        WriteConditionKind.ItemAbsent => current is null,
        _ => current == Version,
    };
}
