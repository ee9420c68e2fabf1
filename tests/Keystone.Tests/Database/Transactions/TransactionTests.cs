using Keystone.Database;
using Keystone.Database.Catalog;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Testing;
using Xunit;

namespace Keystone.Tests.Database.Transactions;

/// <summary>Transactions of an embedded database: all or nothing, in one order, told with reasons, done once under a token.</summary>
public sealed class TransactionTests : IDisposable
{
    private const string Accounts = "accounts";
    private const string Orders = "orders";

    private readonly DatabaseFixture _fixture = new();
    private readonly Clock _clock = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task All_writes_of_a_transaction_happen()
    {
        await using KeystoneDatabase database = await FilledAsync();
        await database.TransactWriteItemsAsync(
            new TransactWriteItemsRequest(
            [
                Move("ann", -30),
                Move("bob", 30),
                TransactWrite.Put(Orders, Item.Of(("id", "o1"), ("amount", 30))),
                TransactWrite.Delete(Accounts, ItemKey.Of("cec")),
                TransactWrite.Check(Accounts, ItemKey.Of("dan"), "attribute_exists(id)"),
            ]),
            Cancel);
        Assert.Equal([70, 130, null, 100], await BalancesAsync(database));
        Assert.Equal(30, (await database.GetItemAsync(Orders, "o1", cancellationToken: Cancel))!["amount"]);
    }

