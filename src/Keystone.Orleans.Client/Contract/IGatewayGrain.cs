using Keystone.Orleans.Client.Wire;
using Keystone.Orleans.Client.Wire.Maintenance;

namespace Keystone.Orleans.Client.Contract;

/// <summary>
/// Where Orleans clients come in. A stateless worker on every silo that finds the stripe of a key, sends, scatters and gathers; it holds no
/// data. The key names nothing: take 0.
/// </summary>
[Alias("ks.IGateway")]
[GrainInterfaceType("ks.gateway")]
public interface IGatewayGrain : IGrainWithIntegerKey
{
    /// <summary>Reads an item.</summary>
    [Alias("get")]
    ValueTask<ItemAnswer> GetAsync(GetCall call);

    /// <summary>Writes an item.</summary>
    [Alias("put")]
    ValueTask<WriteAnswer> PutAsync(PutCall call);

    /// <summary>Changes attributes of an item, or makes it.</summary>
    [Alias("update")]
    ValueTask<WriteAnswer> UpdateAsync(UpdateCall call);

    /// <summary>Deletes an item.</summary>
    [Alias("delete")]
    ValueTask<WriteAnswer> DeleteAsync(DeleteCall call);

    /// <summary>Reads one page of a partition.</summary>
    [Alias("query")]
    ValueTask<PageAnswer> QueryAsync(QueryCall call, CancellationToken cancellationToken = default);

    /// <summary>Reads one page of a table.</summary>
    [Alias("scan")]
    ValueTask<PageAnswer> ScanAsync(ScanCall call, CancellationToken cancellationToken = default);

    /// <summary>Reads many items.</summary>
    [Alias("batch-get")]
    ValueTask<BatchGetAnswer> BatchGetAsync(BatchGetCall call, CancellationToken cancellationToken = default);

    /// <summary>Writes many items.</summary>
    [Alias("batch-write")]
    ValueTask<BatchWriteAnswer> BatchWriteAsync(BatchWriteCall call, CancellationToken cancellationToken = default);

    /// <summary>Writes items, all of them or none.</summary>
    [Alias("transact-write")]
    ValueTask<TransactWriteAnswer> TransactWriteAsync(TransactWriteCall call, CancellationToken cancellationToken = default);

    /// <summary>Reads items as they are at one moment.</summary>
    [Alias("transact-get")]
    ValueTask<TransactGetAnswer> TransactGetAsync(TransactGetCall call, CancellationToken cancellationToken = default);

    /// <summary>Begins to read a shard of a stream.</summary>
    [Alias("shard-iterator")]
    ValueTask<ShardIteratorAnswer> GetShardIteratorAsync(ShardIteratorCall call, CancellationToken cancellationToken = default);

    /// <summary>Reads the next changes of a shard.</summary>
    [Alias("records")]
    ValueTask<RecordsAnswer> GetRecordsAsync(RecordsCall call, CancellationToken cancellationToken = default);

    /// <summary>Makes a table.</summary>
    [Alias("create-table")]
    ValueTask<TableAnswer> CreateTableAsync(CreateTableCall call);

    /// <summary>Tells what a table is.</summary>
    [Alias("describe-table")]
    ValueTask<TableAnswer> DescribeTableAsync(DescribeTableCall call);

    /// <summary>Changes a table that is in use.</summary>
    [Alias("update-table")]
    ValueTask<TableAnswer> UpdateTableAsync(UpdateTableCall call);

    /// <summary>Removes a table.</summary>
    [Alias("delete-table")]
    ValueTask<TableAnswer> DeleteTableAsync(DeleteTableCall call);

    /// <summary>Lists the names of tables.</summary>
    [Alias("list-tables")]
    ValueTask<TableNamesAnswer> ListTablesAsync(ListTablesCall call);

    /// <summary>Tells how the database is laid out.</summary>
    [Alias("get-layout")]
    ValueTask<LayoutAnswer> GetLayoutAsync(GetLayoutCall call);

    /// <summary>Tells the figures of a stripe.</summary>
    [Alias("get-stripe-statistics")]
    ValueTask<StripeStatisticsAnswer> GetStripeStatisticsAsync(StripeStatisticsCall call);

    /// <summary>Reads and checks some of a stripe's table files.</summary>
    [Alias("verify-stripe")]
    ValueTask<VerifyStripeAnswer> VerifyStripeAsync(VerifyStripeCall call, CancellationToken cancellationToken = default);

    /// <summary>Merges a stripe's table files; answers before that is done if it takes long.</summary>
    [Alias("compact-stripe")]
    ValueTask<CompactStripeAnswer> CompactStripeAsync(CompactStripeCall call, CancellationToken cancellationToken = default);
}
