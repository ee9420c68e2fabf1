using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Xunit;

namespace Keystone.Tests.Database.Indexes;

public sealed class LiveIndexTests : IDisposable
{
    private const string Table = "things";
    private const int Items = 500;

    private readonly DatabaseFixture _fixture = new();

    private static IndexDefinition Color { get; } = IndexDefinition.Global(
        "color", new KeyAttribute("color", KeyType.String), new KeyAttribute("n", KeyType.Number));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task An_index_that_is_added_has_the_items_from_before()
    {
        await using KeystoneDatabase database = await FilledAsync(DatabaseFixture.Small);
        UpdateTableResult result = await AddAsync(database);
        Assert.Equal(TableStatus.Updating, result.Table.Status);
        Assert.Equal(IndexStatus.Creating, Assert.Single(result.Table.Indexes).Status);
        TableDescription active = await ActiveAsync(database);
        Assert.Equal(TableStatus.Active, active.Status);
        Assert.Null(Assert.Single(active.Indexes).Backfill);
        await RequireProjectionAsync(database);
    }

    [Fact]
    public async Task Writers_that_go_on_while_an_index_is_filled_are_in_it()
    {
        await using KeystoneDatabase database = await FilledAsync(DatabaseFixture.Small);
        using CancellationTokenSource enough = new();
        Task[] writers = [.. Enumerable.Range(0, 4).Select(writer => WriteAsync(database, writer, enough.Token))];
        await AddAsync(database);
        await ActiveAsync(database);
        await enough.CancelAsync();
        await Task.WhenAll(writers);
        await RequireProjectionAsync(database);
    }

    [Fact]
    public async Task Writes_under_the_old_form_and_the_new_form_of_a_table_are_never_decided_side_by_side()
    {
        const int Rounds = 30;
        await using KeystoneDatabase database = await FilledAsync(DatabaseFixture.Small);
        for (int round = 0; round < Rounds; round++)
        {
            using CancellationTokenSource enough = new();
            Task[] writers =
            [
                .. Enumerable.Range(0, 4).Select(writer => Task.Run(() => WriteAsync(database, writer, enough.Token, items: 4))),
            ];
            await AddAsync(database);
            await ActiveAsync(database);
            await enough.CancelAsync();
            await Task.WhenAll(writers);
            await RequireProjectionAsync(database);
            await database.UpdateTableAsync(new UpdateTableRequest(Table) { DeleteIndex = Color.Name }, Token);
        }
    }

    [Fact]
    public async Task A_filling_that_was_interrupted_goes_on_where_it_was()
    {
        KeystoneDatabase database = await FilledAsync(DatabaseFixture.Small with { BackfillBytesPerSecondMax = 8_000 });
        await AddAsync(database);
        BackfillProgress before;
        do
        {
            before = (await DescribeAsync(database)).Indexes[0].Backfill!.Value;
            await Task.Yield();
        }
        while (before.StripesDone < 1);

        await database.DisposeAsync();
        Assert.True(before.Items < Items, "all was done before the interruption");
        database = Reopen(DatabaseFixture.Small with { BackfillBytesPerSecondMax = 1 });
        BackfillProgress after;
        do
        {
            after = (await DescribeAsync(database)).Indexes[0].Backfill!.Value;
            await Task.Yield();
        }
        while (after.Items < before.Items);

        // At a byte a second nothing but the first write of this life can have been made.
        Assert.True(after.Items < Items, "the rate was not kept");
        await database.DisposeAsync();
        database = Reopen(DatabaseFixture.Small);
        await ActiveAsync(database);
        await RequireProjectionAsync(database);
        await database.DisposeAsync();
    }

