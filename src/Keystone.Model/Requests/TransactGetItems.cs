using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>One item that a transaction reads.</summary>
/// <param name="TableName">The table.</param>
/// <param name="Key">The key.</param>
public sealed record TransactGet(string TableName, ItemKey Key)
{
    /// <summary>Which attributes the answer has, in DynamoDB's language. Null means all.</summary>
    public string? ProjectionExpression { get; init; }

    /// <summary>What stands for a name in the expression, by placeholder, like <c>#n</c>; null means that there is none.</summary>
    public IReadOnlyDictionary<string, string>? ExpressionAttributeNames { get; init; }

    /// <summary>The expressions together, or null if there are none.</summary>
    public ReadExpressions? ToExpressions() => ProjectionExpression is null && ExpressionAttributeNames is null
        ? null
        : new ReadExpressions { Kind = ReadKind.Get, Projection = ProjectionExpression, Names = ExpressionAttributeNames };
}

/// <summary>Reads items as they are at one moment: of every transaction all of its writes are seen, or none.</summary>
/// <param name="Gets">The items, at most <see cref="ItemLimits.TransactionItemsMax"/>, each once.</param>
public sealed record TransactGetItemsRequest(IReadOnlyList<TransactGet> Gets)
{
    /// <summary>Checks what can be told without the tables. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void Validate(ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        TransactionRule.RequireCount(Gets.Count, limits);
        TransactionRule.RequireDifferent(Gets.Select(get => (get.TableName, get.Key)));
    }
}

/// <summary>What a transaction read.</summary>
/// <param name="Items">The items, in the order of the request; null where there is none.</param>
public sealed record TransactGetItemsResult(IReadOnlyList<EncodedItem?> Items);
