using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Model.Requests;

/// <summary>Reads one item.</summary>
/// <param name="TableName">The table.</param>
/// <param name="Key">The key of the item.</param>
public sealed record GetItemRequest(string TableName, ItemKey Key)
{
    /// <summary>Whether the read must see every write answered before it. Reads do so today in either case.</summary>
    public bool ConsistentRead { get; init; } = true;
}

/// <summary>What was found.</summary>
public sealed record GetItemResult
{
    /// <summary>The answer for a key without an item.</summary>
    public static GetItemResult NotFound { get; } = new();

    /// <summary>The item, or null if there is none with the key.</summary>
    public EncodedItem? Item { get; init; }

    /// <summary>The version of the item, or null if there is none.</summary>
    public ItemVersion? Version { get; init; }
}
