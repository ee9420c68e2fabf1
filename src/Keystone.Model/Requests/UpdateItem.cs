using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Model.Requests;

/// <summary>
/// Changes attributes of one item where it is stored. An item that is not there is made, of its key and what the update sets.
/// </summary>
/// <param name="TableName">The table.</param>
/// <param name="Key">The key of the item; an update never changes it.</param>
public sealed record UpdateItemRequest(string TableName, ItemKey Key)
{
    /// <summary>
    /// What is changed, in DynamoDB's language: <c>SET seats = seats - :one REMOVE note</c>. Null changes nothing, but makes an item that
    /// is not there.
    /// </summary>
    public string? UpdateExpression { get; init; }

    /// <inheritdoc cref="PutItemRequest.Condition"/>
    public WriteCondition? Condition { get; init; }

    /// <inheritdoc cref="PutItemRequest.ConditionExpression"/>
    public string? ConditionExpression { get; init; }

    /// <inheritdoc cref="PutItemRequest.ExpressionAttributeNames"/>
    public IReadOnlyDictionary<string, string>? ExpressionAttributeNames { get; init; }

    /// <inheritdoc cref="PutItemRequest.ExpressionAttributeValues"/>
    public IReadOnlyDictionary<string, AttributeValue>? ExpressionAttributeValues { get; init; }

    /// <summary>Which attributes the answer has.</summary>
    public ReturnValues ReturnValues { get; init; }

    /// <inheritdoc cref="PutItemRequest.ReturnCurrentOnConditionFailure"/>
    public bool ReturnCurrentOnConditionFailure { get; init; }

    /// <summary>The expressions together.</summary>
    public WriteExpressions ToExpressions() => new()
    {
        IsOfUpdate = true,
        Update = UpdateExpression,
        Condition = ConditionExpression,
        Names = ExpressionAttributeNames,
        Values = ExpressionAttributeValues,
    };
}

/// <summary>An item was changed, durably as the database was asked to be.</summary>
/// <param name="Version">The version that the item has now.</param>
public sealed record UpdateItemResult(ItemVersion Version)
{
    /// <summary>What <see cref="UpdateItemRequest.ReturnValues"/> asked for, or null if there is nothing of that.</summary>
    public EncodedItem? Attributes { get; init; }
}
