using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>One key of a batch get.</summary>
/// <param name="TableName">The table.</param>
/// <param name="Key">The key of the item.</param>
public readonly record struct BatchGetKey(string TableName, ItemKey Key);

/// <summary>Reads many items, of one or of several tables. Each is read by itself: together they are no snapshot.</summary>
/// <param name="Keys">The keys; none may be there twice.</param>
public sealed record BatchGetItemsRequest(IReadOnlyList<BatchGetKey> Keys)
{
    /// <summary>Whether the reads must see every write answered before them. Reads do so today in either case.</summary>
    public bool ConsistentRead { get; init; } = true;

    /// <summary>Checks what can be told without the tables. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void Validate(ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        BatchRule.RequireCount(Keys.Count, limits.BatchGetItemsMax, "BatchGetItem");
        BatchRule.RequireDifferent(Keys.Select(key => (key.TableName, key.Key)));
    }
}

/// <summary>What a batch get found.</summary>
/// <param name="Items">As many as keys were asked for, in their order; null where no item was found or the key is unprocessed.</param>
/// <param name="UnprocessedKeys">
/// The keys that were not read, because the answer was full or an owner did not serve. Ask for them again.
/// </param>
public sealed record BatchGetItemsResult(IReadOnlyList<EncodedItem?> Items, IReadOnlyList<BatchGetKey> UnprocessedKeys);
