using Grpc.Core;
using Keystone.Grpc;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Requests;
using ExecuteStatementRequest = Keystone.Grpc.Messages.ExecuteStatementRequest;

namespace Keystone.Server.Calls;

/// <content>Updates, transactions and statements.</content>
internal sealed partial class KeystoneCalls
{
    public override async Task<UpdateResponse> Update(UpdateRequest request, ServerCallContext context)
    {
        UpdateItemResult result = await _database.UpdateItemAsync(WireRequest.ToModel(request), context.CancellationToken)
            .ConfigureAwait(false);
        return new UpdateResponse { Item = result.Attributes is { } item ? WireItem.Split(item, out _) : null };
    }

    public override async Task<TransactGetResponse> TransactGet(TransactGetRequest request, ServerCallContext context)
    {
        TransactGetItemsResult result = await _database.TransactGetItemsAsync(WireRequest.ToModel(request), context.CancellationToken)
            .ConfigureAwait(false);
        var answer = new TransactGetResponse();
        answer.Items.Add(result.Items.Select(
            item => new TransactGetItem { Item = item is { } found ? WireItem.Split(found, out _) : null }));
        return answer;
    }

    public override async Task<TransactWriteResponse> TransactWrite(TransactWriteRequest request, ServerCallContext context)
    {
        await _database.TransactWriteItemsAsync(WireRequest.ToModel(request), context.CancellationToken).ConfigureAwait(false);
        return new TransactWriteResponse { Success = true };
    }

    public override async Task<ExecuteStatementResponse> ExecuteStatement(ExecuteStatementRequest request, ServerCallContext context)
    {
        ExecuteStatementResult result = await _database.ExecuteStatementAsync(WireRequest.ToModel(request), context.CancellationToken)
            .ConfigureAwait(false);
        return WireStatement.ToMessage(result);
    }
}
