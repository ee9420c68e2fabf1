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

    /// <summary>
    /// By the name of its table, which attributes of an item the answer has; null means all of all tables. One of a table that has no key
    /// here is checked all the same, so a request may be sent again with the keys that are left.
    /// </summary>
    public IReadOnlyDictionary<string, BatchProjection>? Projections { get; init; }

    /// <summary>Checks what can be told without the tables. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void Validate(ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        BatchRule.RequireCount(Keys.Count, limits.BatchGetItemsMax, "BatchGetItem");
        BatchRule.RequireDifferent(Keys.Select(key => (key.TableName, key.Key)));
    }
}

/// <summary>Which attributes of the items of one table a batch get answers.</summary>
/// <param name="ProjectionExpression">In DynamoDB's language: <c>name, address.city, marks[0]</c>.</param>
public sealed record BatchProjection(string ProjectionExpression)
{
    /// <summary>What stands for a name in the expression, by placeholder, like <c>#n</c>; null means that there is none.</summary>
    public IReadOnlyDictionary<string, string>? ExpressionAttributeNames { get; init; }

    /// <summary>The expression, to be bound.</summary>
    public ReadExpressions ToExpressions()
        => new() { Kind = ReadKind.Get, Projection = ProjectionExpression, Names = ExpressionAttributeNames };
}

/// <summary>What a batch get found.</summary>
/// <param name="Items">As many as keys were asked for, in their order; null where no item was found or the key is unprocessed.</param>
/// <param name="UnprocessedKeys">
/// The keys that were not read, because the answer was full or an owner did not serve. Ask for them again.
/// </param>
public sealed record BatchGetItemsResult(IReadOnlyList<EncodedItem?> Items, IReadOnlyList<BatchGetKey> UnprocessedKeys);
