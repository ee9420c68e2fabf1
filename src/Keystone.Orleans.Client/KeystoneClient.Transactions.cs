using Keystone.Model.Requests;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client;

/// <content>Transactions and streams.</content>
public sealed partial class KeystoneClient
{
    /// <inheritdoc/>
    public async ValueTask<TransactWriteItemsResult> TransactWriteItemsAsync(
        TransactWriteItemsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        TransactWriteCall call = Address(TransactionShapes.ToCall(request), cancellationToken);
        ValueTask<TransactWriteAnswer> sent = _gateway.TransactWriteAsync(call, cancellationToken);
        Failures.ThrowIfFailed(await Sending.WriteAsync(sent, cancellationToken).ConfigureAwait(false));
        return new TransactWriteItemsResult();
    }

    /// <inheritdoc/>
    public async ValueTask<TransactGetItemsResult> TransactGetItemsAsync(
        TransactGetItemsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        TransactGetCall call = Address(TransactionShapes.ToCall(request), cancellationToken);
        ValueTask<TransactGetAnswer> sent = _gateway.TransactGetAsync(call, cancellationToken);
        return TransactionShapes.ToResult(await Sending.ReadAsync(sent, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<GetShardIteratorResult> GetShardIteratorAsync(
        GetShardIteratorRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ShardIteratorCall call = Address(StreamShapes.ToCall(request), cancellationToken);
        ValueTask<ShardIteratorAnswer> sent = _gateway.GetShardIteratorAsync(call, cancellationToken);
        ShardIteratorAnswer answer = await Sending.ReadAsync(sent, cancellationToken).ConfigureAwait(false);
        Failures.ThrowIfFailed(answer);
        return new GetShardIteratorResult(answer.Iterator!);
    }

    /// <inheritdoc/>
    public async ValueTask<GetRecordsResult> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        RecordsCall call = Address(StreamShapes.ToCall(request), cancellationToken);
        ValueTask<RecordsAnswer> sent = _gateway.GetRecordsAsync(call, cancellationToken);
        return StreamShapes.ToResult(await Sending.ReadAsync(sent, cancellationToken).ConfigureAwait(false));
    }
}
