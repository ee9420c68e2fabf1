using System.Buffers.Binary;
using System.IO.Hashing;
using Keystone.Database;
using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Storage;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class OpeningTests : IDisposable
{
    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Identity => Path.Combine(_fixture.Path, "IDENTITY");

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_path_without_a_database_is_refused_and_left_as_it_is()
    {
        Assert.Equal(KeystoneErrorCode.NotADatabase, Fails(() => _fixture.Open()).Code);
        Assert.False(Directory.Exists(_fixture.Path));
        Directory.CreateDirectory(_fixture.Path);
        File.WriteAllText(Path.Combine(_fixture.Path, "letter.txt"), "dear ann");
        Assert.Equal(KeystoneErrorCode.NotADatabase, Fails(() => _fixture.Open()).Code);
        KeystoneException failure = Fails(() => _fixture.Create());
        Assert.Equal(KeystoneErrorCode.NotADatabase, failure.Code);
        Assert.Contains("letter.txt", failure.Message);
        Assert.Equal(KeystoneErrorCode.NotADatabase, Fails(() => KeystoneDatabase.OpenOrCreate(_fixture.Path, DatabaseFixture.Small)).Code);
        Assert.Equal(["letter.txt"], Directory.GetFiles(_fixture.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Opening_tells_what_was_replayed_and_how_long_it_took()
    {
        List<DatabaseEvent> heard = [];
        KeystoneDatabaseOptions options = DatabaseFixture.Small with { OnEvent = heard.Add };
        await using (KeystoneDatabase.Create(_fixture.Path, options))
        {
            Assert.Equal(DatabaseEventKind.Opened, Assert.Single(heard).Kind);
        }

        await using KeystoneDatabase again = KeystoneDatabase.Open(_fixture.Path, options);
        Assert.Matches(@"operations replayed from the log, incarnation 2\. Opening took \d+\.\d{3} s\.$", heard[^1].Message);
    }

    [Fact]
    public async Task A_database_is_open_once_at_a_time()
    {
        await using (_fixture.Create())
        {
            Assert.Equal(KeystoneErrorCode.DatabaseLocked, Fails(() => _fixture.Open()).Code);
            Assert.Equal(KeystoneErrorCode.DatabaseLocked, Fails(() => _fixture.Create()).Code);
        }

        await using KeystoneDatabase again = _fixture.Open();
        Assert.Equal(2UL, again.Disk.Incarnation);
    }

    [Fact]
    public async Task A_database_is_not_made_over_another_one()
    {
        await using (KeystoneDatabase database = _fixture.Create())
        {
            await database.CreateTableAsync("things", new KeySchema("id"), Cancel);
        }

        Assert.Equal(KeystoneErrorCode.ResourceInUse, Fails(() => _fixture.Create()).Code);
        await using KeystoneDatabase again = KeystoneDatabase.OpenOrCreate(_fixture.Path, DatabaseFixture.Small);
        Assert.Equal(2, again.Statistics().Tables);
    }

    [Fact]
    public async Task A_newer_database_is_refused_and_left_as_it_is()
    {
        await _fixture.Create().DisposeAsync();
        byte[] identity = File.ReadAllBytes(Identity);
        BinaryPrimitives.WriteUInt32LittleEndian(identity.AsSpan(4), 1000);
        BinaryPrimitives.WriteUInt64LittleEndian(identity.AsSpan(40), XxHash3.HashToUInt64(identity.AsSpan(0, 40)));
        File.WriteAllBytes(Identity, identity);
        Unchanged(() => Assert.Equal(KeystoneErrorCode.NewerFormat, Fails(() => _fixture.Open()).Code));
    }

    [Fact]
    public async Task A_damaged_file_is_named_and_left_as_it_is()
    {
        await _fixture.Create().DisposeAsync();
        byte[] identity = File.ReadAllBytes(Identity);
        identity[10] ^= 1;
        File.WriteAllBytes(Identity, identity);
        Unchanged(() =>
        {
            KeystoneException failure = Fails(() => _fixture.Open());
            Assert.Equal(KeystoneErrorCode.Corrupt, failure.Code);
            Assert.Contains(Identity, failure.Message);
        });
    }

    [Fact]
    public void An_option_that_cannot_work_is_named()
    {
        KeystoneException failure = Fails(() => KeystoneDatabase.Create(_fixture.Path, DatabaseFixture.Small with { StripeCount = 3 }));
        Assert.Equal(KeystoneErrorCode.ValidationFailed, failure.Code);
        Assert.Contains("StripeCount", failure.Message);
    }

    [Fact]
    public async Task Calls_after_the_close_say_so()
    {
        KeystoneDatabase database = _fixture.Create();
        await database.CreateTableAsync("things", new KeySchema("id"), Cancel);
        await database.DisposeAsync();
        await database.DisposeAsync();
        Item item = Item.Of(("id", "a"));
        PutItemRequest conditional = new("things", item) { Condition = WriteCondition.ItemAbsent };
        Func<Task>[] calls =
        [
            () => database.PutItemAsync("things", item, Cancel).AsTask(),
            () => database.PutItemAsync(conditional, Cancel).AsTask(),
            () => database.GetItemAsync("things", "a", cancellationToken: Cancel).AsTask(),
            () => database.DeleteItemAsync("things", "a", cancellationToken: Cancel).AsTask(),
            () => database.QueryPageAsync(new QueryRequest("things", "a"), Cancel).AsTask(),
            () => database.ScanPageAsync(new ScanRequest("things"), Cancel).AsTask(),
            () => database.CreateTableAsync("more", new KeySchema("id"), Cancel).AsTask(),
            () => database.DeleteTableAsync(new DeleteTableRequest("things"), Cancel).AsTask(),
            () => database.DescribeTableAsync(new DescribeTableRequest("things"), Cancel).AsTask(),
            () => database.ListTablesAsync(new ListTablesRequest(), Cancel).AsTask(),
            () => database.GetLayoutAsync(Cancel).AsTask(),
            () => database.GetStripeStatisticsAsync(0, Cancel).AsTask(),
            () => database.VerifyStripeAsync(0, cancellationToken: Cancel).AsTask(),
            () => database.TryCompactStripeAsync(0, Cancel).AsTask(),
        ];
        foreach (Func<Task> call in calls)
        {
            Assert.Equal(KeystoneErrorCode.Closed, (await Assert.ThrowsAsync<KeystoneException>(call)).Code);
        }
    }

    [Fact]
    public async Task A_close_waits_for_the_calls_under_way()
    {
        KeystoneDatabase database = _fixture.Create();
        await database.CreateTableAsync("things", new KeySchema("id", KeyType.Number), Cancel);
        for (int id = 0; id < 2000; id++)
        {
            await database.PutItemAsync("things", Item.Of(("id", id), ("x", new string('x', 500))), Cancel);
        }

        await database.FlushAsync();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task[] readers =
            [.. Enumerable.Range(0, 4).Select(reader => Task.Run(() => ReadUntilClosedAsync(database, reader, begun), Cancel))];
        await begun.Task;
        await database.DisposeAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        await using KeystoneDatabase database = _fixture.Create();
        await database.CreateTableAsync("things", new KeySchema("id"), Cancel);
        CancellationToken cancelled = new(true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => database.PutItemAsync("things", Item.Of(("id", "a")), cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => database.ScanPageAsync(new ScanRequest("things"), cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => database.CreateTableAsync("more", new KeySchema("id"), cancelled).AsTask());
        Assert.Null(await database.GetItemAsync("things", "a", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_disk_that_serves_nothing_at_opening_serves_what_is_taken()
    {
        KeystoneDatabaseOptions options = DatabaseFixture.Small with { ServesAtOpen = false, OwnedStripes = [0, 1, 2, 3] };
        await using DatabaseDisk disk = await DatabaseDisk.CreateAsync(_fixture.Path, options);
        Assert.Equal([0, 1, 2, 3], disk.OwnedStripes().Select(standing => standing.Stripe));
        Assert.All(disk.OwnedStripes(), standing => Assert.False(standing.IsServing));
        (ItemKey key, int stripe) = Enumerable.Range(0, 256)
            .Select(i => ItemKey.Of(new[] { (byte)i }))
            .Select(key => (key, StripeHash.StripeOf(StripeHash.Of(256, key.PartitionBytes.Span), disk.StripeCount)))
            .First(place => place.Item2 == 2);
        StripeGet get = new(new StripeTarget(stripe, 256, 1), key);
        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(() => disk.GetAsync(get, Cancel).AsTask());
        Assert.Equal((KeystoneErrorCode.StripeUnavailable, stripe), (failure.Code, failure.Stripe!.Value));
        Assert.False(disk.TryServe(stripe, 2));
        Assert.False(disk.TryServe(7, 1));
        Assert.True(disk.TryServe(stripe, 1));
        Assert.Null((await disk.GetAsync(get, Cancel)).Item);
        StripeGet newer = get with { Target = get.Target with { Epoch = 2 } };
        await Assert.ThrowsAsync<KeystoneException>(() => disk.GetAsync(newer, Cancel).AsTask());
        await disk.SealAsync(stripe);
        Assert.False(disk.StandingOf(stripe).IsServing);
    }

    [Fact]
    public void Every_failure_of_the_engine_has_its_code()
    {
        Dictionary<StoreErrorCode, KeystoneErrorCode> codes = new()
        {
            [StoreErrorCode.Io] = KeystoneErrorCode.Io,
            [StoreErrorCode.DiskFull] = KeystoneErrorCode.DiskFull,
            [StoreErrorCode.TooManyOpenFiles] = KeystoneErrorCode.Io,
            [StoreErrorCode.Corrupt] = KeystoneErrorCode.Corrupt,
            [StoreErrorCode.Closed] = KeystoneErrorCode.Closed,
            [StoreErrorCode.Poisoned] = KeystoneErrorCode.Poisoned,
            [StoreErrorCode.Locked] = KeystoneErrorCode.DatabaseLocked,
            [StoreErrorCode.NotFound] = KeystoneErrorCode.Corrupt,
            [StoreErrorCode.AlreadyExists] = KeystoneErrorCode.ResourceInUse,
            [StoreErrorCode.NewerFormat] = KeystoneErrorCode.NewerFormat,
            [StoreErrorCode.LimitExceeded] = KeystoneErrorCode.ValidationFailed,
            [StoreErrorCode.NotServing] = KeystoneErrorCode.StripeUnavailable,
            [StoreErrorCode.JobFailed] = KeystoneErrorCode.Internal,
            [StoreErrorCode.KeyMissing] = KeystoneErrorCode.AccessDenied,
            [StoreErrorCode.KeyWrong] = KeystoneErrorCode.AccessDenied,
            [StoreErrorCode.NotEncrypted] = KeystoneErrorCode.AccessDenied,
            [StoreErrorCode.KeyRingInvalid] = KeystoneErrorCode.ValidationFailed,
        };
        foreach (StoreErrorCode code in Enum.GetValues<StoreErrorCode>())
        {
            StoreException failure = new(code, $"{code} at /data/000007.sst, offset 4096");
            KeystoneException mapped = StoreErrors.Map(failure);
            Assert.Equal((codes[code], failure.Message), (mapped.Code, mapped.Message));
            Assert.Same(failure, mapped.InnerException);
            KeystoneErrorCode opening = code == StoreErrorCode.NotFound ? KeystoneErrorCode.NotADatabase : codes[code];
            Assert.Equal(opening, StoreErrors.MapOpening("/data", failure).Code);
        }
    }

    private static async Task ReadUntilClosedAsync(KeystoneDatabase database, int reader, TaskCompletionSource begun)
    {
        try
        {
            for (int id = reader; ; id = (id + 7) % 2000)
            {
                Assert.NotNull(await database.GetItemAsync("things", id, cancellationToken: Cancel));
                Assert.Equal(100, (await database.ScanPageAsync(new ScanRequest("things") { Limit = 100 }, Cancel)).Items.Count);
                begun.TrySetResult();
            }
        }
        catch (KeystoneException failure) when (failure.Code == KeystoneErrorCode.Closed)
        {
            // What every reader ends with.
        }
    }

    private static KeystoneException Fails(Func<object> call) => Assert.Throws<KeystoneException>(() => { call(); });

    private void Unchanged(Action call)
    {
        Dictionary<string, string> before = Hashes();
        call();
        Assert.Equal(before, Hashes());
    }

    private Dictionary<string, string> Hashes()
        => Directory.GetFiles(_fixture.Path)
            .ToDictionary(Path.GetFullPath, file => Convert.ToHexString(XxHash3.Hash(File.ReadAllBytes(file))));
}
