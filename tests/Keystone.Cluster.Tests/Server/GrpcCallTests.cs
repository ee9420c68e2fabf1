using Google.Protobuf;
using Grpc.Core;
using Keystone.Grpc;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Xunit;
using Item = Keystone.Grpc.Messages.Item;

namespace Keystone.Cluster.Tests.Server;

public class GrpcCallTests(OneServer server) : IClassFixture<OneServer>
{
    private readonly KeystoneDB.KeystoneDBClient _calls = server.Calls;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_item_of_every_type_is_read_as_it_was_put()
    {
        var item = new Item
        {
            Attributes =
            {
                ["s"] = Text("text"),
                ["n"] = new Value { NumberValue = "-12.5" },
                ["b"] = new Value { BinaryValue = Bytes("\0\u0001") },
                ["t"] = new Value { BoolValue = true },
                ["z"] = new Value { NullValue = NullValue.NullValue },
                ["l"] = new Value { ListValue = new ListValue { Items = { Text("a"), new Value { BoolValue = false } } } },
                ["m"] = new Value { MapValue = new MapValue { Fields = { ["x"] = Text("y") } } },
                ["v"] = new Value { VectorValue = new VectorValue { Values = { 1.5f, -2f } } },
                ["ts"] = new Value { TimestampValue = 1_700_000_000_000 },
            },
        };

        PutResponse put = await PutAsync("types", "1", item);
        GetResponse got = await GetAsync("types", "1");

        Assert.True(put.Success);
        Assert.Equal(item, got.Item);
    }

    [Fact]
    public async Task An_item_that_is_not_there_is_no_error()
    {
        GetResponse got = await GetAsync("absent", "1");
        DeleteResponse deleted = await _calls.DeleteAsync(new DeleteRequest { PartitionKey = Bytes("absent") }, cancellationToken: Ended);

        Assert.Null(got.Item);
        Assert.True(deleted.Success);
    }

    [Fact]
    public async Task A_deleted_item_is_gone()
    {
        await PutAsync("deleted", "1", Numbered(1));
        await _calls.DeleteAsync(new DeleteRequest { PartitionKey = Bytes("deleted"), SortKey = Bytes("1") }, cancellationToken: Ended);

        Assert.Null((await GetAsync("deleted", "1")).Item);
    }

    [Fact]
    public async Task A_query_reads_ranges_both_ways_and_page_by_page()
    {
        foreach (int i in Enumerable.Range(0, 10))
        {
            await PutAsync("range", $"k{i}", Numbered(i));
        }

        var request = new QueryRequest
        {
            PartitionKey = Bytes("range"),
            SortKeyCondition = new SortKeyCondition { Between = new BetweenCondition { Lower = Text("k2"), Upper = Text("k8") } },
            ScanForward = false,
            Limit = 4,
        };
        QueryResponse first = await _calls.QueryAsync(request, cancellationToken: Ended);
        request.ExclusiveStartKey = first.LastEvaluatedKey;
        QueryResponse second = await _calls.QueryAsync(request, cancellationToken: Ended);

        Assert.Equal("8 7 6 5", Numbers(first.Items));
        Assert.Equal((4u, 4u), (first.Count, first.ScannedCount));
        Assert.Equal("k5", first.LastEvaluatedKey.SortKey.ToStringUtf8());
        Assert.Equal("k8 k7 k6 k5", string.Join(' ', first.Keys.Select(key => key.SortKey.ToStringUtf8())));
        Assert.Equal("4 3 2", Numbers(second.Items));
        Assert.Null(second.LastEvaluatedKey);
        Assert.All(first.Items, item => Assert.Equal(["n"], item.Attributes.Keys));
    }

    [Fact]
    public async Task A_query_that_begins_with_a_prefix_finds_what_begins_so_in_the_order_of_bytes()
    {
        foreach (string sort in (string[])["b", "aa", "a", "ab", "b1"])
        {
            await PutAsync("prefix", sort, new Item { Attributes = { ["n"] = Text(sort) } });
        }

        QueryResponse all = await QueryAsync("prefix", null);
        QueryResponse begins = await QueryAsync("prefix", new SortKeyCondition { BeginsWith = Text("a") });

        Assert.Equal("a aa ab b b1", string.Join(' ', all.Items.Select(item => item.Attributes["n"].StringValue)));
        Assert.Equal("a aa ab", string.Join(' ', begins.Items.Select(item => item.Attributes["n"].StringValue)));
    }

