using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Model.Requests;

/// <summary>Deletes one item. To delete what is not there is no error.</summary>
/// <param name="TableName">The table.</param>
/// <param name="Key">The key of the item.</param>
public sealed record DeleteItemRequest(string TableName, ItemKey Key)
{
    /// <summary>What must hold for the delete to happen; null means nothing.</summary>
    public WriteCondition? Condition { get; init; }

    /// <inheritdoc cref="PutItemRequest.ConditionExpression"/>
    public string? ConditionExpression { get; init; }

    /// <inheritdoc cref="PutItemRequest.ExpressionAttributeNames"/>
    public IReadOnlyDictionary<string, string>? ExpressionAttributeNames { get; init; }

    /// <inheritdoc cref="PutItemRequest.ExpressionAttributeValues"/>
    public IReadOnlyDictionary<string, AttributeValue>? ExpressionAttributeValues { get; init; }

    /// <summary>Whether the answer has the item that was deleted.</summary>
    public bool ReturnOld { get; init; }

    /// <summary>Whether a failed condition answers with the item that is there.</summary>
    public bool ReturnCurrentOnConditionFailure { get; init; }

    /// <summary>The expressions together, or null if there are neither expressions nor placeholders.</summary>
    public WriteExpressions? ToExpressions()
        => WriteExpressions.OfCondition(ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues);
}

/// <summary>No item with the key is there any more.</summary>
public sealed record DeleteItemResult
{
    /// <summary>The version of the delete, or null if there was nothing to delete.</summary>
    public ItemVersion? Version { get; init; }

    /// <summary>The item that was deleted, if <see cref="DeleteItemRequest.ReturnOld"/> asked for it and there was one.</summary>
    public EncodedItem? OldItem { get; init; }
}
