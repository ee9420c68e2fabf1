using Keystone.Database.Catalog;
using Keystone.Database.Owner;
using Keystone.Database.Routing;
using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Orleans.Silo.Metrics;
using Keystone.Orleans.Silo.Nodes;
using Keystone.Orleans.Silo.Placement;
using Microsoft.Extensions.Options;

namespace Keystone.Orleans.Silo.Routing;

/// <summary>
/// The database for callers inside a silo: gateway grains, doors, and the grains of the application. A stripe of this silo is called
/// without a message. Every operation is counted here, once. It belongs to the silo, so disposing it does nothing.
/// </summary>
internal sealed class SiloDatabase : IKeystoneDatabase
{
    private readonly TableRouter _router;
    private readonly OperationMeter _meter;

    public SiloDatabase(
        ICatalog catalog,
        StripeRouter stripes,
        StripeMap map,
        NodeHost host,
        OperationMeter meter,
        IOptions<KeystoneSiloOptions> options)
    {
        IStripeTransactions? owner = map.Nodes.Length == 1 ? new SiloTransactions(host) : null;
        _router = new TableRouter(catalog, stripes, map.StripeCount, options.Value.Database.Limits, owner);
        _meter = meter;
    }

    /// <inheritdoc/>
    public ValueTask<GetItemResult> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("get", _meter.Now, _router.GetItemAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<PutItemResult> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("put", _meter.Now, _router.PutItemAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<UpdateItemResult> UpdateItemAsync(UpdateItemRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("update", _meter.Now, _router.UpdateItemAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<DeleteItemResult> DeleteItemAsync(DeleteItemRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("delete", _meter.Now, _router.DeleteItemAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<QueryResult> QueryPageAsync(QueryRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("query", _meter.Now, _router.QueryPageAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ScanResult> ScanPageAsync(ScanRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("scan", _meter.Now, _router.ScanPageAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<BatchGetItemsResult> BatchGetItemsAsync(BatchGetItemsRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("batch-get", _meter.Now, _router.BatchGetItemsAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<BatchWriteItemsResult> BatchWriteItemsAsync(
        BatchWriteItemsRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("batch-write", _meter.Now, _router.BatchWriteItemsAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<CreateTableResult> CreateTableAsync(CreateTableRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("create-table", _meter.Now, _router.CreateTableAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<DescribeTableResult> DescribeTableAsync(DescribeTableRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("describe-table", _meter.Now, _router.DescribeTableAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ListTablesResult> ListTablesAsync(ListTablesRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("list-tables", _meter.Now, _router.ListTablesAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<UpdateTableResult> UpdateTableAsync(UpdateTableRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("update-table", _meter.Now, _router.UpdateTableAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<DeleteTableResult> DeleteTableAsync(DeleteTableRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("delete-table", _meter.Now, _router.DeleteTableAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<TransactWriteItemsResult> TransactWriteItemsAsync(
        TransactWriteItemsRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("transact-write", _meter.Now, _router.TransactWriteItemsAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<TransactGetItemsResult> TransactGetItemsAsync(
        TransactGetItemsRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("transact-get", _meter.Now, _router.TransactGetItemsAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<GetShardIteratorResult> GetShardIteratorAsync(
        GetShardIteratorRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("get-shard-iterator", _meter.Now, _router.GetShardIteratorAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<GetRecordsResult> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
        => _meter.Count("get-records", _meter.Now, _router.GetRecordsAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
