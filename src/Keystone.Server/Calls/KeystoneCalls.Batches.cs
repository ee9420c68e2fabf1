using Grpc.Core;
using Keystone.Grpc;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Server.Calls;

/// <content>
/// Batches. The contract has no place for what was left undone: callers take an item that is not answered for one that is not there, and
/// a success for all writes done. So the door itself tries again what the database leaves, a few times, and then fails the call.
/// </content>
internal sealed partial class KeystoneCalls
{
    public override async Task<BatchGetResponse> BatchGet(BatchGetRequest request, ServerCallContext context)
    {
        var found = new Dictionary<BatchGetKey, EncodedItem>();
        BatchGetItemsRequest asked = WireRequest.ToModel(request);
        IReadOnlyList<BatchGetKey> keys = asked.Keys;
        for (int attempt = 0; keys.Count > 0; attempt++)
        {
            await PauseAsync(attempt, context.CancellationToken).ConfigureAwait(false);
            BatchGetItemsResult result = await _database.BatchGetItemsAsync(asked with { Keys = keys }, context.CancellationToken)
                .ConfigureAwait(false);
            for (int i = 0; i < keys.Count; i++)
            {
                if (result.Items[i] is { } item)
                {
                    found[keys[i]] = item;
                }
            }

            attempt = result.UnprocessedKeys.Count < keys.Count ? -1 : attempt;
            keys = result.UnprocessedKeys;
            RequireAttempts(attempt, keys.Count, asked.Keys.Count, KeystoneErrorCode.Overloaded, "reads");
        }

        return ToResponse(asked, found);
    }

    public override async Task<BatchWriteResponse> BatchWrite(BatchWriteRequest request, ServerCallContext context)
    {
        BatchWriteItemsRequest asked = WireRequest.ToModel(request);
        IReadOnlyList<BatchWrite> writes = asked.Writes;
        for (int attempt = 0; writes.Count > 0; attempt++)
        {
            await PauseAsync(attempt, context.CancellationToken).ConfigureAwait(false);
            BatchWriteItemsResult result = await _database
                .BatchWriteItemsAsync(asked with { Writes = writes }, context.CancellationToken).ConfigureAwait(false);
            attempt = result.UnprocessedWrites.Count < writes.Count ? -1 : attempt;
            writes = result.UnprocessedWrites;

            // Not a refusal that may be repeated blindly: some of the batch is written.
            RequireAttempts(attempt, writes.Count, asked.Writes.Count, KeystoneErrorCode.OutcomeUnknown, "writes");
        }

        return new BatchWriteResponse { Success = true };
    }

    private static BatchGetResponse ToResponse(BatchGetItemsRequest asked, Dictionary<BatchGetKey, EncodedItem> found)
    {
        var message = new BatchGetResponse { Count = (uint)found.Count };
        foreach (BatchGetKey key in asked.Keys)
        {
            if (found.TryGetValue(key, out EncodedItem item))
            {
                message.Items.Add(WireItem.Split(item, out Key itemKey));
                message.Keys.Add(itemKey);
            }
        }

        return message;
    }

    private Task PauseAsync(int attempt, CancellationToken cancellationToken)
        => attempt == 0 ? Task.CompletedTask : Task.Delay(CallLimits.BatchPause * (1 << (attempt - 1)), _time, cancellationToken);

    private static void RequireAttempts(int attempt, int left, int count, KeystoneErrorCode code, string what)
    {
        if (left > 0 && attempt + 1 == CallLimits.BatchAttemptsMax)
        {
            throw new KeystoneException(
                code,
                $"{left} of {count} {what} of the batch were not done: the database is overloaded. Send the batch again after a pause.");
        }
    }
}