    [Fact]
    public async Task A_scan_streams_every_item_once_in_several_messages()
    {
        // More than two pages of a mebibyte.
        string filler = new('x', 100_000);
        foreach (int i in Enumerable.Range(0, 25))
        {
            var item = new Item { Attributes = { ["n"] = new Value { NumberValue = $"{i}" }, ["filler"] = Text(filler) } };
            await PutAsync($"scan{i}", "", item);
        }

        List<ScanResponse> messages = await ScanAsync(new ScanRequest());
        List<Key> keys = [.. messages.SelectMany(message => message.Keys)];

        Assert.True(messages.Count > 2, $"the scan came in {messages.Count} messages");
        Assert.Distinct(keys);
        Assert.Equal(25, keys.Count(key => key.PartitionKey.ToStringUtf8().StartsWith("scan", StringComparison.Ordinal)));
        Assert.Equal(keys.Count, messages.Sum(message => (int)message.Count));
        Assert.All(messages, message => Assert.Null(message.LastEvaluatedKey));
    }

    [Fact]
    public async Task A_scan_with_a_limit_says_where_to_go_on_and_segments_share_the_table()
    {
        foreach (int i in Enumerable.Range(0, 20))
        {
            await PutAsync($"part{i}", "", Numbered(i));
        }

        List<ScanResponse> first = await ScanAsync(new ScanRequest { Limit = 7 });
        List<ScanResponse> rest = await ScanAsync(new ScanRequest { ExclusiveStartKey = first[^1].LastEvaluatedKey });
        List<ScanResponse>[] segments =
        [
            await ScanAsync(new ScanRequest { Segment = 0, TotalSegments = 3 }),
            await ScanAsync(new ScanRequest { Segment = 1, TotalSegments = 3 }),
            await ScanAsync(new ScanRequest { Segment = 2, TotalSegments = 3 }),
        ];

        Assert.Equal(7, first.Sum(message => (int)message.Count));
        Assert.Equal(Parts(segments.SelectMany(segment => segment)), Parts([.. first, .. rest]));
    }

    [Fact]
    public async Task A_batch_writes_and_deletes_and_a_batch_gets_in_the_order_asked_for()
    {
        await PutAsync("batch", "gone", Numbered(0));
        var writes = new BatchWriteRequest { Writes = { Deleting("batch", "gone"), Putting("batch", "1"), Putting("batch", "2") } };
        BatchWriteResponse written = await _calls.BatchWriteAsync(writes, cancellationToken: Ended);
        var keys = new BatchGetRequest { Keys = { KeyOf("batch", "2"), KeyOf("batch", "gone"), KeyOf("batch", "1") } };
        BatchGetResponse got = await _calls.BatchGetAsync(keys, cancellationToken: Ended);

        Assert.True(written.Success);
        Assert.Equal("2 1", Numbers(got.Items));
        Assert.Equal([KeyOf("batch", "2"), KeyOf("batch", "1")], got.Keys);
        Assert.Equal(2u, got.Count);
    }

    [Fact]
    public async Task A_batch_of_nothing_does_nothing()
    {
        Assert.True((await _calls.BatchWriteAsync(new BatchWriteRequest(), cancellationToken: Ended)).Success);
        Assert.Equal(0u, (await _calls.BatchGetAsync(new BatchGetRequest(), cancellationToken: Ended)).Count);
    }

    [Fact]
    public async Task What_breaks_a_limit_is_refused_with_its_reason()
    {
        Assert.Contains("2048", await RefusalAsync(PutAsync(new string('k', 2049), "", new Item())));
        Assert.Contains("1024", await RefusalAsync(PutAsync("long", new string('k', 1025), new Item())));
        var large = new Item { Attributes = { ["x"] = Text(new string('x', 400 * 1024)) } };
        Assert.Contains("maximum allowed size", await RefusalAsync(PutAsync("large", "", large)));
        Assert.Contains("empty", await RefusalAsync(PutAsync("", "", new Item())));
        var batch = new BatchWriteRequest { Writes = { Enumerable.Range(0, 26).Select(i => Putting("many", $"{i}")) } };
        Assert.Contains("26", await RefusalAsync(_calls.BatchWriteAsync(batch, cancellationToken: Ended).ResponseAsync));
        Assert.Contains("Segment", await RefusalAsync(ScanAsync(new ScanRequest { Segment = 3, TotalSegments = 3 })));
        await RefusalAsync(ScanAsync(new ScanRequest { Segment = 0, TotalSegments = 0 }));
    }

    [Fact]
    public async Task Calls_of_later_are_unimplemented_and_say_so()
    {
        await AssertNotOfferedAsync(
            "TransactGet", _calls.TransactGetAsync(new TransactGetRequest(), cancellationToken: Ended).ResponseAsync);
        await AssertNotOfferedAsync(
            "TransactWrite", _calls.TransactWriteAsync(new TransactWriteRequest(), cancellationToken: Ended).ResponseAsync);
        await AssertNotOfferedAsync("Update", _calls.UpdateAsync(new UpdateRequest(), cancellationToken: Ended).ResponseAsync);
        await AssertNotOfferedAsync(
            "ExecuteStatement", _calls.ExecuteStatementAsync(new ExecuteStatementRequest(), cancellationToken: Ended).ResponseAsync);
        var conditional = new PutRequest { PartitionKey = Bytes("p"), Item = new Item(), ConditionExpression = "attribute_exists(a)" };
        await AssertNotOfferedAsync("Put", _calls.PutAsync(conditional, cancellationToken: Ended).ResponseAsync);
        Assert.Null((await GetAsync("p", "")).Item);
    }

