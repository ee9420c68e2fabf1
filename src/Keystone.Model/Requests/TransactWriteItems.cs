using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>One of the writes of a transaction, or a condition that has to hold for all of them.</summary>
public sealed record TransactWrite
{
    private TransactWrite(TransactWriteKind kind, string tableName) => (Kind, TableName) = (kind, tableName);

    /// <summary>What it does.</summary>
    public TransactWriteKind Kind { get; }

    /// <summary>The table.</summary>
    public string TableName { get; }

    /// <summary>The item to put; none with the other kinds.</summary>
    public EncodedItem Item { get; private init; }

    /// <summary>The key of the item; none with a put, whose item has it.</summary>
    public ItemKey Key { get; private init; }

    /// <summary>What must hold for the whole transaction to happen, in DynamoDB's language; null means nothing.</summary>
    public string? ConditionExpression { get; init; }

    /// <summary>What is to be changed, with <see cref="TransactWriteKind.Update"/>.</summary>
    public string? UpdateExpression { get; private init; }

    /// <summary>What the names in the expressions stand for, by placeholder as <c>#name</c>; null means that there are none.</summary>
    public IReadOnlyDictionary<string, string>? ExpressionAttributeNames { get; init; }

    /// <summary>What the values in the expressions are, by placeholder as <c>:value</c>; null means that there are none.</summary>
    public IReadOnlyDictionary<string, AttributeValue>? ExpressionAttributeValues { get; init; }

    /// <summary>Whether the reason of a cancellation has the item for which the condition did not hold.</summary>
    public bool ReturnCurrentOnConditionFailure { get; init; }

    /// <summary>Writes an item in place of the one with the same key, if there is one.</summary>
    public static TransactWrite Put(string tableName, EncodedItem item) => new(TransactWriteKind.Put, tableName) { Item = item };

    /// <summary>Changes an item where it is stored, or makes it.</summary>
    public static TransactWrite Update(string tableName, ItemKey key, string updateExpression)
        => new(TransactWriteKind.Update, tableName) { Key = key, UpdateExpression = updateExpression };

    /// <summary>Deletes an item, if there is one.</summary>
    public static TransactWrite Delete(string tableName, ItemKey key) => new(TransactWriteKind.Delete, tableName) { Key = key };

    /// <summary>Changes nothing; the others happen only if the condition holds.</summary>
    public static TransactWrite Check(string tableName, ItemKey key, string conditionExpression)
        => new(TransactWriteKind.Check, tableName) { Key = key, ConditionExpression = conditionExpression };

    /// <summary>The expressions together, or null if there are neither expressions nor placeholders.</summary>
    public WriteExpressions? ToExpressions() => Kind == TransactWriteKind.Update
        ? new WriteExpressions
        {
            IsOfUpdate = true,
            Update = UpdateExpression,
            Condition = ConditionExpression,
            Names = ExpressionAttributeNames,
            Values = ExpressionAttributeValues,
        }
        : WriteExpressions.OfCondition(ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues);
}

/// <summary>What a part of a transaction does.</summary>
public enum TransactWriteKind
{
    /// <summary>Writes an item.</summary>
    Put = 0,

    /// <summary>Changes an item.</summary>
    Update = 1,

    /// <summary>Deletes an item.</summary>
    Delete = 2,

    /// <summary>Looks at an item.</summary>
    Check = 3,
}

/// <summary>
/// Writes that all happen or not at all, in one moment for every reader of one item or of a transaction. Throws
/// <see cref="KeystoneErrorCode.TransactionCanceled"/> with a reason for each when one cannot happen.
/// </summary>
/// <param name="Writes">The writes, each of another item, at most <see cref="ItemLimits.TransactionItemsMax"/>.</param>
public sealed record TransactWriteItemsRequest(IReadOnlyList<TransactWrite> Writes)
{
    /// <summary>The longest token, in characters.</summary>
    public const int TokenLengthMax = 36;

    /// <summary>
    /// With a token, the same request is done once, however often it is sent within ten minutes; another request with the token is refused
    /// as
    /// <see cref="KeystoneErrorCode.IdempotentParameterMismatch"/>. Null means none.
    /// </summary>
    public string? ClientRequestToken { get; init; }

    /// <summary>Checks what can be told without the tables. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void Validate(ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        TransactionRule.RequireCount(Writes.Count, limits);
        if (ClientRequestToken is { Length: 0 or > TokenLengthMax })
        {
            throw KeystoneException.Validation(
                $"1 validation error detected: Value '{ClientRequestToken}' at 'clientRequestToken' failed to satisfy constraint: "
                + $"Member must have length from 1 to {TokenLengthMax}");
        }

        foreach (TransactWrite write in Writes)
        {
            Schema.TableName.Require(write.TableName);
            if (write.Kind == TransactWriteKind.Put ? write.Item.IsNone : write.Key.IsNone)
            {
                throw KeystoneException.Validation($"A transaction has a {write.Kind} without an item or a key");
            }
        }
    }
}

/// <summary>All writes happened.</summary>
public sealed record TransactWriteItemsResult;
