using Grpc.Core;
using Keystone.Grpc;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using QueryRequest = Keystone.Grpc.Messages.QueryRequest;
using ScanRequest = Keystone.Grpc.Messages.ScanRequest;

namespace Keystone.Server.Calls;

/// <summary>
/// The calls of KeystoneDB's gRPC contract on the default table. Each is three steps: the message becomes a request, the database answers
/// it, the answer becomes a message. What goes wrong is thrown and leaves through <see cref="CallGuard"/>.
/// </summary>
internal sealed partial class KeystoneCalls : KeystoneDB.KeystoneDBBase
{
    private readonly IKeystoneDatabase _database;
    private readonly ServerState _state;
    private readonly TimeProvider _time;

    public KeystoneCalls(IKeystoneDatabase database, ServerState state, TimeProvider time)
    {
        _database = database;
        _state = state;
        _time = time;
    }

    public override async Task<PutResponse> Put(PutRequest request, ServerCallContext context)
    {
        await _database.PutItemAsync(WireRequest.ToModel(request), context.CancellationToken).ConfigureAwait(false);
        return new PutResponse { Success = true };
    }

    public override async Task<GetResponse> Get(GetRequest request, ServerCallContext context)
    {
        GetItemResult result = await _database.GetItemAsync(WireRequest.ToModel(request), context.CancellationToken).ConfigureAwait(false);
        return new GetResponse { Item = result.Item is { } item ? WireItem.Split(item, out _) : null };
    }

    public override async Task<DeleteResponse> Delete(DeleteRequest request, ServerCallContext context)
    {
        await _database.DeleteItemAsync(WireRequest.ToModel(request), context.CancellationToken).ConfigureAwait(false);
        return new DeleteResponse { Success = true };
    }

    public override async Task<QueryResponse> Query(QueryRequest request, ServerCallContext context)
    {
        IndexDefinition? index = request.HasIndexName
            ? await IndexAsync(request.IndexName, context.CancellationToken).ConfigureAwait(false)
            : null;
        QueryResult result = await _database.QueryPageAsync(WireRequest.ToModel(request, index), context.CancellationToken)
            .ConfigureAwait(false);
        return WirePage.ToQueryResponse(result, index);
    }

    public override async Task Scan(ScanRequest request, IServerStreamWriter<ScanResponse> responseStream, ServerCallContext context)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _state.CallsMustEnd);
        Model.Requests.ScanRequest? next = WireRequest.ToModel(request);
        do
        {
            ScanResult page = await _database.ScanPageAsync(next, ends.Token).ConfigureAwait(false);
            int? left = next.Limit - page.ScannedCount;
            await WriteAsync(page, left <= 0, responseStream, ends.Token).ConfigureAwait(false);
            next = left <= 0 || page.LastEvaluatedKey is null
                ? null
                : next with
                {
                    Limit = left,
                    ExclusiveStartKey = page.LastEvaluatedKey,
                    ExclusiveStartIndexKey = page.LastEvaluatedIndexKey,
                };
        }
        while (next is not null);
    }

    /// <summary>
    /// One page in as many messages as it takes, at least one. Only the last has the key to go on from: callers that keep the last key
    /// they saw would else take an end for a stop.
    /// </summary>
    private static async Task WriteAsync(
        ScanResult page, bool isLast, IServerStreamWriter<ScanResponse> stream, CancellationToken cancellationToken)
    {
        int sent = 0;
        do
        {
            WirePage part = WirePage.Of(page.Items, sent);
            sent += part.Count;
            bool isEnd = sent == page.Items.Count;
            ScanResponse message = part.ToScanResponse(isEnd ? page.ScannedCount - sent + part.Count : part.Count);
            message.LastEvaluatedKey = isEnd && isLast ? WireKey.ToMessage(page.LastEvaluatedKey) : null;
            message.LastEvaluatedIndexKey = isEnd && isLast ? WirePage.ToMessage(page.LastEvaluatedIndexKey) : null;
            await stream.WriteAsync(message, cancellationToken).ConfigureAwait(false);
        }
        while (sent < page.Items.Count);
    }

    private async Task<IndexDefinition> IndexAsync(string name, CancellationToken cancellationToken)
    {
        var request = new DescribeTableRequest(KeystoneDefaults.TableName);
        DescribeTableResult table = await _database.DescribeTableAsync(request, cancellationToken).ConfigureAwait(false);
        return table.Table.Definition.Indexes.FirstOrDefault(index => index.Name == name)
            ?? throw KeystoneException.Validation($"The table does not have the specified index: {name}");
    }
}
