using Keystone.Model.Requests;

namespace Keystone.Model;

/// <summary>
/// A Keystone database, embedded in this process or a cluster's: the same calls, the same answers, the same errors.
/// <para>
/// Every call throws <see cref="KeystoneException"/> with its <see cref="KeystoneErrorCode"/>, or <see cref="OperationCanceledException"/>
/// when it was cancelled and surely did nothing; a write that was cancelled too late to know is
/// <see cref="KeystoneErrorCode.OutcomeUnknown"/>. A write is answered once it is as durable as the database was asked to be. All calls may
/// run at once; calls of one caller are in order only if the caller awaits them. Requests lend their bytes for the time of the call;
/// answers belong to the caller.
/// </para>
/// </summary>
public interface IKeystoneDatabase : IAsyncDisposable
{
    /// <summary>Makes a table.</summary>
    ValueTask<CreateTableResult> CreateTableAsync(CreateTableRequest request, CancellationToken cancellationToken = default);

    /// <summary>Tells what a table is.</summary>
    ValueTask<DescribeTableResult> DescribeTableAsync(DescribeTableRequest request, CancellationToken cancellationToken = default);

    /// <summary>Lists the names of tables, a page at a time.</summary>
    ValueTask<ListTablesResult> ListTablesAsync(ListTablesRequest request, CancellationToken cancellationToken = default);

    /// <summary>Changes a table that is in use.</summary>
    ValueTask<UpdateTableResult> UpdateTableAsync(UpdateTableRequest request, CancellationToken cancellationToken = default);

    /// <summary>Removes a table and its items.</summary>
    ValueTask<DeleteTableResult> DeleteTableAsync(DeleteTableRequest request, CancellationToken cancellationToken = default);

    /// <summary>Writes an item.</summary>
    ValueTask<PutItemResult> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads an item.</summary>
    ValueTask<GetItemResult> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default);

    /// <summary>Changes attributes of an item where it is stored, or makes it.</summary>
    ValueTask<UpdateItemResult> UpdateItemAsync(UpdateItemRequest request, CancellationToken cancellationToken = default);

    /// <summary>Deletes an item.</summary>
    ValueTask<DeleteItemResult> DeleteItemAsync(DeleteItemRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads one page of the items of a partition.</summary>
    ValueTask<QueryResult> QueryPageAsync(QueryRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads one page of the items of a table.</summary>
    ValueTask<ScanResult> ScanPageAsync(ScanRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads many items.</summary>
    ValueTask<BatchGetItemsResult> BatchGetItemsAsync(BatchGetItemsRequest request, CancellationToken cancellationToken = default);

    /// <summary>Writes many items.</summary>
    ValueTask<BatchWriteItemsResult> BatchWriteItemsAsync(BatchWriteItemsRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes items of any tables, all of them or none. Throws <see cref="KeystoneErrorCode.TransactionCanceled"/> with a reason for each
    /// item, and <see cref="KeystoneErrorCode.IdempotentParameterMismatch"/> for a token that another transaction has.
    /// </summary>
    ValueTask<TransactWriteItemsResult> TransactWriteItemsAsync(
        TransactWriteItemsRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads items of any tables as they are at one moment.</summary>
    ValueTask<TransactGetItemsResult> TransactGetItemsAsync(
        TransactGetItemsRequest request, CancellationToken cancellationToken = default);

    /// <summary>Begins to read a shard of a stream.</summary>
    ValueTask<GetShardIteratorResult> GetShardIteratorAsync(
        GetShardIteratorRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads the next changes of a shard.</summary>
    ValueTask<GetRecordsResult> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default);
}
