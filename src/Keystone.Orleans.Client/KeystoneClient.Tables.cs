using Keystone.Model.Requests;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client;

/// <content>Tables.</content>
public sealed partial class KeystoneClient
{
    /// <inheritdoc/>
    public async ValueTask<CreateTableResult> CreateTableAsync(CreateTableRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        CreateTableCall call = Address(CallWriter.ToCall(request), cancellationToken);
        TableAnswer answer = await Sending.WriteAsync(_gateway.CreateTableAsync(call), cancellationToken).ConfigureAwait(false);
        return new CreateTableResult(IndexShapes.RequireWhole(TableShapes.ToDescription(answer), request.Table));
    }

    /// <inheritdoc/>
    public async ValueTask<DescribeTableResult> DescribeTableAsync(
        DescribeTableRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        DescribeTableCall call = Address(new DescribeTableCall { Table = request.TableName }, cancellationToken);
        TableAnswer answer = await Sending.ReadAsync(_gateway.DescribeTableAsync(call), cancellationToken).ConfigureAwait(false);
        return new DescribeTableResult(TableShapes.ToDescription(answer));
    }

    /// <inheritdoc/>
    public async ValueTask<ListTablesResult> ListTablesAsync(ListTablesRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ListTablesCall call = Address(CallWriter.ToCall(request), cancellationToken);
        return TableShapes.ToResult(await Sending.ReadAsync(_gateway.ListTablesAsync(call), cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<UpdateTableResult> UpdateTableAsync(UpdateTableRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        UpdateTableCall call = Address(CallWriter.ToCall(request), cancellationToken);
        TableAnswer answer = await Sending.WriteAsync(_gateway.UpdateTableAsync(call), cancellationToken).ConfigureAwait(false);
        return new UpdateTableResult(TableShapes.ToDescription(answer));
    }

    /// <inheritdoc/>
    public async ValueTask<DeleteTableResult> DeleteTableAsync(DeleteTableRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        DeleteTableCall call = Address(new DeleteTableCall { Table = request.TableName }, cancellationToken);
        TableAnswer answer = await Sending.WriteAsync(_gateway.DeleteTableAsync(call), cancellationToken).ConfigureAwait(false);
        return new DeleteTableResult(TableShapes.ToDescription(answer));
    }
}