    [Fact]
    public async Task An_index_that_is_removed_is_gone_and_may_be_added_again()
    {
        await using KeystoneDatabase database = await FilledAsync(DatabaseFixture.Small);
        await AddAsync(database);
        await ActiveAsync(database);
        UpdateTableResult removed = await database.UpdateTableAsync(new UpdateTableRequest(Table) { DeleteIndex = Color.Name }, Token);
        Assert.Equal(IndexStatus.Deleting, Assert.Single(removed.Table.Indexes).Status);
        Assert.Empty((await DescribeAsync(database)).Indexes);
        await database.PutItemAsync(Table, ItemOf(0, "white", 9), Token);
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            async () => await database.QueryPageAsync(QueryOf("red"), Token));
        Assert.Equal("The table does not have the specified index: color", refused.Message);
        await AddAsync(database);
        await ActiveAsync(database);
        await RequireProjectionAsync(database);
    }

    [Fact]
    public async Task An_index_that_is_being_filled_refuses_reads_and_may_be_removed()
    {
        await using KeystoneDatabase database = await FilledAsync(DatabaseFixture.Small with { BackfillBytesPerSecondMax = 1 });
        await AddAsync(database);
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            async () => await database.QueryPageAsync(QueryOf("red"), Token));
        Assert.Equal("Cannot read from backfilling global secondary index: color", refused.Message);
        KeystoneException second = await Assert.ThrowsAsync<KeystoneException>(async () => await database.UpdateTableAsync(
            new UpdateTableRequest(Table) { CreateIndex = IndexDefinition.Global("other", new KeyAttribute("n", KeyType.Number)) }, Token));
        Assert.Equal(KeystoneErrorCode.ResourceInUse, second.Code);
        KeystoneException deletion = await Assert.ThrowsAsync<KeystoneException>(
            async () => await database.DeleteTableAsync(new DeleteTableRequest(Table), Token));
        Assert.Equal(KeystoneErrorCode.ResourceInUse, deletion.Code);
        await database.UpdateTableAsync(new UpdateTableRequest(Table) { DeleteIndex = Color.Name }, Token);
        TableDescription after = await DescribeAsync(database);
        Assert.Empty(after.Indexes);
        Assert.Equal(TableStatus.Active, after.Status);
        await database.DeleteTableAsync(new DeleteTableRequest(Table), Token);
    }

    [Fact]
    public async Task An_item_whose_attribute_cannot_be_a_key_is_left_out()
    {
        await using KeystoneDatabase database = await FilledAsync(DatabaseFixture.Small);
        await database.PutItemAsync(Table, Item.Of(("id", 10_000), ("color", 5), ("n", 1)), Token);
        await database.PutItemAsync(Table, Item.Of(("id", 10_001), ("n", 1)), Token);
        await AddAsync(database);
        await ActiveAsync(database);
        ScanResult entries = await database.ScanPageAsync(new ScanRequest(Table) { IndexName = Color.Name }, Token);
        Assert.Equal(Items, entries.Items.Count);
    }

    [Theory]
    [InlineData(null, null, KeystoneErrorCode.ValidationFailed)]
    [InlineData("color", "color", KeystoneErrorCode.LimitExceeded)]
    [InlineData(null, "none", KeystoneErrorCode.ResourceNotFound)]
    [InlineData("id-as-string", null, KeystoneErrorCode.ValidationFailed)]
    public async Task A_change_that_cannot_be_is_refused(string? create, string? delete, KeystoneErrorCode code)
    {
        await using KeystoneDatabase database = await FilledAsync(DatabaseFixture.Small);
        IndexDefinition? index = create switch
        {
            null => null,
            "color" => Color,
            _ => IndexDefinition.Global("odd", new KeyAttribute("id", KeyType.String)),
        };
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(async () => await database.UpdateTableAsync(
            new UpdateTableRequest(Table) { CreateIndex = index, DeleteIndex = delete }, Token));
        Assert.Equal(code, refused.Code);
        Assert.Equal(TableStatus.Active, (await DescribeAsync(database)).Status);
    }

    private static async Task WriteAsync(KeystoneDatabase database, int writer, CancellationToken enough, int items = Items * 2)
    {
        Random random = new(writer);
        while (!enough.IsCancellationRequested)
        {
            int id = random.Next(items);
            if (random.Next(4) == 0)
            {
                await database.DeleteItemAsync(new DeleteItemRequest(Table, ItemKey.Of(id)), CancellationToken.None);
            }
            else
            {
                string color = random.Next(3) == 0 ? "red" : "green";
                await database.PutItemAsync(Table, ItemOf(id, color, random.Next(100)), CancellationToken.None);
            }
        }
    }

    private static async ValueTask RequireProjectionAsync(KeystoneDatabase database)
    {
        HashSet<Item> items = [.. (await database.ScanPageAsync(new ScanRequest(Table), Token)).Items.Select(item => item.ToItem())];
        Item[] entries =
        [
            .. (await database.ScanPageAsync(new ScanRequest(Table) { IndexName = Color.Name }, Token)).Items.Select(item => item.ToItem()),
        ];
        Assert.NotEmpty(items);
        Assert.Equal(items.Count, entries.Length);
        Assert.True(items.SetEquals(entries), "the index is not the projection of its table");
    }

    private static QueryRequest QueryOf(string color) => new(Table, color) { IndexName = Color.Name };

    private static Item ItemOf(int id, string color, int n) => Item.Of(("id", id), ("color", color), ("n", n));

    private static ValueTask<UpdateTableResult> AddAsync(KeystoneDatabase database)
        => database.UpdateTableAsync(new UpdateTableRequest(Table) { CreateIndex = Color }, Token);

    private static async ValueTask<TableDescription> DescribeAsync(KeystoneDatabase database)
        => (await database.DescribeTableAsync(new DescribeTableRequest(Table), Token)).Table;

    private static async ValueTask<TableDescription> ActiveAsync(KeystoneDatabase database)
    {
        while (true)
        {
            TableDescription table = await DescribeAsync(database);
            if (table.Indexes.All(index => index.Status == IndexStatus.Active))
            {
                return table;
            }

            await Task.Yield();
        }
    }

    private async ValueTask<KeystoneDatabase> FilledAsync(KeystoneDatabaseOptions options)
    {
        KeystoneDatabase database = KeystoneDatabase.Create(_fixture.Path, options);
        await database.CreateTableAsync(Table, new KeySchema("id", KeyType.Number), cancellationToken: Token);
        for (int id = 0; id < Items; id++)
        {
            await database.PutItemAsync(Table, ItemOf(id, id % 3 == 0 ? "red" : "blue", id), Token);
        }

        return database;
    }

    private KeystoneDatabase Reopen(KeystoneDatabaseOptions options) => KeystoneDatabase.Open(_fixture.Path, options);
}
