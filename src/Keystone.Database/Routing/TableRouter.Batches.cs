using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

namespace Keystone.Database.Routing;

/// <content>Batches: many requests, each for itself; what could not be done now comes back unprocessed.</content>
public sealed partial class TableRouter
{
    /// <inheritdoc cref="IKeystoneDatabase.BatchGetItemsAsync"/>
    public async ValueTask<BatchGetItemsResult> BatchGetItemsAsync(
        BatchGetItemsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate(_limits);
        Dictionary<string, ReadExpressions>? projections = request.Projections?.ToDictionary(
            entry => entry.Key, entry => Checked(entry.Value.ToExpressions())!, StringComparer.Ordinal);
        var gets = new StripeGet[request.Keys.Count];
        for (int i = 0; i < gets.Length; i++)
        {
            BatchGetKey key = request.Keys[i];
            RoutedTable table = await FindAsync(key.TableName, cancellationToken).ConfigureAwait(false);
            table.Key.Require(key.Key, _limits);
            gets[i] = new StripeGet(
                TargetOf(table, key.Key), key.Key, request.ConsistentRead, projections?.GetValueOrDefault(key.TableName));
        }

        StripeOutcome<GetItemResult>[] outcomes = await _stripes.GetManyAsync(gets, cancellationToken).ConfigureAwait(false);
        return Gather(request, outcomes);
    }

    /// <inheritdoc cref="IKeystoneDatabase.BatchWriteItemsAsync"/>
    public async ValueTask<BatchWriteItemsResult> BatchWriteItemsAsync(
        BatchWriteItemsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate(_limits);

        // Whatever is wrong with one of them is told before any is written.
        var writes = new StripeWrite[request.Writes.Count];
        var keys = new (string Table, ItemKey Key)[writes.Length];
        for (int i = 0; i < writes.Length; i++)
        {
            BatchWrite write = request.Writes[i];
            RoutedTable table = await FindAsync(write.TableName, cancellationToken).ConfigureAwait(false);
            keys[i] = (write.TableName, KeyOf(table, write));
            writes[i] = new StripeWrite(TargetOf(table, keys[i].Key), write.PutItem, write.IsPut ? default : write.DeleteKey);
        }

        BatchWriteItemsRequest.RequireDifferentKeys(keys);
        StripeOutcome<StripeWriteResult>[] outcomes = await _stripes.WriteManyAsync(writes, cancellationToken).ConfigureAwait(false);
        List<BatchWrite> unprocessed = [];
        for (int i = 0; i < outcomes.Length; i++)
        {
            if (!IsProcessed(outcomes[i].Failure, request.Writes[i].TableName))
            {
                unprocessed.Add(request.Writes[i]);
            }
        }

        return new BatchWriteItemsResult(unprocessed);
    }

    private ItemKey KeyOf(RoutedTable table, BatchWrite write)
    {
        if (write.IsPut)
        {
            _limits.RequireItem(write.PutItem);
            return table.Key.KeyOf(write.PutItem, _limits);
        }

        table.Key.Require(write.DeleteKey, _limits);
        return write.DeleteKey;
    }

    private BatchGetItemsResult Gather(BatchGetItemsRequest request, StripeOutcome<GetItemResult>[] outcomes)
    {
        var items = new EncodedItem?[outcomes.Length];
        List<BatchGetKey> unprocessed = [];
        long bytes = 0;
        for (int i = 0; i < outcomes.Length; i++)
        {
            bool isRead = IsProcessed(outcomes[i].Failure, request.Keys[i].TableName);
            EncodedItem? item = isRead ? outcomes[i].Value!.Item : default;
            long after = bytes + (item?.Bytes.Length ?? 0);
            if (!isRead || (bytes > 0 && after > _limits.BatchGetBytesMax))
            {
                unprocessed.Add(request.Keys[i]);
                continue;
            }

            items[i] = item;
            bytes = after;
        }

        return new BatchGetItemsResult(items, unprocessed);
    }

    /// <summary>Whether a part of a batch is done. What passes by itself is not; anything else ends the whole call.</summary>
    private static bool IsProcessed(KeystoneException? failure, string tableName) => failure switch
    {
        null => true,
        { IsRetryable: true } => false,
        { Code: KeystoneErrorCode.ResourceNotFound } => throw KeystoneException.TableNotFound(tableName),
        _ => throw failure,
    };
}
