using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>Room that is put by for a full disk: made in the background, given back when it is needed, made anew afterwards.</summary>
public sealed class BallastTests
{
    private const string Path = "/store/BALLAST";
    private const long BallastBytes = 512 << 10;
    private const int Keys = 200;

    private static readonly StripeClaim First = new(0, 1);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongWhile = TimeSpan.FromSeconds(30);

    private readonly SeededJobHost _host = new(seed: 1);
    private readonly SimulatedFileSystem _disk = new(capacityBytes: 64 << 20);
    private readonly FaultScript _script = new(seed: 2);
    private readonly List<StoreEventKind> _events = [];
    private readonly Random _random = new(1);
    private int _count;

    [Fact]
    public void A_store_puts_room_by_that_is_really_taken_and_keeps_it_over_lives()
    {
        StorageEngine engine = Create(Options());
        Assert.False(_disk.FileExists(Path));
        long free = _disk.FreeBytes("/store");
        _host.RunFor(Moment);
        Assert.Equal(BallastBytes, engine.Statistics().BallastBytes);
        Assert.True(_disk.FreeBytes("/store") <= free - BallastBytes);
        _host.Await(engine.DisposeAsync());

        _script.Add(new Fault(FaultKind.Defect, FileCall.Write) { Path = "*BALLAST", TimesMax = long.MaxValue });
        engine = StorageEngine.Open("/store", Options());
        _host.RunFor(Moment);
        Assert.Equal(BallastBytes, engine.Statistics().BallastBytes);
        Assert.Null(engine.FailedJob);
        _host.Await(engine.DisposeAsync());
    }

    [Fact]
    public void A_store_that_wants_other_room_or_none_changes_it()
    {
        StorageEngine engine = Create(Options());
        _host.RunFor(Moment);
        _host.Await(engine.DisposeAsync());

        engine = StorageEngine.Open("/store", Options() with { BallastBytes = BallastBytes / 2 });
        _host.RunFor(Moment);
        Assert.Equal(BallastBytes / 2, engine.Statistics().BallastBytes);
        _host.Await(engine.DisposeAsync());

        engine = StorageEngine.Open("/store", Options() with { BallastBytes = 0 });
        _host.RunFor(Moment);
        Assert.False(_disk.FileExists(Path));
        _host.Await(engine.DisposeAsync());
    }

    [Fact]
    public void A_disk_that_would_be_filled_by_it_has_no_ballast_made()
    {
        StorageEngine engine = Create(Options());
        _disk.CapacityBytes = Used() + BallastBytes + (BallastBytes / 2);
        _host.RunFor(LongWhile);
        Assert.False(_disk.FileExists(Path));
        _disk.CapacityBytes += BallastBytes;
        _host.RunFor(LongWhile);
        Assert.True(_disk.FileExists(Path));
        _host.Await(engine.DisposeAsync());
    }

    [Fact]
    public void A_full_disk_heals_again_and_again_without_anybodys_help_and_nothing_is_lost()
    {
        StorageEngine engine = Create(Options());
        for (int cycle = 1; cycle <= 20; cycle++)
        {
            _host.RunFor(LongWhile);
            Assert.Equal(BallastBytes, engine.Statistics().BallastBytes);
            _disk.CapacityBytes = Used() + (128 << 10);
            Task<WriteResult> waiting = PutUntilStall(engine);
            Assert.Equal(cycle, engine.Statistics().BallastReleases);
            Assert.NotNull(engine.Hindrance);
            RequireAll(engine);

            _disk.CapacityBytes += 16 << 20;
            Assert.Equal(WriteStatus.Committed, _host.Await(waiting).Status);
            _count++;
            _host.Await(engine.FlushAsync());
            Assert.Null(engine.Hindrance);
            Assert.False(engine.Statistics().IsPoisoned);
        }

        _host.RunFor(LongWhile);
        Assert.Equal(20, _events.Count(kind => kind == StoreEventKind.BallastReleased));
        Assert.Equal(20, _events.Count(kind => kind == StoreEventKind.BallastMade));
        _host.Await(engine.DisposeAsync());
        engine = StorageEngine.Open("/store", Options());
        Assert.True(engine.TryServe(First));
        RequireAll(engine);
        _host.Await(engine.DisposeAsync());
        Assert.Equal(0, _disk.OpenHandles);
    }

    [Fact]
    public void A_store_opens_on_a_disk_that_is_full()
    {
        StorageEngine engine = Create(Options());
        _host.RunFor(Moment);
        for (; _count < 100; _count++)
        {
            _host.Await(engine.PutAsync(First, BitConverter.GetBytes(_count % Keys), Value()));
        }

        _host.Await(engine.DisposeAsync());
        _disk.CapacityBytes = Used();
        engine = StorageEngine.Open("/store", Options());
        Assert.True(engine.TryServe(First));
        RequireAll(engine);
        _host.Await(engine.PutAsync(First, BitConverter.GetBytes(_count % Keys), Value()));
        _count++;
        RequireAll(engine);
        _host.Await(engine.DisposeAsync());
    }

    [Fact]
    public void A_failure_to_put_room_by_is_told_once_and_harms_nobody()
    {
        _script.Add(new Fault(FaultKind.Io, FileCall.Sync) { Path = "*BALLAST", TimesMax = 3 });
        StorageEngine engine = Create(Options());
        _host.RunFor(LongWhile);
        Assert.Equal(3, _script.Strikes);
        Assert.Equal([StoreEventKind.JobHindered], _events.Where(kind => kind != StoreEventKind.Opened));
        Assert.Equal(BallastBytes, engine.Statistics().BallastBytes);
        _host.Await(engine.DisposeAsync());
    }

    /// <summary>Writes until a write waits for room; returns that one.</summary>
    private Task<WriteResult> PutUntilStall(StorageEngine engine)
    {
        while (true)
        {
            Task<WriteResult> put = engine.PutAsync(First, BitConverter.GetBytes(_count % Keys), Value()).AsTask();
            _host.RunFor(put.IsCompleted ? TimeSpan.Zero : TimeSpan.FromMilliseconds(20));
            if (!put.IsCompleted)
            {
                _host.RunFor(Moment);
            }

            if (!put.IsCompleted)
            {
                return put;
            }

            Assert.Equal(WriteStatus.Committed, put.Result.Status);
            _count++;
        }
    }

    private long Used() => _disk.CapacityBytes - _disk.FreeBytes("/store");

    private void RequireAll(StorageEngine engine)
    {
        byte[] value = new byte[4000];
        for (int i = Math.Max(0, _count - Keys); i < _count; i++)
        {
            Assert.Equal(ReadStatus.Found, engine.Get(First, BitConverter.GetBytes(i % Keys), value).Status);
            Assert.Equal(i, BitConverter.ToInt32(value));
        }
    }

    private byte[] Value()
    {
        byte[] value = new byte[4000];
        _random.NextBytes(value);
        BitConverter.TryWriteBytes(value, _count);
        return value;
    }

    private StorageEngine Create(StoreOptions options)
    {
        StorageEngine engine = StorageEngine.Create("/store", options);
        _host.Await(engine.ClaimAsync([First]));
        Assert.True(engine.TryServe(First));
        return engine;
    }

    private StoreOptions Options() => EngineFixture.Options(_host) with
    {
        FileSystem = new FaultyFileSystem(_disk, _script),
        ManifestBytesMin = 4 << 10,
        SegmentBytes = 128 << 10,
        BallastBytes = BallastBytes,
        OnEvent = happened => _events.Add(happened.Kind),
    };
}
