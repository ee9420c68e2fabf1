using System.Collections.Concurrent;
using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>
/// A database that is told to opens itself anew after a failure: it heals, loses nothing acknowledged, and knows when to stop.
/// </summary>
public sealed class ReopeningTests : IDisposable
{
    private const int ReopensMax = 3;
    private const string Table = "things";

    private readonly DatabaseFixture _fixture = new();
    private readonly FaultScript _script = new(seed: 1);
    private readonly ConcurrentQueue<DatabaseEventKind> _events = [];
    private readonly ShiftedTime _time = new();
    private int _count;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task A_failed_sync_heals_by_itself_and_loses_nothing_that_was_acknowledged()
    {
        await using KeystoneDatabase database = await CreateAsync(Options(), TestContext.Current.CancellationToken);
        for (int round = 1; round <= ReopensMax; round++)
        {
            await PutAsync(database, 20);
            _script.Add(new Fault(FaultKind.LostSync, FileCall.Sync) { Path = "*.log" });
            await PutAsync(database, 20);
            await RequireAllAsync(database);
            Assert.Equal((ulong)round + 1, database.Disk.Incarnation);
            Assert.Equal(round, _events.Count(kind => kind == DatabaseEventKind.Poisoned));
        }

        Assert.Equal(ReopensMax, _events.Count(kind => kind == DatabaseEventKind.Reopening));
        Assert.DoesNotContain(DatabaseEventKind.GivenUp, _events);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_database_that_fails_too_often_within_an_hour_stays_readable_and_takes_no_writes()
    {
        await using KeystoneDatabase database = await CreateAsync(Options(), TestContext.Current.CancellationToken);
        for (int failure = 1; failure <= ReopensMax; failure++)
        {
            await FailAsync(database);
            await PutAsync(database, 5);
        }

        await FailAsync(database);
        KeystoneException refused;
        do
        {
            refused = await Assert.ThrowsAsync<KeystoneException>(() => PutOnceAsync(database));
        }
        while (refused.Code != KeystoneErrorCode.Poisoned);
        Assert.Contains(DatabaseEventKind.GivenUp, _events);
        Assert.Equal((ulong)ReopensMax + 1, database.Disk.Incarnation);
        await RequireAllAsync(database);
    }

    [Fact(Timeout = 60_000)]
    public async Task Giving_up_is_told_before_the_first_refusal_that_is_final()
    {
        TaskCompletionSource<KeystoneErrorCode> refusedMeanwhile = new(TaskCreationOptions.RunContinuationsAsynchronously);
        KeystoneDatabase? asked = null;
        KeystoneDatabaseOptions options = Options() with { OnEvent = Hear };
        await using KeystoneDatabase database = await CreateAsync(options, TestContext.Current.CancellationToken);
        asked = database;
        for (int failure = 1; failure <= ReopensMax; failure++)
        {
            await FailAsync(database);
            await PutAsync(database, 1);
        }

        await FailAsync(database);
        Assert.Equal(KeystoneErrorCode.StripeUnavailable, await refusedMeanwhile.Task.WaitAsync(Ended));

        // The keeper stands still as long as it tells, so what is refused here is refused before it goes on.
        void Hear(DatabaseEvent happened)
        {
            _events.Enqueue(happened.Kind);
            if (happened.Kind == DatabaseEventKind.GivenUp)
            {
                KeystoneException refusal = Assert.Throws<KeystoneException>(() => PutOnceAsync(asked!).GetAwaiter().GetResult());
                refusedMeanwhile.TrySetResult(refusal.Code);
            }
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Attempts_of_more_than_an_hour_ago_do_not_count()
    {
        await using KeystoneDatabase database = await CreateAsync(Options(), TestContext.Current.CancellationToken);
        for (int failure = 1; failure <= 2 * ReopensMax; failure++)
        {
            await FailAsync(database);
            await PutAsync(database, 5);
            _time.Shift += TimeSpan.FromMinutes(21);
        }

        Assert.Equal((2UL * ReopensMax) + 1, database.Disk.Incarnation);
        await RequireAllAsync(database);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_opening_that_fails_is_tried_again()
    {
        await using KeystoneDatabase database = await CreateAsync(Options(), TestContext.Current.CancellationToken);
        await PutAsync(database, 5);
        _script.Add(new Fault(FaultKind.Io, FileCall.Create) { Path = "*IDENTITY.tmp" });
        await FailAsync(database);
        await PutAsync(database, 5);
        await RequireAllAsync(database);
        Assert.Equal(2, _events.Count(kind => kind == DatabaseEventKind.Reopening));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_database_that_was_not_told_to_stays_as_it_is()
    {
        await using KeystoneDatabase database = await CreateAsync(
            Options() with { ReopensPerHourMax = null }, TestContext.Current.CancellationToken);
        await PutAsync(database, 5);
        await FailAsync(database);
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(() => PutOnceAsync(database));
        Assert.Equal(KeystoneErrorCode.Poisoned, refused.Code);
        await RequireAllAsync(database);
    }

    private async Task<KeystoneDatabase> CreateAsync(KeystoneDatabaseOptions options, CancellationToken ended)
    {
        KeystoneDatabase database = await KeystoneDatabase.CreateAsync(_fixture.Path, options);
        await database.CreateTableAsync(Table, new KeySchema("id"), ended);
        return database;
    }

    /// <summary>Lets a write to the log fail: that of a put, or of the empty group that covers the one before.</summary>
    private async Task FailAsync(KeystoneDatabase database)
    {
        int before = _events.Count(kind => kind == DatabaseEventKind.Poisoned);
        _script.Add(new Fault(FaultKind.Io, FileCall.Write) { Path = "*.log" });
        while (_events.Count(kind => kind == DatabaseEventKind.Poisoned) == before)
        {
            try
            {
                await PutOnceAsync(database);
            }
            catch (KeystoneException failure) when (failure.Code is KeystoneErrorCode.StripeUnavailable
                or KeystoneErrorCode.OutcomeUnknown or KeystoneErrorCode.Poisoned)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Writes new items, each as often as it takes; what may be tried again says so.</summary>
    private async Task PutAsync(KeystoneDatabase database, int count)
    {
        for (int end = _count + count; _count < end;)
        {
            try
            {
                await PutOnceAsync(database);
                _count++;
            }
            catch (KeystoneException failure)
                when (failure.Code is KeystoneErrorCode.StripeUnavailable or KeystoneErrorCode.OutcomeUnknown)
            {
                await Task.Yield();
            }
        }
    }

    private async Task PutOnceAsync(KeystoneDatabase database)
        => await database.PutItemAsync(Table, Item.Of(("id", Key(_count)), ("n", _count)), Ended);

    private async Task RequireAllAsync(KeystoneDatabase database)
    {
        for (int i = 0; i < _count; i++)
        {
            Assert.NotNull(await database.GetItemAsync(Table, Key(i), cancellationToken: Ended));
        }
    }

    private static string Key(int number) => $"item {number}";

    private KeystoneDatabaseOptions Options() => DatabaseFixture.Small with
    {
        Durability = DatabaseDurability.Synced,
        ReopensPerHourMax = ReopensMax,
        Time = _time,
        OnEvent = happened => _events.Enqueue(happened.Kind),
        Store = store => store with { HugePages = false, FileSystem = new FaultyFileSystem(PosixFileSystem.Instance, _script) },
    };

    /// <summary>The system's clock, moved ahead.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        private long _shiftTicks;

        public TimeSpan Shift
        {
            get => new(Volatile.Read(ref _shiftTicks));
            set => Volatile.Write(ref _shiftTicks, value.Ticks);
        }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Shift.Ticks;
    }
}
