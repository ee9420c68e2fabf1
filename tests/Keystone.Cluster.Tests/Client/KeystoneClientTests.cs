using Keystone.Cluster.Tests.Hosting;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Model.Streams;
using Keystone.Orleans.Client;
using Xunit;

namespace Keystone.Cluster.Tests.Client;

/// <summary>Every operation of the database through an external Orleans client and the gateway grain.</summary>
public sealed class KeystoneClientTests(OneSilo cluster) : IClassFixture<OneSilo>
{
    private static int _tables;

    private readonly KeystoneClient _database = cluster.Client.Database;
    private readonly string _table = $"orders-{Interlocked.Increment(ref _tables)}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_put_is_read_and_what_was_deleted_is_not()
    {
        await CreateTableAsync();
        ItemVersion version = (await _database.PutItemAsync(_table, Order("ann", 1, "tea"), Cancellation)).Version;
        GetItemResult found = await _database.GetItemAsync(new GetItemRequest(_table, ItemKey.Of("ann", 1)), Cancellation);
        Assert.Equal(Order("ann", 1, "tea"), found.Item!.Value.ToItem());
        Assert.Equal(version, found.Version);

        DeleteItemResult deleted = await _database.DeleteItemAsync(
            new DeleteItemRequest(_table, ItemKey.Of("ann", 1)) { ReturnOld = true }, Cancellation);
        Assert.Equal(Order("ann", 1, "tea"), deleted.OldItem!.Value.ToItem());
        Assert.NotNull(deleted.Version);
        Assert.Null(await _database.GetItemAsync(_table, "ann", 1, Cancellation));
        Assert.Null((await _database.DeleteItemAsync(_table, "ann", 1, Cancellation)).Version);
    }

    [Fact]
    public async Task Statements_run_through_the_gateway_as_they_do_on_an_embedded_database()
    {
        await CreateTableAsync();
        for (int i = 0; i < 6; i++)
        {
            ExecuteStatementRequest insert = new($"INSERT INTO \"{_table}\" VALUE {{'customer': ?, 'number': ?, 'what': ?}}")
            {
                Parameters = [$"c{i % 2}", i, i % 3 == 0 ? "tea" : "milk"],
            };
            await _database.ExecuteStatementAsync(insert, Cancellation);
            KeystoneException again = await Assert.ThrowsAsync<KeystoneException>(
                async () => await _database.ExecuteStatementAsync(insert, Cancellation));
            Assert.Equal(KeystoneErrorCode.DuplicateItem, again.Code);
        }

        Assert.Equal("4 2", await NumbersAsync("WHERE customer = 'c0' AND what = 'milk' ORDER BY number DESC"));
        Assert.Equal("0 3", await NumbersAsync("WHERE what = 'tea' ORDER BY number"));
        ExecuteStatementResult counted = await _database.ExecuteStatementAsync(
            new ExecuteStatementRequest($"SELECT what, COUNT(*) AS c, SUM(number) AS s FROM \"{_table}\" GROUP BY what ORDER BY what"),
            Cancellation);
        Assert.Equal(
            [Item.Of(("what", "milk"), ("c", 4), ("s", 12)), Item.Of(("what", "tea"), ("c", 2), ("s", 3))],
            counted.Items.Select(row => row.ToItem()));
        KeystoneException cancelled = await Assert.ThrowsAsync<KeystoneException>(async () => await _database.ExecuteTransactionAsync(
            new ExecuteTransactionRequest(
            [
                new BatchStatement($"UPDATE \"{_table}\" SET what = 'none' WHERE customer = 'c0' AND number = 0"),
                new BatchStatement($"INSERT INTO \"{_table}\" VALUE {{'customer': 'c1', 'number': 1}}"),
            ]),
            Cancellation));
        Assert.Equal(["None", "DuplicateItem"], cancelled.CancellationReasons.Select(reason => reason.Name));
        Assert.Equal("0 3", await NumbersAsync("WHERE what = 'tea' ORDER BY number"));
    }

    private async Task<string> NumbersAsync(string rest)
    {
        ExecuteStatementRequest select = new($"SELECT number FROM \"{_table}\" {rest}") { Limit = 1 };
        List<Item> rows = await _database.ExecuteAsync(select, Cancellation).ToListAsync(Cancellation);
        return string.Join(' ', rows.Select(row => row["number"].AsNumber()));
    }

