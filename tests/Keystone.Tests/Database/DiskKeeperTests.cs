using System.Collections.Concurrent;
using Keystone.Database;
using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>
/// Whatever happens while a disk is opened anew, its keeper goes on or says that it has ended, and somebody can close it.
/// </summary>
public sealed class DiskKeeperTests : IDisposable
{
    private const string Table = "things";

    private readonly DatabaseFixture _fixture = new();
    private readonly FaultScript _script = new(seed: 1);
    private readonly ConcurrentQueue<DatabaseEventKind> _events = [];
    private readonly ManualResetEventSlim _jobIsDead = new();

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _fixture.Dispose();
        _jobIsDead.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_defect_met_while_opening_anew_counts_as_an_attempt_and_the_next_one_heals()
    {
        await using KeystoneDatabase database = await CreateAsync(Options(reopensMax: 3), TestContext.Current.CancellationToken);
        _script.Add(new Fault(FaultKind.Defect, FileCall.Open) { Path = "*IDENTITY" });
        await FailAsync(database);
        await PutUntilAsync(database, refusal => refusal is null);
        Assert.Equal(2UL, database.Disk.Incarnation);
        Assert.Equal(2, _events.Count(kind => kind == DatabaseEventKind.Reopening));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_database_that_was_given_up_closed_says_so_and_asks_nobody_to_try_again()
    {
        await using KeystoneDatabase database = await CreateAsync(Options(reopensMax: 1), TestContext.Current.CancellationToken);
        _script.Add(new Fault(FaultKind.Io, FileCall.Create) { Path = "*IDENTITY.tmp", TimesMax = 100 });
        await FailAsync(database);
        await PutUntilAsync(database, refusal => refusal?.Code == KeystoneErrorCode.Closed);
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(async () => await PutAsync(database));
        Assert.Contains("IDENTITY.tmp", refused.Message, StringComparison.Ordinal);
        Assert.Contains(DatabaseEventKind.GivenUp, _events);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_database_that_fails_right_after_its_opening_belongs_to_who_opened_it()
    {
        await (await CreateAsync(Options(reopensMax: 0), TestContext.Current.CancellationToken)).DisposeAsync();
        _script.Add(new Fault(FaultKind.Defect, FileCall.FileExists) { Path = "*BALLAST*" });
        await using (KeystoneDatabase database = await KeystoneDatabase.OpenAsync(_fixture.Path, WithADeadJob(reopensMax: 1)))
        {
            await PutUntilAsync(database, refusal => refusal is null);
            Assert.Equal(3UL, database.Disk.Incarnation);
        }

        await using KeystoneDatabase again = _fixture.Open();
        Assert.NotNull(await again.GetItemAsync(Table, "a", cancellationToken: Ended));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_opening_that_fails_beside_a_dead_job_tells_its_own_failure()
    {
        await (await CreateAsync(Options(reopensMax: 0), TestContext.Current.CancellationToken)).DisposeAsync();
        _script.Add(new Fault(FaultKind.Defect, FileCall.FileExists) { Path = "*BALLAST*" });
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            async () => await DatabaseDisk.CreateAsync(_fixture.Path, WithADeadJob(reopensMax: 0)));
        Assert.Equal(KeystoneErrorCode.ResourceInUse, refused.Code);
        Assert.Contains(DatabaseEventKind.JobFailed, _events);
        await using KeystoneDatabase again = _fixture.Open();
    }

    private async Task<KeystoneDatabase> CreateAsync(KeystoneDatabaseOptions options, CancellationToken ended)
    {
        KeystoneDatabase database = await KeystoneDatabase.CreateAsync(_fixture.Path, options);
        await database.CreateTableAsync(Table, new KeySchema("id"), ended);
        return database;
    }

    /// <summary>Lets a write to the log fail, and writes until the store has heard of it.</summary>
    private async Task FailAsync(KeystoneDatabase database)
    {
        _script.Add(new Fault(FaultKind.Io, FileCall.Write) { Path = "*.log" });
        await PutUntilAsync(database, _ => _events.Contains(DatabaseEventKind.Poisoned));
    }

    /// <summary>Writes again and again until an answer is the one that is waited for: null stands for success.</summary>
    private static async Task PutUntilAsync(KeystoneDatabase database, Func<KeystoneException?, bool> isIt)
    {
        KeystoneException? refusal;
        do
        {
            Ended.ThrowIfCancellationRequested();
            refusal = null;
            try
            {
                await PutAsync(database);
            }
            catch (KeystoneException failure)
            {
                refusal = failure;
                await Task.Yield();
            }
        }
        while (!isIt(refusal));
    }

    private static async Task PutAsync(KeystoneDatabase database)
        => await database.PutItemAsync(Table, Item.Of(("id", "a")), Ended);

    private KeystoneDatabaseOptions Options(int reopensMax) => DatabaseFixture.Small with
    {
        Durability = DatabaseDurability.Synced,
        ReopensPerHourMax = reopensMax,
        OnEvent = happened => _events.Enqueue(happened.Kind),
        Store = On,
    };

    /// <summary>The engine is open only after one of its jobs, which writes do not need, has died.</summary>
    private KeystoneDatabaseOptions WithADeadJob(int reopensMax)
        => Options(reopensMax) with { Store = store => On(store) with { OnEvent = happened => Hear(store, happened) } };

    private void Hear(StoreOptions store, StoreEvent happened)
    {
        store.OnEvent(happened);
        if (happened.Kind == StoreEventKind.JobFailed)
        {
            _jobIsDead.Set();
        }
        else if (happened.Kind == StoreEventKind.Opened)
        {
            _jobIsDead.Wait(Ended);
        }
    }

    private StoreOptions On(StoreOptions store)
        => store with { HugePages = false, FileSystem = new FaultyFileSystem(PosixFileSystem.Instance, _script) };
}
