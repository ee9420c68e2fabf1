using Google.Protobuf;
using Grpc.Core;
using Keystone.Grpc;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Xunit;
using ExecuteStatementRequest = Keystone.Grpc.Messages.ExecuteStatementRequest;
using Item = Keystone.Grpc.Messages.Item;
using QueryRequest = Keystone.Grpc.Messages.QueryRequest;
using ScanRequest = Keystone.Grpc.Messages.ScanRequest;
using SortKeyCondition = Keystone.Grpc.Messages.SortKeyCondition;

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
    public async Task A_put_and_a_delete_happen_only_if_their_condition_holds()
    {
        PutRequest put = new()
        {
            PartitionKey = Bytes("conditional"),
            Item = Numbered(1),
            ConditionExpression = "attribute_not_exists(#n)",
            ExpressionNames = { ["#n"] = "n" },
        };
        await _calls.PutAsync(put, cancellationToken: Ended);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await _calls.PutAsync(put, cancellationToken: Ended));
        Assert.Equal((StatusCode.FailedPrecondition, "Put condition failed"), (refused.StatusCode, refused.Status.Detail));

        DeleteRequest delete = new()
        {
            PartitionKey = Bytes("conditional"),
            ConditionExpression = "n > :v",
            ExpressionValues = { [":v"] = Number("1") },
        };
        refused = await Assert.ThrowsAsync<RpcException>(async () => await _calls.DeleteAsync(delete, cancellationToken: Ended));
        Assert.Equal("Delete condition failed", refused.Status.Detail);
        delete.ExpressionValues[":v"] = Number("0");
        await _calls.DeleteAsync(delete, cancellationToken: Ended);
        Assert.Null((await GetAsync("conditional", "")).Item);
    }

    [Fact]
    public async Task An_update_answers_the_whole_item_without_its_key()
    {
        UpdateRequest update = new()
        {
            PartitionKey = Bytes("counter"),
            SortKey = Bytes("1"),
            UpdateExpression = "ADD n :one SET #name = :name",
            ExpressionNames = { ["#name"] = "name" },
            ExpressionValues = { [":one"] = Number("1"), [":name"] = Text("a") },
        };
        await _calls.UpdateAsync(update, cancellationToken: Ended);
        UpdateResponse twice = await _calls.UpdateAsync(update, cancellationToken: Ended);
        Assert.Equal(new Item { Attributes = { ["n"] = Number("2"), ["name"] = Text("a") } }, twice.Item);
        update.ConditionExpression = "n < :one";
        RpcException refused = await Assert.ThrowsAsync<RpcException>(
            async () => await _calls.UpdateAsync(update, cancellationToken: Ended));
        Assert.Equal("Update condition failed", refused.Status.Detail);
        Assert.Contains("UpdateExpression", await RefusalAsync(_calls.UpdateAsync(
            new UpdateRequest { PartitionKey = Bytes("counter"), UpdateExpression = "SET" }, cancellationToken: Ended).ResponseAsync));
    }

    [Fact]
    public async Task A_filter_answers_what_it_lets_through_and_counts_what_was_looked_at()
    {
        for (int i = 0; i < 6; i++)
        {
            await PutAsync("filtered", $"{i}", new Item { Attributes = { ["filtered"] = Number($"{i % 3}") } });
        }

        QueryRequest query = new()
        {
            PartitionKey = Bytes("filtered"),
            FilterExpression = "#f = :v",
            ExpressionNames = { ["#f"] = "filtered" },
            ExpressionValues = { [":v"] = Number("1") },
        };
        QueryResponse page = await _calls.QueryAsync(query, cancellationToken: Ended);
        Assert.Equal((2u, 6u), (page.Count, page.ScannedCount));
        Assert.Equal(["1", "4"], page.Keys.Select(key => key.SortKey.ToStringUtf8()));
        int scanned = 0;
        using AsyncServerStreamingCall<ScanResponse> scan = _calls.Scan(
            new ScanRequest { FilterExpression = "filtered > :v", ExpressionValues = { [":v"] = Number("1") } }, cancellationToken: Ended);
        await foreach (ScanResponse message in scan.ResponseStream.ReadAllAsync(Ended))
        {
            scanned += message.Items.Count;
        }

        Assert.Equal(2, scanned);
    }

    [Fact]
    public async Task An_index_is_queried_and_scanned_page_by_page()
    {
        // The table is shared by every test on this server, and an index types the attributes it is over: these two
        // names are this test's alone.
        IndexDefinition index = IndexDefinition.Global(
            "by-hue", new KeyAttribute("hue", KeyType.String), new KeyAttribute("hue-rank", KeyType.Number));
        await server.Database.UpdateTableAsync(new UpdateTableRequest(KeystoneDefaults.TableName) { CreateIndex = index }, Ended);
        while ((await server.Database.DescribeTableAsync(new DescribeTableRequest(KeystoneDefaults.TableName), Ended))
            .Table.Indexes.Any(each => each.Backfill is not null))
        {
            await Task.Delay(10, Ended);
        }

        for (int i = 0; i < 5; i++)
        {
            await PutAsync($"indexed{i}", "", new Item { Attributes = { ["hue"] = Text("red"), ["hue-rank"] = Number($"{9 - i}") } });
        }

        QueryRequest query = new() { PartitionKey = Bytes("red"), IndexName = "by-hue", Limit = 2 };
        List<string> found = [];
        QueryResponse page;
        do
        {
            page = await _calls.QueryAsync(query, cancellationToken: Ended);
            found.AddRange(page.Keys.Select(key => key.PartitionKey.ToStringUtf8()));
            query.ExclusiveStartKey = page.LastEvaluatedKey;
            query.ExclusiveStartIndexKey = page.LastEvaluatedIndexKey;
        }
        while (page.LastEvaluatedKey is not null);

        Assert.Equal(["indexed4", "indexed3", "indexed2", "indexed1", "indexed0"], found);
        using AsyncServerStreamingCall<ScanResponse> scan = _calls.Scan(
            new ScanRequest { IndexName = "by-hue", Limit = 3 }, cancellationToken: Ended);
        ScanResponse last = await scan.ResponseStream.ReadAllAsync(Ended).LastAsync(Ended);
        Assert.Equal("7", last.LastEvaluatedIndexKey.Attributes["hue-rank"].NumberValue);
        Assert.Contains("nope", await RefusalAsync(_calls.QueryAsync(
            new QueryRequest { PartitionKey = Bytes("red"), IndexName = "nope" }, cancellationToken: Ended).ResponseAsync));
    }

    [Fact]
    public async Task A_transaction_happens_as_a_whole_or_not_at_all()
    {
        await PutAsync("account", "1", new Item { Attributes = { ["n"] = Number("5") } });
        TransactWriteItem Update(string condition) => new()
        {
            Update = new TransactUpdate
            {
                PartitionKey = Bytes("account"),
                SortKey = Bytes("1"),
                UpdateExpression = "SET n = n - :v",
                ConditionExpression = condition,
                ExpressionValues = { [":v"] = Number("3") },
            },
        };
        TransactWriteItem put = new()
        {
            Put = new TransactPut { PartitionKey = Bytes("account"), SortKey = Bytes("2"), Item = Numbered(3) },
        };
        TransactWriteItem check = new()
        {
            ConditionCheck = new ConditionCheck
            {
                PartitionKey = Bytes("account"),
                SortKey = Bytes("3"),
                ConditionExpression = "attribute_not_exists(n)",
            },
        };
        TransactWriteRequest request = new() { Items = { Update("n >= :v"), put, check }, ClientRequestToken = "once" };
        Assert.True((await _calls.TransactWriteAsync(request, cancellationToken: Ended)).Success);
        Assert.True((await _calls.TransactWriteAsync(request, cancellationToken: Ended)).Success);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await _calls.TransactWriteAsync(
            new TransactWriteRequest
            {
                Items =
                {
                    Update("n >= :v"),
                    new TransactWriteItem { Delete = new TransactDelete { PartitionKey = Bytes("account"), SortKey = Bytes("2") } },
                },
            },
            cancellationToken: Ended));
        Assert.Equal(StatusCode.Aborted, refused.StatusCode);
        Assert.Contains("ConditionalCheckFailed, None", refused.Status.Detail);
        TransactGetResponse read = await _calls.TransactGetAsync(
            new TransactGetRequest { Keys = { KeyOf("account", "1"), KeyOf("account", "2"), KeyOf("account", "3") } },
            cancellationToken: Ended);
        Assert.Equal(
            ["2", "3", null], read.Items.Select(item => item.Item?.Attributes["n"].NumberValue));
    }

    [Fact]
    public async Task A_statement_answers_in_the_message_of_its_kind()
    {
        Value key = new() { BinaryValue = Bytes("statement") };
        ExecuteStatementResponse inserted = await StatementAsync("INSERT INTO \"default\" VALUE {'$pk': ?, 'n': 1}", key);
        Assert.True(inserted.Insert.Success);
        RpcException again = await Assert.ThrowsAsync<RpcException>(
            () => StatementAsync("INSERT INTO \"default\" VALUE {'$pk': ?, 'n': 1}", key));
        Assert.Equal(StatusCode.AlreadyExists, again.StatusCode);
        ExecuteStatementResponse updated = await StatementAsync(
            "UPDATE \"default\" SET n = n + 1 WHERE $pk = ? RETURNING MODIFIED NEW *", key);
        Assert.Equal("2", updated.Update.Item.Attributes["n"].NumberValue);
        ExecuteStatementResponse selected = await StatementAsync("SELECT n FROM \"default\" WHERE $pk = ?", key);
        Assert.Equal("2", Assert.Single(selected.Select.Items).Attributes["n"].NumberValue);
        Assert.Equal((1u, 1u), (selected.Select.Count, selected.Select.ScannedCount));
        Assert.False(selected.Select.HasNextToken);
        Assert.True((await StatementAsync("DELETE FROM \"default\" WHERE $pk = ?", key)).Delete.Success);
        Assert.Empty((await StatementAsync("SELECT n FROM \"default\" WHERE $pk = ?", key)).Select.Items);
        Assert.Contains("Expected data manipulation", await RefusalAsync(StatementAsync("SLECT")));
    }

    private async Task<ExecuteStatementResponse> StatementAsync(string statement, params Value[] parameters)
        => await _calls.ExecuteStatementAsync(
            new ExecuteStatementRequest { Statement = statement, Parameters = { parameters } }, cancellationToken: Ended);

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

    private static Value Number(string text) => new() { NumberValue = text };

    private static Value Text(string text) => new() { StringValue = text };

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);
}