    [Fact]
    public async Task A_batch_answers_the_attributes_that_the_projection_of_the_table_names()
    {
        await CreateTableAsync();
        await _database.PutItemAsync(_table, Order("ann", 1, "tea"), Cancellation);
        await _database.PutItemAsync(_table, Order("ann", 2, "milk"), Cancellation);
        BatchProjection number = new("#n") { ExpressionAttributeNames = new Dictionary<string, string> { ["#n"] = "number" } };
        BatchGetItemsResult found = await _database.BatchGetItemsAsync(
            new BatchGetItemsRequest([new BatchGetKey(_table, ItemKey.Of("ann", 2)), new BatchGetKey(_table, ItemKey.Of("ann", 3))])
            {
                Projections = new Dictionary<string, BatchProjection> { [_table] = number },
            },
            Cancellation);
        Assert.Equal([Item.Of(("number", 2)), null], found.Items.Select(item => item?.ToItem()));
    }

    [Fact]
    public async Task Indexes_are_made_and_read_through_the_gateway()
    {
        KeyAttribute customer = new("customer", KeyType.String);
        TableDefinition definition = new(_table, new KeySchema(customer, new KeyAttribute("number", KeyType.Number)))
        {
            Indexes =
            [
                IndexDefinition.Local("by-what", customer, new KeyAttribute("what", KeyType.String), IndexProjection.KeysOnly),
                IndexDefinition.Global(
                    "what", [new KeyAttribute("what", KeyType.String)], [customer], IndexProjection.Include("extra", "number")),
            ],
        };
        TableDescription made = (await _database.CreateTableAsync(new CreateTableRequest(definition), Cancellation)).Table;
        Assert.Equal(definition, made.Definition);
        Assert.Equal(made, (await _database.DescribeTableAsync(new DescribeTableRequest(_table), Cancellation)).Table);
        for (int i = 0; i < 9; i++)
        {
            Item order = Item.Of(("customer", $"c{i % 3}"), ("number", i), ("what", i % 2 == 0 ? "tea" : "milk"), ("extra", i));
            await _database.PutItemAsync(_table, order, Cancellation);
        }

        QueryRequest teas = new(_table, "tea") { IndexName = "what", Limit = 2 };
        List<Item> all = await _database.QueryAsync(teas, Cancellation).ToListAsync(Cancellation);
        Assert.Equal([0, 6, 4, 2, 8], all.Select(item => (int)item["number"].AsNumber()));
        QueryResult first = await _database.QueryPageAsync(teas, Cancellation);
        Assert.Equal(ItemKey.Of("c0", 6), first.LastEvaluatedKey);
        Assert.Equal(Item.Of(("what", "tea"), ("customer", "c0")), first.LastEvaluatedIndexKey);
        QueryRequest local = new(_table, "c1") { IndexName = "by-what", Select = ReadSelect.AllAttributes };
        Assert.Equal(
            [1, 7, 4], (await _database.QueryPageAsync(local, Cancellation)).Items.Select(item => (int)item["extra"].AsNumber()));
        ScanRequest scan = new(_table) { IndexName = "by-what", Limit = 4 };
        Assert.Equal(9, await _database.ScanAsync(scan, Cancellation).CountAsync(Cancellation));
        await FailsAsync(
            _database.QueryPageAsync(teas with { IndexName = "none" }, Cancellation), KeystoneErrorCode.ValidationFailed);
    }

