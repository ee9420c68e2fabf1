using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Model.Streams;
using Xunit;

namespace Keystone.Tests.Database.Streams;

public sealed class StreamTests : IDisposable
{
    private const string Table = "things";

    private readonly DatabaseFixture _fixture = new();
    private readonly TestClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private KeystoneDatabaseOptions Options => DatabaseFixture.Small with { Time = _clock };

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(StreamViewType.KeysOnly, false, false)]
    [InlineData(StreamViewType.NewImage, false, true)]
    [InlineData(StreamViewType.OldImage, true, false)]
    [InlineData(StreamViewType.NewAndOldImages, true, true)]
    public async Task A_stream_has_of_each_change_what_its_view_says(StreamViewType view, bool hasOld, bool hasNew)
    {
        await using KeystoneDatabase database = await MadeAsync(view);
        await database.PutItemAsync(Table, ItemOf(1, 1), Token);
        await database.PutItemAsync(Table, ItemOf(1, 2), Token);
        await database.DeleteItemAsync(new DeleteItemRequest(Table, ItemKey.Of(1)), Token);
        ChangeRecord[] changes = await ReadAllAsync(database);
        Assert.Equal([ChangeKind.Insert, ChangeKind.Modify, ChangeKind.Remove], changes.Select(change => change.Kind));
        Assert.All(changes, change => Assert.Equal(Item.Of(("id", 1)), change.Key.ToItem()));
        Assert.Equal([null, hasOld ? ItemOf(1, 1) : null, hasOld ? ItemOf(1, 2) : null], changes.Select(Old));
        Assert.Equal([hasNew ? ItemOf(1, 1) : null, hasNew ? ItemOf(1, 2) : null, null], changes.Select(New));
        Assert.All(changes, change => Assert.Equal(_clock.Now, change.Created));
    }

    [Fact]
    public async Task What_changes_nothing_is_no_change()
    {
        await using KeystoneDatabase database = await MadeAsync();
        await database.PutItemAsync(Table, ItemOf(1, 1), Token);
        await database.PutItemAsync(Table, ItemOf(1, 1), Token);
        await database.DeleteItemAsync(new DeleteItemRequest(Table, ItemKey.Of(2)), Token);
        await database.UpdateItemAsync(new UpdateItemRequest(Table, ItemKey.Of(1)), Token);
        await Assert.ThrowsAsync<KeystoneException>(async () => await database.PutItemAsync(
            new PutItemRequest(Table, EncodedItem.Encode(ItemOf(1, 2))) { ConditionExpression = "attribute_not_exists(id)" }, Token));
        Assert.Single(await ReadAllAsync(database));
    }

    [Fact]
    public async Task A_transaction_is_in_the_stream_with_each_of_its_changes()
    {
        await using KeystoneDatabase database = await MadeAsync();
        TransactWrite[] puts = [.. Enumerable.Range(0, 20).Select(id => TransactWrite.Put(Table, EncodedItem.Encode(ItemOf(id, 0))))];
        await database.TransactWriteItemsAsync(new TransactWriteItemsRequest(puts), Token);
        ChangeRecord[] changes = await ReadAllAsync(database);
        Assert.Equal(20, changes.Select(change => change.Key).Distinct().Count());
        Assert.Equal(20, changes.Select(change => change.Number).Distinct().Count());
    }

    [Fact]
    public async Task Readers_at_any_limit_get_each_change_once_and_those_of_an_item_in_order()
    {
        const int Writers = 4;
        const int ChangesEach = 200;
        await using KeystoneDatabase database = await MadeAsync();
        using CancellationTokenSource done = new();
        Task<Dictionary<int, List<int>>>[] readers =
        [
            .. new[] { 1, 7, 1000 }.Select(limit => Task.Run(() => FollowAsync(database, limit, done.Token))),
        ];
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (int n = 0; n < ChangesEach; n++)
            {
                await database.PutItemAsync(Table, ItemOf((writer * 10) + (n % 10), n), Token);
            }
        }));
        await done.CancelAsync();
        foreach (Task<Dictionary<int, List<int>>> reader in readers)
        {
            Dictionary<int, List<int>> seen = await reader;
            Assert.Equal(Writers * 10, seen.Count);
            Assert.All(seen, item => Assert.Equal(Enumerable.Range(0, ChangesEach).Where(n => n % 10 == item.Key % 10), item.Value));
        }
    }

    [Fact]
    public async Task A_reader_goes_on_behind_a_sequence_number_after_the_database_was_opened_again()
    {
        KeystoneDatabase database = await MadeAsync();
        for (int n = 0; n < 50; n++)
        {
            await database.PutItemAsync(Table, ItemOf(n, n), Token);
        }

        (StreamArn arn, IReadOnlyList<StreamShard> shards) = await ShardsAsync(database);
        Dictionary<string, ChangeRecord> last = [];
        foreach (StreamShard shard in shards)
        {
            last[shard.Id] = (await ReadAsync(database, arn, shard, ShardIteratorKind.TrimHorizon, null, limit: 3))[2];
        }

        await database.DisposeAsync();

        // The clock went back meanwhile: numbers go on all the same.
        _clock.Now -= TimeSpan.FromMinutes(5);
        database = KeystoneDatabase.Open(_fixture.Path, Options);
        for (int n = 50; n < 100; n++)
        {
            await database.PutItemAsync(Table, ItemOf(n, n), Token);
        }

        int count = 0;
        foreach (StreamShard shard in shards)
        {
            ChangeRecord[] behind = await ReadAsync(
                database, arn, shard, ShardIteratorKind.AfterSequenceNumber, last[shard.Id].SequenceNumber);
            ChangeRecord[] at = await ReadAsync(database, arn, shard, ShardIteratorKind.AtSequenceNumber, last[shard.Id].SequenceNumber);
            Assert.Equal(last[shard.Id].Number, at[0].Number);
            Assert.Equal(at[1..].Select(change => change.Number), behind.Select(change => change.Number));
            count += behind.Length + 3;
        }

        Assert.Equal(100, count);
        await database.DisposeAsync();
    }

    [Fact]
    public async Task A_reader_who_was_told_that_nothing_came_misses_nothing_after_an_opening_with_a_clock_that_went_back()
    {
        KeystoneDatabase database = await MadeAsync();
        (StreamArn arn, IReadOnlyList<StreamShard> shards) = await ShardsAsync(database);
        List<string> iterators = [];
        foreach (StreamShard shard in shards)
        {
            GetShardIteratorRequest newest = new(arn.ToString(), shard.Id, ShardIteratorKind.Latest);
            iterators.Add((await database.GetShardIteratorAsync(newest, Token)).ShardIterator);
        }

        await database.DisposeAsync();
        _clock.Now -= TimeSpan.FromMinutes(5);
        database = KeystoneDatabase.Open(_fixture.Path, Options);
        await database.PutItemAsync(Table, ItemOf(1, 1), Token);
        int count = 0;
        foreach (string iterator in iterators)
        {
            count += (await database.GetRecordsAsync(new GetRecordsRequest(iterator), Token)).Records.Count;
        }

        Assert.Equal(1, count);
        await database.DisposeAsync();
    }

    [Fact]
    public async Task A_reader_who_begins_with_the_oldest_beside_the_first_write_of_all_is_not_too_late_a_moment_later()
    {
        await using KeystoneDatabase database = await MadeAsync();
        (StreamArn arn, IReadOnlyList<StreamShard> shards) = await ShardsAsync(database);
        List<string> iterators = [];
        using (database.Disk.BeginStreamWrite())
        {
            foreach (StreamShard shard in shards)
            {
                GetShardIteratorRequest oldest = new(arn.ToString(), shard.Id, ShardIteratorKind.TrimHorizon);
                string iterator = (await database.GetShardIteratorAsync(oldest, Token)).ShardIterator;
                iterators.Add((await database.GetRecordsAsync(new GetRecordsRequest(iterator), Token)).NextShardIterator!);
            }
        }

        _clock.Now += TimeSpan.FromSeconds(1);
        await database.PutItemAsync(Table, ItemOf(1, 1), Token);
        int count = 0;
        foreach (string iterator in iterators)
        {
            count += (await database.GetRecordsAsync(new GetRecordsRequest(iterator), Token)).Records.Count;
        }

        Assert.Equal(1, count);
    }

    [Fact]
    public async Task The_newest_iterator_begins_behind_what_there_is()
    {
        await using KeystoneDatabase database = await MadeAsync();
        await database.PutItemAsync(Table, ItemOf(1, 1), Token);
        (StreamArn arn, IReadOnlyList<StreamShard> shards) = await ShardsAsync(database);
        List<string> iterators = [];
        foreach (StreamShard shard in shards)
        {
            GetShardIteratorRequest newest = new(arn.ToString(), shard.Id, ShardIteratorKind.Latest);
            iterators.Add((await database.GetShardIteratorAsync(newest, Token)).ShardIterator);
        }

        await database.PutItemAsync(Table, ItemOf(1, 2), Token);
        List<ChangeRecord> changes = [];
        foreach (string iterator in iterators)
        {
            changes.AddRange((await database.GetRecordsAsync(new GetRecordsRequest(iterator), Token)).Records);
        }

        Assert.Equal(ItemOf(1, 2), New(Assert.Single(changes)));
    }

    [Fact]
    public async Task A_stream_that_is_disabled_is_read_to_its_end_and_goes_a_day_later()
    {
        await using KeystoneDatabase database = await MadeAsync();
        await database.PutItemAsync(Table, ItemOf(1, 1), Token);
        (StreamArn arn, _) = await ShardsAsync(database);
        await database.UpdateTableAsync(new UpdateTableRequest(Table) { DisableStream = true }, Token);
        await database.PutItemAsync(Table, ItemOf(1, 2), Token);
        _clock.Now += TimeSpan.FromHours(1);
        await database.UpdateTableAsync(new UpdateTableRequest(Table) { EnableStream = StreamViewType.KeysOnly }, Token);
        await database.PutItemAsync(Table, ItemOf(1, 3), Token);
        (StreamDescription stream, IReadOnlyList<StreamShard> shards) = await database.DescribeStreamAsync(arn, Token);
        Assert.NotNull(stream.Disabled);
        List<ChangeRecord> old = [];
        foreach (StreamShard shard in shards)
        {
            old.AddRange(await ReadAsync(database, arn, shard, ShardIteratorKind.TrimHorizon, null, toEnd: true));
        }

        Assert.Equal(ItemOf(1, 1), New(Assert.Single(old)));
        Assert.Equal(2, (await database.ListStreamsAsync(Table, Token)).Count);
        _clock.Now += TimeSpan.FromHours(23) + TimeSpan.FromMinutes(1);
        await database.Disk.SweepAsync();
        StreamArn left = Assert.Single(await database.ListStreamsAsync(Table, Token));
        Assert.NotEqual(arn, left);
        Assert.Equal(0, DatabaseFixture.CountKeys(database, stream.Id));
        Assert.Single(await ReadAllAsync(database));
        KeystoneException gone = await Assert.ThrowsAsync<KeystoneException>(async () => await database.DescribeStreamAsync(arn, Token));
        Assert.Equal(KeystoneErrorCode.ResourceNotFound, gone.Code);
    }

    [Fact]
    public async Task Changes_go_after_a_day_and_who_comes_too_late_is_told()
    {
        await using KeystoneDatabase database = await MadeAsync();
        await database.PutItemAsync(Table, ItemOf(1, 1), Token);
        ChangeRecord first = Assert.Single(await ReadAllAsync(database));
        _clock.Now += TimeSpan.FromHours(12);
        await database.PutItemAsync(Table, ItemOf(1, 2), Token);
        _clock.Now += TimeSpan.FromHours(12) + TimeSpan.FromMinutes(1);
        await database.Disk.SweepAsync();
        Assert.Equal(ItemOf(1, 2), New(Assert.Single(await ReadAllAsync(database))));
        (StreamArn arn, IReadOnlyList<StreamShard> shards) = await ShardsAsync(database);
        KeystoneException late = await Assert.ThrowsAsync<KeystoneException>(async () => await ReadAsync(
            database, arn, shards[0], ShardIteratorKind.AfterSequenceNumber, first.SequenceNumber));
        Assert.Equal(KeystoneErrorCode.TrimmedData, late.Code);
        uint id = (await database.DescribeStreamAsync(arn, Token)).Stream.Id;
        Assert.Equal(2, DatabaseFixture.CountKeys(database, id));
        _clock.Now += TimeSpan.FromHours(1);
        await database.Disk.SweepAsync();
        Assert.Equal(1, DatabaseFixture.CountKeys(database, id));
    }

    [Fact]
    public async Task Changes_come_as_an_async_sequence()
    {
        await using KeystoneDatabase database = await MadeAsync();
        await database.PutItemAsync(Table, ItemOf(1, 1), Token);
        await using IAsyncEnumerator<ChangeRecord> changes =
            database.ReadChangesAsync(Table, fromOldest: true, TimeSpan.FromMilliseconds(1), cancellationToken: Token)
                .GetAsyncEnumerator(Token);
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(ItemOf(1, 1), New(changes.Current));
        ValueTask<bool> next = changes.MoveNextAsync();
        await database.PutItemAsync(Table, ItemOf(1, 2), Token);
        Assert.True(await next);
        Assert.Equal(ItemOf(1, 2), New(changes.Current));
        await database.UpdateTableAsync(new UpdateTableRequest(Table) { DisableStream = true }, Token);
        Assert.False(await changes.MoveNextAsync());
    }

    [Fact]
    public async Task Streams_that_cannot_be_are_refused()
    {
        await using KeystoneDatabase database = await MadeAsync();
        (StreamArn arn, IReadOnlyList<StreamShard> shards) = await ShardsAsync(database);
        await RefusedAsync(
            database.UpdateTableAsync(new UpdateTableRequest(Table) { EnableStream = StreamViewType.NewImage }, Token),
            KeystoneErrorCode.ValidationFailed);
        await RefusedAsync(
            database.GetShardIteratorAsync(new GetShardIteratorRequest("arn:none", shards[0].Id, ShardIteratorKind.Latest), Token),
            KeystoneErrorCode.ValidationFailed);
        await RefusedAsync(
            database.GetShardIteratorAsync(new GetShardIteratorRequest(arn.ToString(), "shardId-none", ShardIteratorKind.Latest), Token),
            KeystoneErrorCode.ResourceNotFound);
        await RefusedAsync(
            database.GetShardIteratorAsync(
                new GetShardIteratorRequest(arn.ToString(), shards[0].Id, ShardIteratorKind.AtSequenceNumber), Token),
            KeystoneErrorCode.ValidationFailed);
        await RefusedAsync(database.GetRecordsAsync(new GetRecordsRequest("AAAA"), Token), KeystoneErrorCode.ValidationFailed);
        string good = new ShardIterator(300, 301, 0, 5).ToString();
        string bad = (good[0] == 'A' ? 'B' : 'A') + good[1..];
        Assert.Equal(new ShardIterator(300, 301, 0, 5), ShardIterator.Parse(good));
        Assert.Throws<KeystoneException>(() => ShardIterator.Parse(bad));
        Assert.Throws<KeystoneException>(() => ShardIterator.Parse("no base 64: é"));
        await database.UpdateTableAsync(new UpdateTableRequest(Table) { DisableStream = true }, Token);
        await RefusedAsync(
            database.UpdateTableAsync(new UpdateTableRequest(Table) { DisableStream = true }, Token), KeystoneErrorCode.ValidationFailed);
    }

    [Fact]
    public async Task A_table_that_is_deleted_leaves_nothing_of_its_stream()
    {
        await using KeystoneDatabase database = await MadeAsync();
        await database.PutItemAsync(Table, ItemOf(1, 1), Token);
        await database.DeleteTableAsync(new DeleteTableRequest(Table), Token);
        DatabaseFixture.RequireNoOrphans(database);
    }

    private static Item? Old(ChangeRecord change) => change.OldImage?.ToItem();

    private static Item? New(ChangeRecord change) => change.NewImage?.ToItem();

    private static Item ItemOf(int id, int n) => Item.Of(("id", id), ("n", n));

    private static async Task RefusedAsync<T>(ValueTask<T> call, KeystoneErrorCode code)
        => Assert.Equal(code, (await Assert.ThrowsAsync<KeystoneException>(async () => await call)).Code);

    private static async ValueTask<(StreamArn Arn, IReadOnlyList<StreamShard> Shards)> ShardsAsync(KeystoneDatabase database)
    {
        StreamArn arn = (await database.ListStreamsAsync(Table, Token))[^1];
        return (arn, (await database.DescribeStreamAsync(arn, Token)).Shards);
    }

    private static async ValueTask<ChangeRecord[]> ReadAllAsync(KeystoneDatabase database)
    {
        (StreamArn arn, IReadOnlyList<StreamShard> shards) = await ShardsAsync(database);
        List<ChangeRecord> changes = [];
        foreach (StreamShard shard in shards)
        {
            changes.AddRange(await ReadAsync(database, arn, shard, ShardIteratorKind.TrimHorizon, null));
        }

        return [.. changes];
    }

    /// <summary>One answer, or all of a stream that is disabled.</summary>
    private static async ValueTask<ChangeRecord[]> ReadAsync(
        KeystoneDatabase database,
        StreamArn arn,
        StreamShard shard,
        ShardIteratorKind kind,
        string? number,
        int? limit = null,
        bool toEnd = false)
    {
        GetShardIteratorRequest start = new(arn.ToString(), shard.Id, kind) { SequenceNumber = number };
        string? iterator = (await database.GetShardIteratorAsync(start, Token)).ShardIterator;
        List<ChangeRecord> changes = [];
        do
        {
            GetRecordsResult page = await database.GetRecordsAsync(new GetRecordsRequest(iterator) { Limit = limit }, Token);
            changes.AddRange(page.Records);
            iterator = page.NextShardIterator;
        }
        while (toEnd && iterator is not null);

        return [.. changes];
    }

    /// <summary>What a reader of all shards sees of each item, until it sees nothing new after the writers are done.</summary>
    private static async Task<Dictionary<int, List<int>>> FollowAsync(KeystoneDatabase database, int limit, CancellationToken done)
    {
        (StreamArn arn, IReadOnlyList<StreamShard> shards) = await ShardsAsync(database);
        Dictionary<int, List<int>> seen = [];
        foreach (StreamShard shard in shards)
        {
            GetShardIteratorRequest start = new(arn.ToString(), shard.Id, ShardIteratorKind.TrimHorizon);
            string iterator = (await database.GetShardIteratorAsync(start, Token)).ShardIterator;
            ulong last = 0;
            while (true)
            {
                bool wasDone = done.IsCancellationRequested;
                GetRecordsResult page = await database.GetRecordsAsync(new GetRecordsRequest(iterator) { Limit = limit }, Token);
                foreach (ChangeRecord change in page.Records)
                {
                    Assert.True(change.Number > last, "the shard is out of order");
                    last = change.Number;
                    Item item = New(change)!;
                    int id = (int)item["id"].AsNumber();
                    (seen.TryGetValue(id, out List<int>? values) ? values : seen[id] = []).Add((int)item["n"].AsNumber());
                }

                iterator = page.NextShardIterator!;
                if (wasDone && page.Records.Count == 0)
                {
                    break;
                }
            }
        }

        return seen;
    }

    private async ValueTask<KeystoneDatabase> MadeAsync(StreamViewType view = StreamViewType.NewAndOldImages)
    {
        KeystoneDatabase database = KeystoneDatabase.Create(_fixture.Path, Options);
        TableDefinition definition = new(Table, new KeySchema("id", KeyType.Number)) { Stream = view };
        await database.CreateTableAsync(new CreateTableRequest(definition), Token);
        return database;
    }
}
