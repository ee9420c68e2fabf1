using System.Runtime.CompilerServices;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Item = Keystone.Model.Items.Item;

namespace Keystone.Grpc;

/// <summary>
/// A client of a Keystone server, and of any server of the same contract, for the default table. Items and errors are the model's:
/// a failed call throws <see cref="KeystoneException"/>, a cancelled one <see cref="OperationCanceledException"/>, except that a write
/// which was cancelled after it was sent is <see cref="KeystoneErrorCode.OutcomeUnknown"/>.
/// All calls may run at once over the one connection.
/// </summary>
public sealed class KeystoneGrpcClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly KeystoneDB.KeystoneDBClient _calls;

    /// <summary>A client of the server at an address such as <c>http://localhost:50051</c>. Connects with the first call.</summary>
    public KeystoneGrpcClient(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        _channel = GrpcChannel.ForAddress(address);
        _calls = new KeystoneDB.KeystoneDBClient(_channel);
    }

    /// <summary>Writes an item in place of the one with the same key, if there is one.</summary>
    public async Task PutAsync(
        ReadOnlyMemory<byte> partitionKey, ReadOnlyMemory<byte> sortKey, Item item, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        var request = new PutRequest
        {
            PartitionKey = ByteString.CopyFrom(partitionKey.Span),
            Item = WireItem.ToMessage(item.Encode()),
        };
        if (!sortKey.IsEmpty)
        {
            request.SortKey = ByteString.CopyFrom(sortKey.Span);
        }

        await Call(_calls.PutAsync(request, cancellationToken: cancellationToken), isWrite: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads an item; null if there is none.</summary>
    public async Task<Item?> GetAsync(
        ReadOnlyMemory<byte> partitionKey, ReadOnlyMemory<byte> sortKey = default, CancellationToken cancellationToken = default)
    {
        var request = new GetRequest { PartitionKey = ByteString.CopyFrom(partitionKey.Span) };
        if (!sortKey.IsEmpty)
        {
            request.SortKey = ByteString.CopyFrom(sortKey.Span);
        }

        GetResponse answer = await Call(_calls.GetAsync(request, cancellationToken: cancellationToken), isWrite: false, cancellationToken)
            .ConfigureAwait(false);
        return answer.Item is null ? null : WireItem.ToBuilder(answer.Item.Attributes).Build();
    }

    /// <summary>Deletes an item, if there is one.</summary>
    public async Task DeleteAsync(
        ReadOnlyMemory<byte> partitionKey, ReadOnlyMemory<byte> sortKey = default, CancellationToken cancellationToken = default)
    {
        var request = new DeleteRequest { PartitionKey = ByteString.CopyFrom(partitionKey.Span) };
        if (!sortKey.IsEmpty)
        {
            request.SortKey = ByteString.CopyFrom(sortKey.Span);
        }

        await Call(_calls.DeleteAsync(request, cancellationToken: cancellationToken), isWrite: true, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>The items of a partition in the order of their sort keys, page after page until there is no more.</summary>
    public async IAsyncEnumerable<Item> QueryAsync(
        ReadOnlyMemory<byte> partitionKey, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new QueryRequest { PartitionKey = ByteString.CopyFrom(partitionKey.Span) };
        do
        {
            QueryResponse page = await Call(
                _calls.QueryAsync(request, cancellationToken: cancellationToken), isWrite: false, cancellationToken).ConfigureAwait(false);
            foreach (Messages.Item item in page.Items)
            {
                yield return WireItem.ToBuilder(item.Attributes).Build();
            }

            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is not null);
    }

    /// <summary>All items of the table, in a fixed order without a meaning.</summary>
    public async IAsyncEnumerable<Item> ScanAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using AsyncServerStreamingCall<ScanResponse> call = _calls.Scan(new ScanRequest(), cancellationToken: cancellationToken);
        while (await Next(call.ResponseStream, cancellationToken).ConfigureAwait(false))
        {
            foreach (Messages.Item item in call.ResponseStream.Current.Items)
            {
                yield return WireItem.ToBuilder(item.Attributes).Build();
            }
        }
    }

    /// <summary>Closes the connection; calls under way fail.</summary>
    public void Dispose() => _channel.Dispose();

    private static async Task<T> Call<T>(AsyncUnaryCall<T> call, bool isWrite, CancellationToken cancellationToken)
    {
        try
        {
            return await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException exception)
        {
            throw Failure(exception, isWrite, cancellationToken);
        }
    }

    private static async Task<bool> Next(IAsyncStreamReader<ScanResponse> stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException exception)
        {
            throw Failure(exception, isWrite: false, cancellationToken);
        }
    }

    private static Exception Failure(RpcException exception, bool isWrite, CancellationToken cancellationToken)
        => exception.StatusCode == StatusCode.Cancelled && cancellationToken.IsCancellationRequested && !isWrite
            ? new OperationCanceledException(exception.Status.Detail, exception, cancellationToken)
            : WireStatus.ToModel(exception, isWrite);
}
