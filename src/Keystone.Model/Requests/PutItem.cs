using Keystone.Model.Items;

namespace Keystone.Model.Requests;

/// <summary>Writes an item in place of the one with the same key, if there is one.</summary>
/// <param name="TableName">The table.</param>
/// <param name="Item">The whole item, its key attributes among the others.</param>
public sealed record PutItemRequest(string TableName, EncodedItem Item)
{
    /// <summary>What must hold for the write to happen; null means nothing.</summary>
    public WriteCondition? Condition { get; init; }

    /// <summary>
    /// What must hold for the write to happen, in DynamoDB's language: <c>attribute_not_exists(id) OR seats &gt; :none</c>. Null means
    /// nothing. Not together with <see cref="Condition"/>.
    /// </summary>
    public string? ConditionExpression { get; init; }

    /// <summary>What the names in the expressions stand for, by placeholder as <c>#name</c>; null means that there are none.</summary>
    public IReadOnlyDictionary<string, string>? ExpressionAttributeNames { get; init; }

    /// <summary>What the values in the expressions are, by placeholder as <c>:value</c>; null means that there are none.</summary>
    public IReadOnlyDictionary<string, AttributeValue>? ExpressionAttributeValues { get; init; }

    /// <summary>Whether the answer has the item that was replaced.</summary>
    public bool ReturnOld { get; init; }

    /// <summary>Whether a failed condition answers with the item that is there.</summary>
    public bool ReturnCurrentOnConditionFailure { get; init; }

    /// <summary>The expressions together, or null if there are neither expressions nor placeholders.</summary>
    public WriteExpressions? ToExpressions()
        => WriteExpressions.OfCondition(ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues);
}

/// <summary>An item was written, durably as the database was asked to be.</summary>
/// <param name="Version">The version that the item has now.</param>
public sealed record PutItemResult(ItemVersion Version)
{
    /// <summary>The item that was replaced, if <see cref="PutItemRequest.ReturnOld"/> asked for it and there was one.</summary>
    public EncodedItem? OldItem { get; init; }
}
