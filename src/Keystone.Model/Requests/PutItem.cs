using Keystone.Model.Items;

namespace Keystone.Model.Requests;

/// <summary>Writes an item in place of the one with the same key, if there is one.</summary>
/// <param name="TableName">The table.</param>
/// <param name="Item">The whole item, its key attributes among the others.</param>
public sealed record PutItemRequest(string TableName, EncodedItem Item)
{
    /// <summary>What must hold for the write to happen; null means nothing.</summary>
    public WriteCondition? Condition { get; init; }

    /// <summary>Whether the answer has the item that was replaced.</summary>
    public bool ReturnOld { get; init; }

    /// <summary>Whether a failed condition answers with the item that is there.</summary>
    public bool ReturnCurrentOnConditionFailure { get; init; }
}

/// <summary>An item was written, durably as the database was asked to be.</summary>
/// <param name="Version">The version that the item has now.</param>
public sealed record PutItemResult(ItemVersion Version)
{
    /// <summary>The item that was replaced, if <see cref="PutItemRequest.ReturnOld"/> asked for it and there was one.</summary>
    public EncodedItem? OldItem { get; init; }
}