    [Fact]
    public async Task An_index_is_added_and_removed_through_the_gateway()
    {
        await CreateTableAsync();
        for (int i = 0; i < 100; i++)
        {
            await _database.PutItemAsync(_table, Order("ann", i, i % 2 == 0 ? "tea" : "milk"), Cancellation);
        }

        IndexDefinition what = IndexDefinition.Global("what", new KeyAttribute("what", KeyType.String));
        TableDescription table = (await _database.UpdateTableAsync(
            new UpdateTableRequest(_table) { CreateIndex = what }, Cancellation)).Table;
        Assert.Equal(TableStatus.Updating, table.Status);
        Assert.NotNull(Assert.Single(table.Indexes).Backfill);
        while (table.Indexes[0].Status != IndexStatus.Active)
        {
            table = (await _database.DescribeTableAsync(new DescribeTableRequest(_table), Cancellation)).Table;
        }

        QueryRequest teas = new(_table, "tea") { IndexName = "what" };
        Assert.Equal(50, (await _database.QueryPageAsync(teas, Cancellation)).Items.Count);
        await _database.UpdateTableAsync(new UpdateTableRequest(_table) { DeleteIndex = "what" }, Cancellation);
        await FailsAsync(_database.QueryPageAsync(teas, Cancellation), KeystoneErrorCode.ValidationFailed);
        await FailsAsync(
            _database.UpdateTableAsync(new UpdateTableRequest(_table) { DeleteIndex = "what" }, Cancellation),
            KeystoneErrorCode.ResourceNotFound);
    }

