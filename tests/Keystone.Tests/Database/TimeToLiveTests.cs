using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Model.Streams;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class TimeToLiveTests : IDisposable
{
    private const string Table = "sessions";

    private readonly DatabaseFixture _fixture = new();
    private readonly TestClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private long Now => _clock.Now.ToUnixTimeSeconds();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task An_item_goes_when_its_time_has_come_with_its_entries_and_is_in_the_stream_as_removed_by_the_service()
    {
        await using KeystoneDatabase database = await MadeAsync();
        await EnableAsync(database);
        for (int id = 0; id < 100; id++)
        {
            await database.PutItemAsync(Table, ItemOf(id, Now + 60 + (id % 2 * 60)), Token);
        }

        await database.PutItemAsync(Table, Item.Of(("id", 200), ("color", "red")), Token);
        await database.PutItemAsync(Table, Item.Of(("id", 201), ("until", "soon"), ("color", "red")), Token);
        _clock.Now += TimeSpan.FromSeconds(90);

        // What has expired is there until it is swept.
        Assert.Equal(102, await CountAsync(database));
        await database.Disk.SweepAsync();
        Assert.Equal(52, await CountAsync(database));
        Assert.Equal(52, await CountAsync(database, "color"));
        ChangeRecord[] removals = [.. (await ChangesAsync(database)).Where(change => change.Kind == ChangeKind.Remove)];
        Assert.Equal(50, removals.Length);
        Assert.All(removals, change => Assert.True(change.IsByService));
        Assert.All(removals, change => Assert.Equal(0, (int)change.OldImage!.Value.ToItem()["id"].AsNumber() % 2));
        Assert.DoesNotContain(await ChangesAsync(database), change => change.Kind != ChangeKind.Remove && change.IsByService);
    }

    [Fact]
    public async Task A_database_that_hides_expired_items_shows_none_in_any_read_and_writes_meet_them_until_they_are_swept()
    {
        await using KeystoneDatabase database = await MadeAsync(hideExpired: true);
        for (int id = 0; id < 20; id++)
        {
            await database.PutItemAsync(Table, ItemOf(id, Now + 60 + (id % 2 * 60)), Token);
        }

        await database.PutItemAsync(Table, ItemOf(30, Now - (6L * 366 * 24 * 3600)), Token);
        await EnableAsync(database);
        Assert.Equal(21, await CountAsync(database));
        _clock.Now += TimeSpan.FromSeconds(61);

        Assert.Null(await database.GetItemAsync(Table, 4, cancellationToken: Token));
        Assert.NotNull(await database.GetItemAsync(Table, 5, cancellationToken: Token));
        Assert.NotNull(await database.GetItemAsync(Table, 30, cancellationToken: Token));
        Assert.Equal(11, await CountAsync(database));
        Assert.Equal(11, await CountAsync(database, "color"));
        ScanResult scan = await database.ScanPageAsync(new ScanRequest(Table) { Select = ReadSelect.Count }, Token);
        Assert.Equal((11, 21), (scan.Count, scan.ScannedCount));
        BatchGetItemsResult batch = await database.BatchGetItemsAsync(
            new BatchGetItemsRequest([new BatchGetKey(Table, ItemKey.Of(4)), new BatchGetKey(Table, ItemKey.Of(5))]), Token);
        Assert.Single(batch.Items, item => item is not null);
        TransactGetItemsResult transaction = await database.TransactGetItemsAsync(
            new TransactGetItemsRequest([new TransactGet(Table, ItemKey.Of(4)), new TransactGet(Table, ItemKey.Of(5))]), Token);
        Assert.Equal([false, true], transaction.Items.Select(item => item is not null));

        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(async () => await database.PutItemAsync(
            new PutItemRequest(Table, ItemOf(4, Now + 60)) { ConditionExpression = "attribute_not_exists(id)" }, Token));
        Assert.Equal(KeystoneErrorCode.ConditionalCheckFailed, refused.Code);
        await database.PutItemAsync(Table, ItemOf(4, Now + 60), Token);
        Assert.NotNull(await database.GetItemAsync(Table, 4, cancellationToken: Token));
        await database.Disk.SweepAsync();
        scan = await database.ScanPageAsync(new ScanRequest(Table) { Select = ReadSelect.Count }, Token);
        Assert.Equal((12, 12), (scan.Count, scan.ScannedCount));
    }

    [Fact]
    public async Task Items_from_before_expire_too_and_none_whose_time_was_put_off()
    {
        await using KeystoneDatabase database = await MadeAsync();
        for (int id = 0; id < 300; id++)
        {
            await database.PutItemAsync(Table, ItemOf(id, Now + 60), Token);
        }

        await EnableAsync(database);
        for (int id = 0; id < 300; id += 3)
        {
            await database.UpdateItemAsync(
                new UpdateItemRequest(Table, ItemKey.Of(id))
                {
                    UpdateExpression = "SET #u = #u + :more",
                    ExpressionAttributeNames = new Dictionary<string, string> { ["#u"] = "until" },
                    ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":more"] = 1000 },
                },
                Token);
        }

        _clock.Now += TimeSpan.FromSeconds(61);
        await database.Disk.SweepAsync();
        Assert.Equal(100, await CountAsync(database));
        Assert.Equal(100, DatabaseFixture.CountKeys(database, (await DescribeAsync(database)).TimeToLive!.Id));
    }

    [Fact]
    public async Task An_item_whose_time_is_put_off_while_it_is_swept_stays()
    {
        const int Items = 2000;
        await using KeystoneDatabase database = await MadeAsync();
        await EnableAsync(database);
        for (int id = 0; id < Items; id++)
        {
            await database.PutItemAsync(Table, ItemOf(id, Now - 1), Token);
        }

        _clock.Now += TimeSpan.FromSeconds(10);
        Task<List<int>> putOff = Task.Run(() => PutOffAsync(database, Items));
        while (!putOff.IsCompleted)
        {
            await database.Disk.SweepAsync();
        }

        List<int> kept = await putOff;
        await database.Disk.SweepAsync();
        Assert.Equal(kept.Count, await CountAsync(database));
        foreach (int id in kept)
        {
            Assert.NotNull((await database.GetItemAsync(new GetItemRequest(Table, ItemKey.Of(id)), Token)).Item);
        }
    }

    [Fact]
    public async Task Times_that_are_no_times_or_five_years_ago_remove_nothing()
    {
        await using KeystoneDatabase database = await MadeAsync();
        await EnableAsync(database);
        AttributeValue[] times =
        [
            0, -5, AttributeValue.Number(KeystoneNumber.Parse("1e40")), _clock.Now.AddYears(-5).AddDays(-1).ToUnixTimeSeconds(), "1", true,
        ];
        for (int i = 0; i < times.Length; i++)
        {
            await database.PutItemAsync(Table, Item.Of(("id", i), ("until", times[i])), Token);
        }

        AttributeValue half = AttributeValue.Number(KeystoneNumber.Parse($"{Now - 1}.5"));
        await database.PutItemAsync(Table, Item.Of(("id", 100), ("until", half)), Token);
        await database.Disk.SweepAsync();
        Assert.Equal(times.Length, await CountAsync(database));
    }

    [Fact]
    public async Task Expiry_is_enabled_once_and_leaves_nothing_when_it_is_disabled()
    {
        await using KeystoneDatabase database = await MadeAsync();
        await EnableAsync(database);
        uint id = (await DescribeAsync(database)).TimeToLive!.Id;
        await database.PutItemAsync(Table, ItemOf(1, Now + 60), Token);
        Assert.Equal(1, DatabaseFixture.CountKeys(database, id));
        await RefusedAsync(database, new UpdateTableRequest(Table) { EnableTimeToLive = "until" }, "TimeToLive is already enabled");
        await RefusedAsync(
            database,
            new UpdateTableRequest(Table) { EnableTimeToLive = "other" },
            "TimeToLive is active on a different AttributeName: current AttributeName is until");
        await database.UpdateTableAsync(new UpdateTableRequest(Table) { DisableTimeToLive = "until" }, Token);
        Assert.Null((await DescribeAsync(database)).TimeToLive);
        Assert.Equal(0, DatabaseFixture.CountKeys(database, id));
        await RefusedAsync(database, new UpdateTableRequest(Table) { DisableTimeToLive = "until" }, "TimeToLive is already disabled");
        _clock.Now += TimeSpan.FromHours(1);
        await database.Disk.SweepAsync();
        Assert.Equal(1, await CountAsync(database));
    }

    [Fact]
    public async Task Sweeps_come_by_themselves_and_after_an_opening_too()
    {
        KeystoneDatabase database = await MadeAsync();
        await EnableAsync(database);
        await database.PutItemAsync(Table, ItemOf(1, Now + 60), Token);
        await database.DisposeAsync();
        _clock.Now += TimeSpan.FromMinutes(2);
        database = KeystoneDatabase.Open(
            _fixture.Path, DatabaseFixture.Small with { Time = _clock, SweepInterval = TimeSpan.FromMilliseconds(1) });
        while (await CountAsync(database) > 0)
        {
            await Task.Yield();
        }

        await database.DisposeAsync();
    }

    private static async Task RefusedAsync(KeystoneDatabase database, UpdateTableRequest request, string message)
    {
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            async () => await database.UpdateTableAsync(request, Token));
        Assert.Equal(message, refused.Message);
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refused.Code);
    }

    private static Item ItemOf(int id, long until) => Item.Of(("id", id), ("until", until), ("color", "red"));

    /// <summary>
    /// Puts off the time of every item that is still there, in the order in which they expired, and tells which those were.
    /// </summary>
    private async Task<List<int>> PutOffAsync(KeystoneDatabase database, int items)
    {
        List<int> kept = [];
        for (int id = 0; id < items; id++)
        {
            try
            {
                await database.PutItemAsync(
                    new PutItemRequest(Table, ItemOf(id, Now + 10_000).Encode()) { ConditionExpression = "attribute_exists(id)" }, Token);
                kept.Add(id);
            }
            catch (KeystoneException gone) when (gone.Code == KeystoneErrorCode.ConditionalCheckFailed)
            {
                Assert.DoesNotContain(id, kept);
            }
        }

        return kept;
    }

    private static async ValueTask<int> CountAsync(KeystoneDatabase database, string? index = null)
        => (await database.ScanPageAsync(new ScanRequest(Table) { IndexName = index }, Token)).Items.Count;

    private static async ValueTask<TableDescription> DescribeAsync(KeystoneDatabase database)
        => (await database.DescribeTableAsync(new DescribeTableRequest(Table), Token)).Table;

    private static async ValueTask EnableAsync(KeystoneDatabase database)
    {
        await database.UpdateTableAsync(new UpdateTableRequest(Table) { EnableTimeToLive = "until" }, Token);
        while ((await DescribeAsync(database)).TimeToLive!.Status != TimeToLiveStatus.Enabled)
        {
            await Task.Yield();
        }
    }

    private static async ValueTask<List<ChangeRecord>> ChangesAsync(KeystoneDatabase database)
    {
        StreamArn arn = (await database.ListStreamsAsync(Table, Token))[^1];
        List<ChangeRecord> changes = [];
        foreach (StreamShard shard in (await database.DescribeStreamAsync(arn, Token)).Shards)
        {
            GetShardIteratorRequest start = new(arn.ToString(), shard.Id, ShardIteratorKind.TrimHorizon);
            string iterator = (await database.GetShardIteratorAsync(start, Token)).ShardIterator;
            changes.AddRange((await database.GetRecordsAsync(new GetRecordsRequest(iterator), Token)).Records);
        }

        return changes;
    }

    private async ValueTask<KeystoneDatabase> MadeAsync(bool hideExpired = false)
    {
        KeystoneDatabaseOptions options = DatabaseFixture.Small with { Time = _clock, HideExpired = hideExpired };
        KeystoneDatabase database = KeystoneDatabase.Create(_fixture.Path, options);
        TableDefinition definition = new(Table, new KeySchema("id", KeyType.Number))
        {
            Stream = StreamViewType.NewAndOldImages,
            Indexes = [IndexDefinition.Global("color", new KeyAttribute("color", KeyType.String))],
        };
        await database.CreateTableAsync(new CreateTableRequest(definition), Token);
        return database;
    }
}
