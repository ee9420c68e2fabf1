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

    /// <summary>Which attributes the answer has, in DynamoDB's language: <c>name, address.city, marks[0]</c>. Null means all.</summary>
    public string? ProjectionExpression { get; init; }

    /// <summary>What stands for a name in the expressions, by placeholder, like <c>#n</c>; null means that there is none.</summary>
    public IReadOnlyDictionary<string, string>? ExpressionAttributeNames { get; init; }

    /// <summary>The expressions together, or null if there are none.</summary>
    public ReadExpressions? ToExpressions() => ProjectionExpression is null && ExpressionAttributeNames is null
        ? null
        : new ReadExpressions { Kind = ReadKind.Get, Projection = ProjectionExpression, Names = ExpressionAttributeNames };
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
