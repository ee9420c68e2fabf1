using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Xunit;

namespace Keystone.Tests.Model.Requests;

/// <summary>Whole queries and scans turn the pages until there is no more, empty pages too.</summary>
public sealed class PagingTests
{
    [Fact]
    public async Task A_query_goes_on_behind_the_last_key_of_each_page()
    {
        await using var database = new PagedDatabase(pageLength: 3, count: 10);
        List<int> seen = [];
        await foreach (Item item in database.QueryAsync(new QueryRequest("table", "p"), TestContext.Current.CancellationToken))
        {
            seen.Add((int)item["n"].AsNumber());
        }

        Assert.Equal(Enumerable.Range(0, 10), seen);
        Assert.Equal(4, database.Pages);
    }

    [Fact]
    public async Task A_scan_passes_over_empty_pages()
    {
        await using var database = new PagedDatabase(pageLength: 1, count: 4) { OddPagesAreEmpty = true };
        List<int> seen = [];
        await foreach (Item item in database.ScanAsync(new ScanRequest("table"), TestContext.Current.CancellationToken))
        {
            seen.Add((int)item["n"].AsNumber());
        }

        Assert.Equal([0, 2], seen);
        Assert.Equal(4, database.Pages);
    }

    /// <summary>Answers numbers in pages; a page's last key says where it ended.</summary>
    private sealed class PagedDatabase(int pageLength, int count) : IKeystoneDatabase
    {
        public int Pages { get; private set; }

        public bool OddPagesAreEmpty { get; init; }

        public ValueTask<QueryResult> QueryPageAsync(QueryRequest request, CancellationToken cancellationToken = default)
        {
            (ItemPage items, ItemKey? last) = Page(request.ExclusiveStartKey);
            return ValueTask.FromResult(new QueryResult(items, last, items.Count));
        }

        public ValueTask<ScanResult> ScanPageAsync(ScanRequest request, CancellationToken cancellationToken = default)
        {
            (ItemPage items, ItemKey? last) = Page(request.ExclusiveStartKey);
            return ValueTask.FromResult(new ScanResult(items, last, items.Count));
        }

        public ValueTask<CreateTableResult> CreateTableAsync(CreateTableRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<DescribeTableResult> DescribeTableAsync(DescribeTableRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<ListTablesResult> ListTablesAsync(ListTablesRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<UpdateTableResult> UpdateTableAsync(UpdateTableRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<DeleteTableResult> DeleteTableAsync(DeleteTableRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<TransactWriteItemsResult> TransactWriteItemsAsync(
            TransactWriteItemsRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<TransactGetItemsResult> TransactGetItemsAsync(TransactGetItemsRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<GetShardIteratorResult> GetShardIteratorAsync(GetShardIteratorRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<GetRecordsResult> GetRecordsAsync(GetRecordsRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<PutItemResult> PutItemAsync(PutItemRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<UpdateItemResult> UpdateItemAsync(UpdateItemRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<GetItemResult> GetItemAsync(GetItemRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<DeleteItemResult> DeleteItemAsync(DeleteItemRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<BatchGetItemsResult> BatchGetItemsAsync(BatchGetItemsRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask<BatchWriteItemsResult> BatchWriteItemsAsync(BatchWriteItemsRequest request, CancellationToken token = default)
            => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private (ItemPage Items, ItemKey? Last) Page(ItemKey? start)
        {
            int first = start is { } key ? (int)key.Sort!.AsNumber() + 1 : 0;
            int last = Math.Min(first + pageLength, count) - 1;
            bool isEmpty = OddPagesAreEmpty && Pages++ % 2 == 1;
            Pages += OddPagesAreEmpty ? 0 : 1;
            EncodedItem[] items = [.. Enumerable.Range(first, last - first + 1).Select(n => Item.Of(("n", n)).Encode())];
            return (isEmpty ? ItemPage.Empty : ItemPage.Of(items), last == count - 1 ? null : ItemKey.Of("p", last));
        }
    }
}