    [Fact]
    public async Task A_transaction_that_cannot_happen_changes_nothing_and_tells_a_reason_for_each_item()
    {
        await using KeystoneDatabase database = await FilledAsync();
        TransactWriteItemsRequest request = new(
        [
            Move("ann", -30),
            Move("bob", -300) with { ReturnCurrentOnConditionFailure = true },
            TransactWrite.Update(Accounts, ItemKey.Of("cec"), "SET a2 = b2"),
            TransactWrite.Check(Accounts, ItemKey.Of("nobody"), "attribute_exists(id)"),
        ]);
        KeystoneException refused = await RefusedAsync(database, request, KeystoneErrorCode.TransactionCanceled);
        Assert.Equal(
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            + "[None, ConditionalCheckFailed, ValidationError, ConditionalCheckFailed]",
            refused.Message);
        Assert.Equal(CancellationReason.None, refused.CancellationReasons[0]);
        Assert.Equal(100, refused.CancellationReasons[1].Item!.Value["balance"]);
        Assert.Equal("The conditional request failed", refused.CancellationReasons[1].Message);
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refused.CancellationReasons[2].Code);
        Assert.Null(refused.CancellationReasons[3].Item);
        Assert.Equal([100, 100, 100, 100], await BalancesAsync(database));
    }

    [Fact]
    public async Task A_transaction_keeps_indexes_too()
    {
        await using KeystoneDatabase database = await FilledAsync();
        await database.TransactWriteItemsAsync(
            new TransactWriteItemsRequest([Move("ann", -40), Move("bob", -40), Move("dan", 80)]), Cancel);
        QueryRequest query = new(Accounts, 60) { IndexName = "by-balance" };
        List<Item> found = await database.QueryAsync(query, Cancel).ToListAsync(Cancel);
        Assert.Equal(["ann", "bob"], found.Select(item => item["id"].AsString()).Order());
        Assert.Equal(1, (await database.QueryPageAsync(query with { PartitionKey = 180 }, Cancel)).Count);
        Assert.Equal(1, (await database.QueryPageAsync(query with { PartitionKey = 100 }, Cancel)).Count);
    }

    [Fact]
    public async Task A_transaction_with_a_token_is_done_once_however_often_it_is_sent()
    {
        TransactWriteItemsRequest request = new([Move("ann", -10), Move("bob", 10)]) { ClientRequestToken = "t1" };
        await using (KeystoneDatabase first = await FilledAsync())
        {
            await first.TransactWriteItemsAsync(request, Cancel);
            await first.TransactWriteItemsAsync(request, Cancel);
            Assert.Equal([90, 110, 100, 100], await BalancesAsync(first));
            await RefusedAsync(
                first,
                new TransactWriteItemsRequest([Move("ann", -10), Move("bob", 11)]) { ClientRequestToken = "t1" },
                KeystoneErrorCode.IdempotentParameterMismatch);
            await first.TransactWriteItemsAsync(request with { ClientRequestToken = "t2" }, Cancel);
            Assert.Equal([80, 120, 100, 100], await BalancesAsync(first));
        }

        await using KeystoneDatabase database = KeystoneDatabase.Open(_fixture.Path, Options);
        await database.TransactWriteItemsAsync(request, Cancel);
        Assert.Equal([80, 120, 100, 100], await BalancesAsync(database));
        _clock.Now += TimeSpan.FromMinutes(10);
        await database.TransactWriteItemsAsync(request, Cancel);
        Assert.Equal([70, 130, 100, 100], await BalancesAsync(database));
    }

    [Fact]
    public async Task Tokens_of_a_transaction_that_did_not_happen_may_come_again()
    {
        await using KeystoneDatabase database = await FilledAsync();
        TransactWriteItemsRequest request = new([Move("ann", -150)]) { ClientRequestToken = "t1" };
        await RefusedAsync(database, request, KeystoneErrorCode.TransactionCanceled);
        await database.TransactWriteItemsAsync(new TransactWriteItemsRequest([Move("ann", 100)]), Cancel);
        await database.TransactWriteItemsAsync(request, Cancel);
        Assert.Equal(50, (await BalancesAsync(database))[0]);
    }

    [Fact]
    public async Task Tokens_that_count_no_more_go()
    {
        await using KeystoneDatabase database = await FilledAsync();
        for (int i = 0; i < 40; i++)
        {
            await database.TransactWriteItemsAsync(
                new TransactWriteItemsRequest([Move("ann", 0)]) { ClientRequestToken = $"old{i}" }, Cancel);
        }

        _clock.Now += TimeSpan.FromMinutes(11);
        for (int i = 0; i < 40; i++)
        {
            await database.TransactWriteItemsAsync(
                new TransactWriteItemsRequest([Move("ann", 0)]) { ClientRequestToken = $"new{i}" }, Cancel);
        }

        Assert.Equal(40, DatabaseFixture.CountKeys(database, TableIds.Tokens));
    }

    [Fact]
    public async Task What_is_no_transaction_is_refused()
    {
        await using KeystoneDatabase database = await FilledAsync();
        KeystoneException refused = await RefusedAsync(
            database, new TransactWriteItemsRequest([Move("ann", 1), Move("ann", 2)]), KeystoneErrorCode.ValidationFailed);
        Assert.Equal("Transaction request cannot include multiple operations on one item", refused.Message);
        await RefusedAsync(database, new TransactWriteItemsRequest([]), KeystoneErrorCode.ValidationFailed);
        await RefusedAsync(
            database,
            new TransactWriteItemsRequest([.. Enumerable.Range(0, 101).Select(i => Move($"x{i}", 1))]),
            KeystoneErrorCode.ValidationFailed);
        await RefusedAsync(
            database,
            new TransactWriteItemsRequest([Move("ann", 1)]) { ClientRequestToken = new string('t', 37) },
            KeystoneErrorCode.ValidationFailed);
        await RefusedAsync(
            database,
            new TransactWriteItemsRequest([Move("ann", 1), TransactWrite.Delete("nothing", ItemKey.Of("x"))]),
            KeystoneErrorCode.ResourceNotFound);
        Assert.Equal([100, 100, 100, 100], await BalancesAsync(database));
    }

    [Fact]
    public async Task A_transaction_has_four_mebibytes_of_items_and_no_more()
    {
        KeystoneDatabaseOptions ample = Options with { SegmentBytes = 32 << 20, WriteBufferBytesMax = 64 << 20, LogBytesMax = 256 << 20 };
        await using KeystoneDatabase database = KeystoneDatabase.Create(_fixture.Path, ample);
        await database.CreateTableAsync(Orders, new KeySchema("id"), Cancel);
        Item big = Item.Of(("id", "x"), ("b", AttributeValue.Binary(new byte[390 * 1024])));
        TransactWrite[] large =
        [
            .. Enumerable.Range(0, 11).Select(i => TransactWrite.Put(Orders, big.ToBuilder().Set("id", $"b{i}").Build())),
        ];
        await RefusedAsync(database, new TransactWriteItemsRequest(large), KeystoneErrorCode.ValidationFailed);
        Assert.Null(await database.GetItemAsync(Orders, "b0", cancellationToken: Cancel));
        await database.TransactWriteItemsAsync(new TransactWriteItemsRequest(large[..10]), Cancel);
        await database.PutItemAsync(Orders, big, Cancel);
        TransactGet[] gets = [.. large.Select((_, i) => new TransactGet(Orders, ItemKey.Of(i == 10 ? "x" : $"b{i}")))];
        Assert.Equal(10, (await database.TransactGetItemsAsync(new TransactGetItemsRequest(gets[..10]), Cancel)).Items.Count);
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            () => database.TransactGetItemsAsync(new TransactGetItemsRequest(gets), Cancel).AsTask());
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refused.Code);
    }

    [Fact]
    public async Task A_transaction_reads_parts_of_items_and_tells_which_are_not_there()
    {
        await using KeystoneDatabase database = await FilledAsync();
        TransactGet part = new(Accounts, ItemKey.Of("ann")) { ProjectionExpression = "balance" };
        TransactGetItemsRequest request = new([part, new TransactGet(Accounts, ItemKey.Of("nobody"))]);
        TransactGetItemsResult result = await database.TransactGetItemsAsync(request, Cancel);
        Assert.Equal(Item.Of(("balance", 100)), result.Items[0]!.Value.ToItem());
        Assert.Null(result.Items[1]);
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            () => database.TransactGetItemsAsync(new TransactGetItemsRequest([part, part]), Cancel).AsTask());
        Assert.Equal("Transaction request cannot include multiple operations on one item", refused.Message);
    }

    [Fact]
    public async Task Money_that_is_moved_by_transactions_is_neither_made_nor_lost_for_whoever_reads()
    {
        await using KeystoneDatabase database = await FilledAsync();
        string[] names = ["ann", "bob", "cec", "dan"];
        TransactGetItemsRequest all = new([.. names.Select(name => new TransactGet(Accounts, ItemKey.Of(name)))]);
        Task[] movers =
        [
            .. Enumerable.Range(1, 4).Select(mover => Task.Run(
                async () =>
                {
                    Dice dice = new((ulong)mover);
                    for (int i = 0; i < 300; i++)
                    {
                        int from = dice.Below(4);
                        int to = (from + 1 + dice.Below(3)) % 4;
                        int amount = dice.Below(50);
                        await MoveAsync(database, names[from], names[to], amount);
                    }
                },
                Cancel)),
        ];
        Task done = Task.WhenAll(movers);
        int reads = 0;
        while (!done.IsCompleted)
        {
            TransactGetItemsResult result = await database.TransactGetItemsAsync(all, Cancel);
            Assert.Equal(400, result.Items.Sum(item => (int)item!.Value["balance"].AsNumber()));
            reads++;
        }

        await done;
        Assert.True(reads > 10, $"only {reads} reads");
        int?[] balances = await BalancesAsync(database);
        Assert.Equal(400, balances.Sum());
        Assert.All(balances, balance => Assert.True(balance >= 0));
    }

    private static async Task MoveAsync(KeystoneDatabase database, string from, string to, int amount)
    {
        try
        {
            await database.TransactWriteItemsAsync(new TransactWriteItemsRequest([Move(from, -amount), Move(to, amount)]), Cancel);
        }
        catch (KeystoneException poor) when (poor.Code == KeystoneErrorCode.TransactionCanceled)
        {
            // The one has not so much.
        }
    }

    private static TransactWrite Move(string account, int amount)
        => TransactWrite.Update(Accounts, ItemKey.Of(account), "SET balance = balance + :amount") with
        {
            ConditionExpression = "balance >= :least",
            ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":amount"] = amount, [":least"] = Math.Max(0, -amount) },
        };

    private static async Task<int?[]> BalancesAsync(KeystoneDatabase database)
    {
        List<int?> balances = [];
        foreach (string name in (string[])["ann", "bob", "cec", "dan"])
        {
            Item? account = await database.GetItemAsync(Accounts, name, cancellationToken: Cancel);
            balances.Add(account is null ? null : (int)account["balance"].AsNumber());
        }

        return [.. balances];
    }

    private static async Task<KeystoneException> RefusedAsync(
        KeystoneDatabase database, TransactWriteItemsRequest request, KeystoneErrorCode code)
    {
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            () => database.TransactWriteItemsAsync(request, Cancel).AsTask());
        Assert.Equal(code, refused.Code);
        return refused;
    }

    private KeystoneDatabaseOptions Options => DatabaseFixture.Small with { Time = _clock };

    private async Task<KeystoneDatabase> FilledAsync()
    {
        KeystoneDatabase database = KeystoneDatabase.Create(_fixture.Path, Options);
        TableDefinition accounts = new(Accounts, new KeySchema("id"))
        {
            Indexes = [IndexDefinition.Global("by-balance", new KeyAttribute("balance", KeyType.Number))],
        };
        await database.CreateTableAsync(new CreateTableRequest(accounts), Cancel);
        await database.CreateTableAsync(Orders, new KeySchema("id"), Cancel);
        foreach (string name in (string[])["ann", "bob", "cec", "dan"])
        {
            await database.PutItemAsync(Accounts, Item.Of(("id", name), ("balance", 100)), Cancel);
        }

        return database;
    }

    /// <summary>A clock that stands still unless it is moved.</summary>
    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
