using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Contract;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client;

/// <summary>
/// The database of a Keystone cluster, for programs outside of it: every call goes to a gateway grain, which finds the stripes.
/// <para>
/// What enters: requests of the model. What leaves: results of the model, or <see cref="KeystoneException"/> and nothing else but
/// <see cref="OperationCanceledException"/>. What always holds: nothing is sent twice. A call whose answer is lost is
/// <see cref="KeystoneErrorCode.OutcomeUnknown"/> if it was a write, and <see cref="KeystoneErrorCode.StripeUnavailable"/> if it was a
/// read.
/// </para>
/// <para>The client does not own its connection: disposing it ends its calls, not the Orleans client.</para>
/// </summary>
public sealed partial class KeystoneClient : IKeystoneDatabase
{
    private readonly IGatewayGrain _gateway;
    private readonly KeystoneClientOptions _options;
    private readonly uint _deadlineMilliseconds;
    private volatile bool _isClosed;

    /// <summary>A client over an Orleans client, or over the grain factory of a silo of the same cluster.</summary>
    public KeystoneClient(IGrainFactory grains, KeystoneClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(grains);
        ArgumentNullException.ThrowIfNull(options);
        _gateway = grains.GetGrain<IGatewayGrain>(0);
        _options = options;
        _deadlineMilliseconds = (uint)Math.Clamp(options.Deadline.TotalMilliseconds, 0, uint.MaxValue);
    }

    /// <inheritdoc/>
    public async ValueTask<GetItemResult> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        GetCall call = Address(CallWriter.ToCall(request), cancellationToken);
        ItemAnswer answer = await Sending.ReadAsync(_gateway.GetAsync(call), cancellationToken).ConfigureAwait(false);
        return AnswerReader.ToResult(answer, call.Expressions is not null);
    }

    /// <inheritdoc/>
    public async ValueTask<PutItemResult> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        PutCall call = Address(CallWriter.ToCall(request), cancellationToken);
        return AnswerReader.ToPutResult(await Sending.WriteAsync(_gateway.PutAsync(call), cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<UpdateItemResult> UpdateItemAsync(UpdateItemRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        UpdateCall call = Address(CallWriter.ToCall(request), cancellationToken);
        return AnswerReader.ToUpdateResult(await Sending.WriteAsync(_gateway.UpdateAsync(call), cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<DeleteItemResult> DeleteItemAsync(DeleteItemRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        DeleteCall call = Address(CallWriter.ToCall(request), cancellationToken);
        return AnswerReader.ToDeleteResult(await Sending.WriteAsync(_gateway.DeleteAsync(call), cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<QueryResult> QueryPageAsync(QueryRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        QueryCall call = Address(CallWriter.ToCall(request), cancellationToken);
        ValueTask<PageAnswer> answer = _gateway.QueryAsync(call, cancellationToken);
        return AnswerReader.ToQueryResult(
            await Sending.ReadAsync(answer, cancellationToken).ConfigureAwait(false), call.IsShaped);
    }

    /// <inheritdoc/>
    public async ValueTask<ScanResult> ScanPageAsync(ScanRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ScanCall call = Address(CallWriter.ToCall(request), cancellationToken);
        ValueTask<PageAnswer> answer = _gateway.ScanAsync(call, cancellationToken);
        return AnswerReader.ToScanResult(
            await Sending.ReadAsync(answer, cancellationToken).ConfigureAwait(false), call.IsShaped);
    }

    /// <inheritdoc/>
    public async ValueTask<BatchGetItemsResult> BatchGetItemsAsync(
        BatchGetItemsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        BatchGetCall call = Address(CallWriter.ToCall(request), cancellationToken);
        ValueTask<BatchGetAnswer> answer = _gateway.BatchGetAsync(call, cancellationToken);
        return AnswerReader.ToResult(await Sending.ReadAsync(answer, cancellationToken).ConfigureAwait(false), request);
    }

    /// <inheritdoc/>
    public async ValueTask<BatchWriteItemsResult> BatchWriteItemsAsync(
        BatchWriteItemsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        BatchWriteCall call = Address(CallWriter.ToCall(request), cancellationToken);
        ValueTask<BatchWriteAnswer> answer = _gateway.BatchWriteAsync(call, cancellationToken);
        return AnswerReader.ToResult(await Sending.WriteAsync(answer, cancellationToken).ConfigureAwait(false), request);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isClosed = true;
        return ValueTask.CompletedTask;
    }

    /// <summary>The last look before a call is sent: nothing is sent for a caller who has given up, or after the end.</summary>
    private TCall Address<TCall>(TCall call, CancellationToken cancellationToken)
        where TCall : KeystoneCall
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_isClosed)
        {
            throw new KeystoneException(KeystoneErrorCode.Closed, "The client has been closed. Use one that is open.");
        }

        call.Database = _options.Database;
        call.DeadlineMilliseconds = _deadlineMilliseconds;
        call.Credential = new Blob(_options.Credential);
        return call;
    }
}
