using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>One write of a batch: a whole item to put, or a key to delete.</summary>
public readonly record struct BatchWrite
{
    private BatchWrite(string tableName, EncodedItem item, ItemKey key)
    {
        TableName = tableName;
        PutItem = item;
        DeleteKey = key;
    }

    /// <summary>The table.</summary>
    public string TableName { get; }

    /// <summary>The item to put; none if this is a delete.</summary>
    public EncodedItem PutItem { get; }

    /// <summary>The key to delete; none if this is a put.</summary>
    public ItemKey DeleteKey { get; }

    /// <summary>Whether this is a put.</summary>
    public bool IsPut => !PutItem.IsNone;

    /// <summary>An item to put.</summary>
    public static BatchWrite Put(string tableName, EncodedItem item) => new(tableName, item, default);

    /// <summary>A key to delete.</summary>
    public static BatchWrite Delete(string tableName, ItemKey key) => new(tableName, default, key);
}

/// <summary>
/// Writes many items, of one or of several tables, without conditions. Each is written by itself: together they are no transaction.
/// </summary>
/// <param name="Writes">The writes; no key may be there twice.</param>
public sealed record BatchWriteItemsRequest(IReadOnlyList<BatchWrite> Writes)
{
    /// <summary>
    /// Checks what can be told without the tables. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>. Keys that are there twice are
    /// told by whoever knows the schemas, through <see cref="RequireDifferentKeys"/>.
    /// </summary>
    public void Validate(ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        BatchRule.RequireCount(Writes.Count, limits.BatchWriteItemsMax, "BatchWriteItem");
        foreach (BatchWrite write in Writes)
        {
            TableName.Require(write.TableName);
            if (write.IsPut == !write.DeleteKey.IsNone)
            {
                throw KeystoneException.Validation("Supplied write of a batch is neither a put nor a delete");
            }
        }
    }

    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if two writes have the same table and key.</summary>
    public static void RequireDifferentKeys(IEnumerable<(string Table, ItemKey Key)> keys) => BatchRule.RequireDifferent(keys);
}

/// <summary>What a batch write did: everything but what it names.</summary>
/// <param name="UnprocessedWrites">
/// The writes that were not done, because the store was overloaded or an owner did not serve. Send them again.
/// </param>
public sealed record BatchWriteItemsResult(IReadOnlyList<BatchWrite> UnprocessedWrites);