    [Fact]
    public async Task Transactions_are_all_or_nothing_through_the_gateway()
    {
        await CreateTableAsync();
        TransactWriteItemsRequest puts = new(
            [.. Enumerable.Range(0, 10).Select(n => TransactWrite.Put(_table, EncodedItem.Encode(Order("ann", n, "tea"))))])
        {
            ClientRequestToken = "once",
        };
        await _database.TransactWriteItemsAsync(puts, Cancellation);
        await _database.TransactWriteItemsAsync(puts, Cancellation);
        TransactWriteItemsRequest mixed = new(
        [
            TransactWrite.Delete(_table, ItemKey.Of("ann", 0)),
            TransactWrite.Check(_table, ItemKey.Of("ann", 1), "what = :w") with
            {
                ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":w"] = "milk" },
                ReturnCurrentOnConditionFailure = true,
            },
            TransactWrite.Update(_table, ItemKey.Of("ann", 2), "SET what = :w") with
            {
                ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":w"] = "milk" },
            },
        ]);
        KeystoneException cancelled = await Assert.ThrowsAsync<KeystoneException>(
            async () => await _database.TransactWriteItemsAsync(mixed, Cancellation));
        Assert.Equal(KeystoneErrorCode.TransactionCanceled, cancelled.Code);
        Assert.Equal(["None", "ConditionalCheckFailed", "None"], cancelled.CancellationReasons.Select(reason => reason.Name));
        Assert.Equal(Order("ann", 1, "tea"), cancelled.CancellationReasons[1].Item!.Value.ToItem());
        TransactGetItemsRequest gets = new(
        [
            new TransactGet(_table, ItemKey.Of("ann", 0)) { ProjectionExpression = "what" },
            new TransactGet(_table, ItemKey.Of("ann", 99)),
        ]);
        IReadOnlyList<EncodedItem?> items = (await _database.TransactGetItemsAsync(gets, Cancellation)).Items;
        Assert.Equal(Item.Of(("what", "tea")), items[0]!.Value.ToItem());
        Assert.Null(items[1]);
        await FailsAsync(
            _database.TransactWriteItemsAsync(mixed with { ClientRequestToken = "once" }, Cancellation),
            KeystoneErrorCode.IdempotentParameterMismatch);
    }

    [Fact]
    public async Task Changes_are_read_and_items_expire_through_the_gateway()
    {
        TableDefinition definition = new(_table, new KeySchema("customer").WithSort("number", KeyType.Number))
        {
            Stream = StreamViewType.NewAndOldImages,
        };
        TableDescription made = (await _database.CreateTableAsync(new CreateTableRequest(definition), Cancellation)).Table;
        Assert.Equal(definition, made.Definition);
        Assert.Equal(made, (await _database.DescribeTableAsync(new DescribeTableRequest(_table), Cancellation)).Table);
        TableDescription expiring = (await _database.UpdateTableAsync(
            new UpdateTableRequest(_table) { EnableTimeToLive = "until" }, Cancellation)).Table;
        Assert.Equal("until", expiring.TimeToLive!.Attribute);
        await using IAsyncEnumerator<ChangeRecord> changes = _database
            .ReadChangesAsync(_table, fromOldest: true, TimeSpan.FromMilliseconds(5), cancellationToken: Cancellation)
            .GetAsyncEnumerator(Cancellation);
        await _database.PutItemAsync(_table, Order("ann", 1, "tea"), Cancellation);
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(ChangeKind.Insert, changes.Current.Kind);
        Assert.Equal(Order("ann", 1, "tea"), changes.Current.NewImage!.Value.ToItem());
        await _database.DeleteItemAsync(_table, "ann", 1, Cancellation);
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(Order("ann", 1, "tea"), changes.Current.OldImage!.Value.ToItem());
        await _database.UpdateTableAsync(new UpdateTableRequest(_table) { DisableStream = true }, Cancellation);
        Assert.False(await changes.MoveNextAsync());
        await _database.UpdateTableAsync(new UpdateTableRequest(_table) { DisableTimeToLive = "until" }, Cancellation);
    }

    [Fact]
    public async Task A_put_answers_with_what_it_replaced()
    {
        await CreateTableAsync();
        PutItemResult first = await _database.PutItemAsync(
            new PutItemRequest(_table, Order("ann", 1, "tea")) { ReturnOld = true }, Cancellation);
        PutItemResult second = await _database.PutItemAsync(
            new PutItemRequest(_table, Order("ann", 1, "milk")) { ReturnOld = true }, Cancellation);
        Assert.Null(first.OldItem);
        Assert.Equal(Order("ann", 1, "tea"), second.OldItem!.Value.ToItem());
        Assert.NotEqual(first.Version, second.Version);
    }

    [Fact]
    public async Task A_condition_that_does_not_hold_is_told_with_the_item_that_is_there()
    {
        await CreateTableAsync();
        ItemVersion version = (await _database.PutItemAsync(_table, Order("ann", 1, "tea"), Cancellation)).Version;
        PutItemRequest conditional = new(_table, Order("ann", 1, "milk"))
        {
            Condition = WriteCondition.ItemAbsent,
            ReturnCurrentOnConditionFailure = true,
        };
        KeystoneException refused = await FailsAsync(
            _database.PutItemAsync(conditional, Cancellation), KeystoneErrorCode.ConditionalCheckFailed);
        Assert.Equal(Order("ann", 1, "tea"), refused.CurrentItem!.Value.ToItem());

        await _database.PutItemAsync(conditional with { Condition = WriteCondition.VersionIs(version) }, Cancellation);
        await FailsAsync(
            _database.DeleteItemAsync(
                new DeleteItemRequest(_table, ItemKey.Of("ann", 1)) { Condition = WriteCondition.VersionIs(version) }, Cancellation),
            KeystoneErrorCode.ConditionalCheckFailed);
        Assert.Equal(Order("ann", 1, "milk"), await _database.GetItemAsync(_table, "ann", 1, Cancellation));
    }

    [Fact]
    public async Task Expressions_travel_with_their_names_and_values()
    {
        await CreateTableAsync();
        await _database.PutItemAsync(_table, Order("ann", 1, "tea"), Cancellation);
        UpdateItemRequest update = new(_table, ItemKey.Of("ann", 1))
        {
            UpdateExpression = "SET #cups = if_not_exists(#cups, :none) + :one",
            ConditionExpression = "attribute_not_exists(#cups) OR #cups < :two",
            ExpressionAttributeNames = new Dictionary<string, string> { ["#cups"] = "cups" },
            ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":none"] = 0, [":one"] = 1, [":two"] = 2 },
            ReturnValues = ReturnValues.UpdatedNew,
            ReturnCurrentOnConditionFailure = true,
        };
        await _database.UpdateItemAsync(update, Cancellation);
        Assert.Equal(Item.Of(("cups", 2)), (await _database.UpdateItemAsync(update, Cancellation)).Attributes!.Value.ToItem());
        KeystoneException refused = await FailsAsync(
            _database.UpdateItemAsync(update, Cancellation), KeystoneErrorCode.ConditionalCheckFailed);
        Assert.Equal(Order("ann", 1, "tea").With("cups", 2), refused.CurrentItem!.Value.ToItem());

        DeleteItemRequest delete = new(_table, ItemKey.Of("ann", 1))
        {
            ConditionExpression = "cups = :cups",
            ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":cups"] = 1 },
        };
        await FailsAsync(_database.DeleteItemAsync(delete, Cancellation), KeystoneErrorCode.ConditionalCheckFailed);
        await _database.DeleteItemAsync(
            delete with { ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":cups"] = 2 } }, Cancellation);
        Assert.Null(await _database.GetItemAsync(_table, "ann", 1, Cancellation));
    }

    [Fact]
    public async Task A_query_reads_its_range_in_both_directions_page_after_page()
    {
        await CreateTableAsync();
        await FillAsync("ann", 20);
        await FillAsync("bob", 3);
        QueryRequest request = new(_table, "ann") { SortKey = SortKeyCondition.Between(5, 14), Limit = 3 };
        Assert.Equal(Enumerable.Range(5, 10), await NumbersAsync(_database.QueryAsync(request, Cancellation)));
        QueryRequest backward = request with { Backward = true };
        Assert.Equal(Enumerable.Range(5, 10).Reverse(), await NumbersAsync(_database.QueryAsync(backward, Cancellation)));

        QueryResult page = await _database.QueryPageAsync(request, Cancellation);
        Assert.Equal(3, page.Items.Count);
        Assert.Equal(ItemKey.Of("ann", 7), page.LastEvaluatedKey);
        Assert.Equal(3, page.ScannedCount);
    }

    [Fact]
    public async Task A_scan_meets_every_item_once_whatever_the_pages_and_segments()
    {
        await CreateTableAsync();
        string[] customers = [.. Enumerable.Range(0, 30).Select(i => $"customer-{i}")];
        foreach (string customer in customers)
        {
            await FillAsync(customer, 2);
        }

        List<string> seen = [];
        for (int segment = 0; segment < 3; segment++)
        {
            ScanRequest request = new(_table) { Limit = 7, Segment = segment, TotalSegments = 3 };
            await foreach (Item item in _database.ScanAsync(request, Cancellation))
            {
                seen.Add($"{item["customer"].AsString()}/{item["number"].AsNumber()}");
            }
        }

        string[] all = [.. customers.SelectMany(customer => new[] { $"{customer}/0", $"{customer}/1" })];
        Assert.Equal(all.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Batches_write_and_read_many_items_of_many_stripes()
    {
        await CreateTableAsync();
        BatchWrite[] puts = [.. Enumerable.Range(0, 25).Select(i => BatchWrite.Put(_table, Order($"c{i}", i, "tea")))];
        Assert.Empty((await _database.BatchWriteItemsAsync(new BatchWriteItemsRequest(puts), Cancellation)).UnprocessedWrites);
        await _database.BatchWriteItemsAsync(
            new BatchWriteItemsRequest([BatchWrite.Delete(_table, ItemKey.Of("c3", 3)), BatchWrite.Put(_table, Order("c4", 4, "milk"))]),
            Cancellation);

        BatchGetKey[] keys = [.. Enumerable.Range(0, 26).Select(i => new BatchGetKey(_table, ItemKey.Of($"c{i}", i)))];
        BatchGetItemsResult found = await _database.BatchGetItemsAsync(new BatchGetItemsRequest(keys), Cancellation);
        Assert.Empty(found.UnprocessedKeys);
        Assert.Equal(26, found.Items.Count);
        Assert.Null(found.Items[3]);
        Assert.Null(found.Items[25]);
        Assert.Equal(Order("c4", 4, "milk"), found.Items[4]!.Value.ToItem());
        Assert.Equal(Order("c24", 24, "tea"), found.Items[24]!.Value.ToItem());
    }

    [Fact]
    public async Task Tables_are_made_described_listed_and_removed()
    {
        TableDefinition definition = new(_table, new KeySchema("customer").WithSort("number", KeyType.Number, isOptional: true));
        TableDescription made = (await _database.CreateTableAsync(new CreateTableRequest(definition), Cancellation)).Table;
        Assert.Equal(definition, made.Definition);
        await FailsAsync(_database.CreateTableAsync(new CreateTableRequest(definition), Cancellation), KeystoneErrorCode.ResourceInUse);
        Assert.Equal(made, (await _database.DescribeTableAsync(new DescribeTableRequest(_table), Cancellation)).Table);

        ListTablesResult names = await _database.ListTablesAsync(new ListTablesRequest { Limit = 1 }, Cancellation);
        Assert.Single(names.TableNames);
        Assert.NotNull(names.LastEvaluatedTableName);
        Assert.Contains(_table, (await _database.ListTablesAsync(new ListTablesRequest(), Cancellation)).TableNames);

        await _database.DeleteTableAsync(new DeleteTableRequest(_table), Cancellation);
        await FailsAsync(_database.DescribeTableAsync(new DescribeTableRequest(_table), Cancellation), KeystoneErrorCode.ResourceNotFound);
        await FailsAsync(_database.PutItemAsync(_table, Order("ann", 1, "tea"), Cancellation), KeystoneErrorCode.ResourceNotFound);
    }

    [Fact]
    public async Task What_breaks_a_rule_is_refused_by_the_owner_whoever_sent_it()
    {
        await CreateTableAsync();
        await FailsAsync(_database.PutItemAsync(_table, Item.Of(("customer", "ann")), Cancellation), KeystoneErrorCode.ValidationFailed);
        await FailsAsync(
            _database.PutItemAsync(new PutItemRequest(_table, EncodedItem.FromChecked(new byte[] { 1, 2, 3 })), Cancellation),
            KeystoneErrorCode.CorruptItem);
        await FailsAsync(
            _database.GetItemAsync(new GetItemRequest(_table, ItemKey.Of("ann", "1")), Cancellation), KeystoneErrorCode.ValidationFailed);
        await FailsAsync(
            _database.QueryPageAsync(new QueryRequest(_table, "ann") { Limit = 0 }, Cancellation), KeystoneErrorCode.ValidationFailed);
        await FailsAsync(_database.BatchGetItemsAsync(new BatchGetItemsRequest([]), Cancellation), KeystoneErrorCode.ValidationFailed);
    }

    [Fact]
    public async Task A_client_of_another_database_finds_none()
    {
        await using TestClient other = await TestClient.ConnectAsync(options => options.Database = "elsewhere", cluster.Silo);
        var request = new GetItemRequest(KeystoneDefaults.TableName, ItemKey.Of("a"u8.ToArray()));
        await FailsAsync(other.Database.GetItemAsync(request, Cancellation), KeystoneErrorCode.ResourceNotFound);
    }

    [Fact]
    public async Task A_call_that_was_cancelled_before_it_was_sent_does_nothing()
    {
        await CreateTableAsync();
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await _database.PutItemAsync(_table, Order("ann", 1, "tea"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await _database.ScanPageAsync(new ScanRequest(_table), cancelled));
        Assert.Null(await _database.GetItemAsync(_table, "ann", 1, Cancellation));
    }

    [Fact]
    public async Task A_scan_ends_where_its_caller_cancels_it()
    {
        await CreateTableAsync();
        await FillAsync("ann", 20);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        int seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (Item item in _database.ScanAsync(new ScanRequest(_table) { Limit = 4 }, stop.Token))
            {
                if (++seen == 4)
                {
                    await stop.CancelAsync();
                }
            }
        });
        Assert.InRange(seen, 4, 8);
    }

    [Fact]
    public async Task A_closed_client_refuses_calls()
    {
        var client = new KeystoneClient(cluster.Client.Grains, new KeystoneClientOptions());
        await client.DisposeAsync();
        await FailsAsync(client.ListTablesAsync(new ListTablesRequest(), Cancellation), KeystoneErrorCode.Closed);
    }

    private static Item Order(string customer, int number, string what)
        => Item.Of(("customer", customer), ("number", number), ("what", what));

    private static async Task<KeystoneException> FailsAsync<T>(ValueTask<T> call, KeystoneErrorCode code)
    {
        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(async () => await call);
        Assert.Equal(code, failure.Code);
        return failure;
    }

    private static async Task<List<int>> NumbersAsync(IAsyncEnumerable<Item> items)
    {
        List<int> numbers = [];
        await foreach (Item item in items)
        {
            numbers.Add((int)item["number"].AsNumber());
        }

        return numbers;
    }

    private async Task CreateTableAsync()
        => await _database.CreateTableAsync(_table, new KeySchema("customer").WithSort("number", KeyType.Number), Cancellation);

    private async Task FillAsync(string customer, int count)
        => await Task.WhenAll(Enumerable.Range(0, count).Select(i =>
            _database.PutItemAsync(_table, Order(customer, i, "tea"), Cancellation).AsTask()));
}
