using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class LimitTests : IDisposable
{
    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task The_longest_keys_and_the_largest_item_are_kept_and_one_byte_more_is_refused()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        Item item = Item.Of(("p", new string('p', 2048)), ("s", new string('s', 1024)), ("x", ""));
        item = item.With("x", new string('x', (400 * 1024) - (int)ItemSize.Of(item)));
        await database.PutItemAsync("things", item, Cancel);
        Assert.Equal(item, await database.GetItemAsync("things", item["p"], item["s"], Cancel));
        await RefusedAsync("2048", () => database.PutItemAsync("things", item.With("p", new string('p', 2049)), Cancel).AsTask());
        await RefusedAsync("1024", () => database.PutItemAsync("things", item.With("s", new string('s', 1025)), Cancel).AsTask());
        await RefusedAsync("409600", () => database.PutItemAsync("things", item.With("x", item["x"].AsString() + "x"), Cancel).AsTask());
        await RefusedAsync("2048", () => database.GetItemAsync("things", new string('p', 2049), "s", Cancel).AsTask());
        await RefusedAsync("1024", () => database.DeleteItemAsync("things", "p", new string('s', 1025), Cancel).AsTask());
    }

    [Fact]
    public async Task Keys_that_do_not_fit_the_schema_are_refused()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        await RefusedAsync("p", () => database.PutItemAsync("things", Item.Of(("s", "a")), Cancel).AsTask());
        await RefusedAsync("s", () => database.PutItemAsync("things", Item.Of(("p", "a")), Cancel).AsTask());
        await RefusedAsync("p", () => database.PutItemAsync("things", Item.Of(("p", 1), ("s", "a")), Cancel).AsTask());
        await RefusedAsync("empty", () => database.PutItemAsync("things", Item.Of(("p", ""), ("s", "a")), Cancel).AsTask());
        await RefusedAsync("schema", () => database.GetItemAsync("things", "a", cancellationToken: Cancel).AsTask());
        await RefusedAsync("schema", () => database.GetItemAsync("things", "a", 1, Cancel).AsTask());
        await RefusedAsync("schema", () => database.QueryPageAsync(new QueryRequest("things", 1), Cancel).AsTask());
        await RefusedAsync(
            "type",
            () => database.QueryPageAsync(new QueryRequest("things", "a") { SortKey = SortKeyCondition.EqualTo(1) }, Cancel).AsTask());
        await RefusedAsync("no item", () => database.PutItemAsync(new PutItemRequest("things", default), Cancel).AsTask());
    }

    [Fact]
    public async Task A_page_starts_only_behind_a_key_that_it_could_have_ended_with()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        QueryRequest query = new("things", "a") { SortKey = SortKeyCondition.LessThan("m") };
        await RefusedAsync("boundaries", () => Behind(ItemKey.Of("b", "a")));
        await RefusedAsync("boundaries", () => Behind(ItemKey.Of("a", "m")));
        await RefusedAsync("schema", () => Behind(ItemKey.Of("a")));
        ItemKey start = ItemKey.Of("a", "a");
        int takers = 0;
        for (int segment = 0; segment < 4; segment++)
        {
            takers += await TakesAsync(segment) ? 1 : 0;
        }

        Assert.Equal(1, takers);

        Task Behind(ItemKey key) => database.QueryPageAsync(query with { ExclusiveStartKey = key }, Cancel).AsTask();

        async Task<bool> TakesAsync(int segment)
        {
            ScanRequest scan = new("things") { Segment = segment, TotalSegments = 4, ExclusiveStartKey = start };
            try
            {
                await database.ScanPageAsync(scan, Cancel);
                return true;
            }
            catch (KeystoneException failure) when (failure.Code == KeystoneErrorCode.ValidationFailed)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_page_has_at_most_its_bytes_unless_one_item_alone_has_more()
    {
        KeystoneDatabaseOptions options = DatabaseFixture.Small with { Limits = new() { PageBytesMax = 10_000 } };
        await using KeystoneDatabase database = await KeystoneDatabase.CreateAsync(_fixture.Path, options);
        await database.CreateTableAsync("things", new KeySchema("p").WithSort("s", KeyType.Number), Cancel);
        int[] sizes = [4000, 4000, 4000, 25_000, 10, 10, 4000, 12_000, 12_000];
        for (int i = 0; i < sizes.Length; i++)
        {
            await database.PutItemAsync("things", Item.Of(("p", "a"), ("s", i), ("x", new string('x', sizes[i]))), Cancel);
            await database.PutItemAsync("things", Item.Of(("p", $"other {i}"), ("s", i), ("x", new string('x', sizes[i]))), Cancel);
        }

        List<int> counts = [];
        QueryRequest? query = new("things", "a");
        while (query is not null)
        {
            QueryResult page = await database.QueryPageAsync(query, Cancel);
            counts.Add(page.Items.Count);
            query = page.LastEvaluatedKey is { } last ? query with { ExclusiveStartKey = last } : null;
        }

        Assert.Equal([2, 1, 1, 3, 1, 1], counts);
        int scanned = 0;
        ScanRequest? scan = new("things");
        while (scan is not null)
        {
            ScanResult page = await database.ScanPageAsync(scan, Cancel);
            scanned += page.Items.Count;
            Assert.True(page.Items.Bytes.Length <= 10_000 || page.Items.Count == 1);
            scan = page.LastEvaluatedKey is { } last ? scan with { ExclusiveStartKey = last } : null;
        }

        Assert.Equal(2 * sizes.Length, scanned);
    }

    private static async Task RefusedAsync(string word, Func<Task> call)
    {
        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(call);
        Assert.Equal(KeystoneErrorCode.ValidationFailed, failure.Code);
        Assert.Contains(word, failure.Message);
    }

    private async Task<KeystoneDatabase> WithTableAsync()
    {
        KeystoneDatabase database = _fixture.Create();
        await database.CreateTableAsync("things", new KeySchema("p").WithSort("s"), Cancel);
        return database;
    }
}
