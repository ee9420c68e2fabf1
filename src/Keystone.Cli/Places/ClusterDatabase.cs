using System.Net;
using Keystone.Model;
using Keystone.Model.Maintenance;
using Keystone.Model.Requests;
using Keystone.Orleans.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Keystone.Cli.Places;

/// <summary>The database of running silos, with the connection that it came over: both end together.</summary>
internal sealed class ClusterDatabase : IKeystoneDatabase
{
    /// <summary>So often a connection is tried before the command gives up.</summary>
    private const int ConnectAttemptsMax = 3;

    private static readonly TimeSpan ConnectPause = TimeSpan.FromMilliseconds(500);

    private readonly IHost _host;
    private readonly KeystoneClient _client;

    private ClusterDatabase(IHost host)
    {
        _host = host;
        _client = host.Services.GetRequiredService<KeystoneClient>();
    }

    /// <summary>The maintenance of the same database.</summary>
    public IKeystoneMaintenance Maintenance => _client;

    /// <summary>Connects to the first gateway that answers.</summary>
    public static async Task<ClusterDatabase> ConnectAsync(IReadOnlyList<IPEndPoint> gateways, CancellationToken cancellation)
    {
        IHost host = new HostBuilder().UseOrleansClient(client => Configure(client, gateways)).Build();
        bool isConnected = false;
        try
        {
            await host.StartAsync(cancellation).ConfigureAwait(false);
            isConnected = true;
            return new ClusterDatabase(host);
        }
        catch (OrleansException failure)
        {
            throw CommandException.Failed(
                $"No silo answers at {string.Join(", ", gateways)}. Start kstone-server there, or check the address and its gateway port.",
                failure);
        }
        finally
        {
            if (!isConnected)
            {
                host.Dispose();
            }
        }
    }

    public ValueTask<CreateTableResult> CreateTableAsync(CreateTableRequest request, CancellationToken cancellationToken = default)
        => _client.CreateTableAsync(request, cancellationToken);

    public ValueTask<DescribeTableResult> DescribeTableAsync(DescribeTableRequest request, CancellationToken cancellationToken = default)
        => _client.DescribeTableAsync(request, cancellationToken);

    public ValueTask<ListTablesResult> ListTablesAsync(ListTablesRequest request, CancellationToken cancellationToken = default)
        => _client.ListTablesAsync(request, cancellationToken);

    public ValueTask<UpdateTableResult> UpdateTableAsync(UpdateTableRequest request, CancellationToken cancellationToken = default)
        => _client.UpdateTableAsync(request, cancellationToken);

    public ValueTask<DeleteTableResult> DeleteTableAsync(DeleteTableRequest request, CancellationToken cancellationToken = default)
        => _client.DeleteTableAsync(request, cancellationToken);

    public ValueTask<TransactWriteItemsResult> TransactWriteItemsAsync(
        TransactWriteItemsRequest request, CancellationToken cancellationToken = default)
        => _client.TransactWriteItemsAsync(request, cancellationToken);

    public ValueTask<TransactGetItemsResult> TransactGetItemsAsync(
        TransactGetItemsRequest request, CancellationToken cancellationToken = default)
        => _client.TransactGetItemsAsync(request, cancellationToken);

    public ValueTask<GetShardIteratorResult> GetShardIteratorAsync(
        GetShardIteratorRequest request, CancellationToken cancellationToken = default)
        => _client.GetShardIteratorAsync(request, cancellationToken);

    public ValueTask<GetRecordsResult> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
        => _client.GetRecordsAsync(request, cancellationToken);

    public ValueTask<PutItemResult> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
        => _client.PutItemAsync(request, cancellationToken);

    public ValueTask<UpdateItemResult> UpdateItemAsync(UpdateItemRequest request, CancellationToken cancellationToken = default)
        => _client.UpdateItemAsync(request, cancellationToken);

    public ValueTask<GetItemResult> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default)
        => _client.GetItemAsync(request, cancellationToken);

    public ValueTask<DeleteItemResult> DeleteItemAsync(DeleteItemRequest request, CancellationToken cancellationToken = default)
        => _client.DeleteItemAsync(request, cancellationToken);

    public ValueTask<QueryResult> QueryPageAsync(QueryRequest request, CancellationToken cancellationToken = default)
        => _client.QueryPageAsync(request, cancellationToken);

    public ValueTask<ScanResult> ScanPageAsync(ScanRequest request, CancellationToken cancellationToken = default)
        => _client.ScanPageAsync(request, cancellationToken);

    public ValueTask<BatchGetItemsResult> BatchGetItemsAsync(BatchGetItemsRequest request, CancellationToken cancellationToken = default)
        => _client.BatchGetItemsAsync(request, cancellationToken);

    public ValueTask<BatchWriteItemsResult> BatchWriteItemsAsync(
        BatchWriteItemsRequest request, CancellationToken cancellationToken = default)
        => _client.BatchWriteItemsAsync(request, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync().ConfigureAwait(false);
        await _host.StopAsync().ConfigureAwait(false);
        _host.Dispose();
    }

    private static void Configure(IClientBuilder client, IReadOnlyList<IPEndPoint> gateways)
    {
        // The names of cluster and service are left as they are, which is what silos with localhost clustering have, too.
        client.UseStaticClustering([.. gateways]);
        int attempts = 0;
        client.UseConnectionRetryFilter(async (_, cancellation) =>
        {
            await Task.Delay(ConnectPause, cancellation).ConfigureAwait(false);
            return ++attempts < ConnectAttemptsMax;
        });
        client.AddKeystoneClient();
    }
}