    [Fact]
    public async Task The_client_of_the_library_gets_items_and_errors_of_the_model()
    {
        using var client = new KeystoneGrpcClient(server.Address);
        byte[] pk = [1, 2, 3];
        Keystone.Model.Items.Item item = Keystone.Model.Items.Item.Of(("a", 1), ("b", "two"));

        await client.PutAsync(pk, new byte[] { 1 }, item, Ended);
        await client.PutAsync(pk, new byte[] { 2 }, item.With("a", 2), Ended);

        Assert.Equal(item, await client.GetAsync(pk, new byte[] { 1 }, Ended));
        Assert.Equal([1, 2], await client.QueryAsync(pk, Ended).Select(found => (int)found["a"].AsNumber()).ToListAsync(Ended));
        await client.DeleteAsync(pk, new byte[] { 1 }, Ended);
        Assert.Null(await client.GetAsync(pk, new byte[] { 1 }, Ended));
        Assert.Contains(item.With("a", 2), await client.ScanAsync(Ended).ToListAsync(Ended));
        Task reserved = client.PutAsync(pk, default, Keystone.Model.Items.Item.Of((KeystoneDefaults.PartitionKeyName, 1)), Ended);
        Assert.Equal(KeystoneErrorCode.ValidationFailed, (await Assert.ThrowsAsync<KeystoneException>(() => reserved)).Code);
    }

    private static async Task<string> RefusalAsync(Task call)
    {
        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Equal(nameof(KeystoneErrorCode.ValidationFailed), refusal.Trailers.GetValue(WireStatus.CodeTrailer));
        Assert.Equal("false", refusal.Trailers.GetValue(WireStatus.RetryableTrailer));
        return refusal.Status.Detail;
    }

    private static async Task AssertNotOfferedAsync(string call, Task answer)
    {
        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => answer);
        Assert.Equal(StatusCode.Unimplemented, refusal.StatusCode);
        Assert.Contains(call, refusal.Status.Detail);
    }

    private Task<PutResponse> PutAsync(string partition, string sort, Item item)
    {
        var request = new PutRequest { PartitionKey = Bytes(partition), SortKey = Bytes(sort), Item = item };
        return _calls.PutAsync(request, cancellationToken: Ended).ResponseAsync;
    }

    private Task<GetResponse> GetAsync(string partition, string sort)
    {
        var request = new GetRequest { PartitionKey = Bytes(partition), SortKey = Bytes(sort) };
        return _calls.GetAsync(request, cancellationToken: Ended).ResponseAsync;
    }

    private Task<QueryResponse> QueryAsync(string partition, SortKeyCondition? condition)
    {
        var request = new QueryRequest { PartitionKey = Bytes(partition), SortKeyCondition = condition };
        return _calls.QueryAsync(request, cancellationToken: Ended).ResponseAsync;
    }

    private async Task<List<ScanResponse>> ScanAsync(ScanRequest request)
    {
        using AsyncServerStreamingCall<ScanResponse> call = _calls.Scan(request, cancellationToken: Ended);
        return await call.ResponseStream.ReadAllAsync(Ended).ToListAsync(Ended);
    }

    private static string Parts(IEnumerable<ScanResponse> messages) => string.Join(' ', messages
        .SelectMany(message => message.Keys)
        .Select(key => key.PartitionKey.ToStringUtf8())
        .Where(key => key.StartsWith("part", StringComparison.Ordinal))
        .Order());

    private static string Numbers(IEnumerable<Item> items) => string.Join(' ', items.Select(item => item.Attributes["n"].NumberValue));

    private static Item Numbered(int number) => new() { Attributes = { ["n"] = new Value { NumberValue = $"{number}" } } };

    private static WriteRequest Putting(string partition, string sort) => new()
    {
        Put = new PutItem
        {
            PartitionKey = Bytes(partition),
            SortKey = Bytes(sort),
            Item = new Item { Attributes = { ["n"] = new Value { NumberValue = sort } } },
        },
    };

    private static WriteRequest Deleting(string partition, string sort)
        => new() { Delete = new DeleteKey { PartitionKey = Bytes(partition), SortKey = Bytes(sort) } };

    private static Key KeyOf(string partition, string sort) => new() { PartitionKey = Bytes(partition), SortKey = Bytes(sort) };

    private static Value Text(string text) => new() { StringValue = text };

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);
}
