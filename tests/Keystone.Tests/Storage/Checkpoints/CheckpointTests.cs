using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Testing.Jobs;
using Keystone.Tests.Storage.Engine;
using Xunit;

namespace Keystone.Tests.Storage.Checkpoints;

/// <summary>A copy of an open store: what is in it, where it may be put, and what becomes of half of one.</summary>
public sealed class CheckpointTests
{
    private readonly SeededJobHost _host = new(seed: 1);
    private readonly SimulatedFileSystem _disk = new();
    private readonly FaultScript _script = new(seed: 1);

    [Fact]
    public void A_copy_holds_what_files_and_log_held_under_another_identity()
    {
        StorageEngine engine = Create();
        Put(engine, 0, 50);
        _host.Await(engine.FlushAsync());
        Put(engine, 50, 100);
        Delete(engine, 7);
        List<CheckpointProgress> progress = [];
        CheckpointResult result = _host.Await(engine.CheckpointAsync("/copy", new Reports(progress), Stop));
        Assert.True(result.Files > 0);
        Assert.True(result.LinkedBytes > 0);
        Assert.Equal(0, result.CopiedBytes);
        Assert.True(result.LogBytes > 0);
        Assert.Equal(result.Files, progress[^1].Files);
        Assert.Equal(result.LinkedBytes, progress[^1].Bytes);
        Put(engine, 100, 110);

        StorageEngine copy = Open("/copy");
        Assert.Equal(result.StoreId, copy.StoreId);
        Assert.NotEqual(engine.StoreId, copy.StoreId);
        Assert.Equal(1UL, copy.Incarnation);
        Assert.All(Enumerable.Range(0, 100).Where(i => i != 7), i => Assert.True(Has(copy, i), $"key {i}"));
        Assert.False(Has(copy, 7));
        Assert.False(Has(copy, 105));
        Assert.Equal(Enumerable.Range(0, EngineFixture.Stripes).Select(copy.LastSequenceOf), result.Sequences);
        Close(copy);
        Close(engine);
    }

    [Fact]
    public void A_progress_that_throws_ends_the_copy_and_nothing_else()
    {
        StorageEngine engine = Create();
        Put(engine, 0, 50);
        _host.Await(engine.FlushAsync());
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(
            () => _host.Await(engine.CheckpointAsync("/copy", new ThrowingProgress(), Stop)));
        Assert.Equal("the terminal is gone", thrown.Message);
        Assert.False(engine.Statistics().IsPoisoned);
        Put(engine, 50, 60);
        Assert.True(Has(engine, 55));
        _host.Await(engine.CheckpointAsync("/second", cancellation: Stop));
        Close(engine);
    }

    private sealed class ThrowingProgress : IProgress<CheckpointProgress>
    {
        public void Report(CheckpointProgress value) => throw new InvalidOperationException("the terminal is gone");
    }

    [Fact]
    public void Buffered_writes_that_were_answered_before_are_in_the_copy()
    {
        StorageEngine engine = Create();
        for (int i = 0; i < 20; i++)
        {
            _host.Await(engine.PutAsync(EngineFixture.ClaimOf(i), Key(i), Key(i), WriteDurability.Buffered));
        }

        _host.Await(engine.CheckpointAsync("/copy", cancellation: Stop));
        Close(engine);
        _disk.Crash(CrashMode.DropAll, seed: 1);
        SimulatedFileSystem after = _disk.AfterCrash(CrashMode.DropAll, seed: 1);
        SeededJobHost host = new(seed: 2);
        StorageEngine copy = StorageEngine.Open("/copy", EngineFixture.Options(host) with { FileSystem = after });
        Serve(copy);
        Assert.All(Enumerable.Range(0, 20), i => Assert.True(Has(copy, i), $"key {i}"));
        host.Await(copy.DisposeAsync());
    }

    [Fact]
    public void Where_there_are_no_links_files_are_copied()
    {
        _disk.HasLinks = false;
        StorageEngine engine = Create();
        Put(engine, 0, 50);
        _host.Await(engine.FlushAsync());
        CheckpointResult result = _host.Await(engine.CheckpointAsync("/copy", cancellation: Stop));
        Assert.Equal(0, result.LinkedBytes);
        Assert.True(result.CopiedBytes > 0);
        Assert.Equal(0, result.LogBytes);
        Close(engine);
        StorageEngine copy = Open("/copy");
        Assert.All(Enumerable.Range(0, 50), i => Assert.True(Has(copy, i), $"key {i}"));
        Assert.Empty(_host.Await(copy.VerifyAsync(cancellation: Stop)));
        Close(copy);
    }

    [Fact]
    public void A_copy_of_a_copy_and_of_an_empty_store_opens()
    {
        StorageEngine engine = Create();
        _host.Await(engine.CheckpointAsync("/empty", cancellation: Stop));
        Put(engine, 0, 10);
        _host.Await(engine.CheckpointAsync("/first", cancellation: Stop));
        Close(engine);
        StorageEngine first = Open("/first");
        Put(first, 10, 20);
        _host.Await(first.CheckpointAsync("/second", cancellation: Stop));
        Close(first);
        StorageEngine second = Open("/second");
        Assert.All(Enumerable.Range(0, 20), i => Assert.True(Has(second, i), $"key {i}"));
        Close(second);
        StorageEngine empty = Open("/empty");
        Assert.False(Has(empty, 0));
        Put(empty, 0, 1);
        Close(empty);
    }

    [Fact]
    public async Task Files_that_a_copy_has_yet_to_link_stay_when_compaction_replaces_them()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = StorageEngine.Create("/store", EngineFixture.Options(host) with { FileSystem = _disk });
        await engine.ClaimAsync(Enumerable.Range(0, engine.StripeCount).Select(s => new StripeClaim(s, 1)));
        Serve(engine);
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 40; i++)
            {
                await engine.PutAsync(EngineFixture.ClaimOf(i), Key(i), Key(i));
            }

            await engine.FlushAsync();
        }

        // The job waits, before the first link, until everything that its plan names was replaced.
        int filesBefore = engine.Statistics().FilesByLevel.Sum();
        bool isCompacted = false;
        Reports progress = new([])
        {
            OnReport = () =>
            {
                if (!isCompacted)
                {
                    engine.CompactAsync(cancellation: Stop).GetAwaiter().GetResult();
                    isCompacted = true;
                }
            },
        };
        CheckpointResult result = await engine.CheckpointAsync("/copy", progress, Stop);
        Assert.True(isCompacted);
        Assert.Equal(filesBefore, result.Files);
        Assert.True(engine.Statistics().FilesByLevel.Sum() < filesBefore);
        await using StorageEngine copy = StorageEngine.Open("/copy", EngineFixture.Options(host) with { FileSystem = _disk });
        Serve(copy);
        Assert.Empty(await copy.VerifyAsync(cancellation: Stop));
        Assert.All(Enumerable.Range(0, 40), i => Assert.True(Has(copy, i), $"key {i}"));
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("000003.sst")]
    [InlineData("MANIFEST-000001")]
    [InlineData("CHECKPOINT notes.txt")]
    public void A_directory_that_holds_anything_else_is_refused_and_left_alone(string names)
    {
        StorageEngine engine = Create();
        Put(engine, 0, 5);
        _disk.AddDirectory("/copy");
        foreach (string name in names.Split(' '))
        {
            _disk.Create($"/copy/{name}").Dispose();
        }

        string before = string.Join(' ', _disk.Files().Where(f => f.StartsWith("/copy", StringComparison.Ordinal)));
        StoreException refusal = Assert.Throws<StoreException>(() => _host.Await(engine.CheckpointAsync("/copy", cancellation: Stop)));
        Assert.Equal(StoreErrorCode.AlreadyExists, refusal.Code);
        Assert.Contains("is not empty", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, string.Join(' ', _disk.Files().Where(f => f.StartsWith("/copy", StringComparison.Ordinal))));
        Put(engine, 5, 6);
        Close(engine);
    }

    [Fact]
    public void A_store_is_not_copied_over_another_one_nor_into_itself()
    {
        StorageEngine engine = Create();
        _host.Await(engine.CheckpointAsync("/copy", cancellation: Stop));
        StoreException again = Assert.Throws<StoreException>(() => _host.Await(engine.CheckpointAsync("/copy", cancellation: Stop)));
        Assert.Equal(StoreErrorCode.AlreadyExists, again.Code);
        StoreException within = Assert.Throws<StoreException>(() => _host.Await(engine.CheckpointAsync("/store/copy", cancellation: Stop)));
        Assert.Equal(StoreErrorCode.LimitExceeded, within.Code);
        StoreException orphan = Assert.Throws<StoreException>(() => _host.Await(engine.CheckpointAsync("/none/copy", cancellation: Stop)));
        Assert.Equal(StoreErrorCode.NotFound, orphan.Code);
        Close(engine);
    }

    [Theory]
    [InlineData(FileCall.Link, "/copy/*", FaultKind.Io)]
    [InlineData(FileCall.Write, "/copy/*.log", FaultKind.DiskFull)]
    [InlineData(FileCall.Sync, "/copy/*", FaultKind.Io)]
    [InlineData(FileCall.Rename, "/copy/*", FaultKind.Io)]
    [InlineData(FileCall.SyncDirectory, "/copy", FaultKind.Io)]
    public void A_copy_that_fails_is_removed_and_can_be_made_again(FileCall call, string path, FaultKind fault)
    {
        StorageEngine engine = Create(new FaultyFileSystem(_disk, _script));
        Put(engine, 0, 20);
        _host.Await(engine.FlushAsync());
        Put(engine, 20, 40);
        _script.Add(new Fault(fault, call) { Path = path, TimesMax = 1 });
        StoreException failure = Assert.Throws<StoreException>(() => _host.Await(engine.CheckpointAsync("/copy", cancellation: Stop)));
        Assert.Equal(fault == FaultKind.DiskFull ? StoreErrorCode.DiskFull : StoreErrorCode.Io, failure.Code);
        Assert.False(engine.Statistics().IsPoisoned);
        Put(engine, 40, 50);
        _script.Clear();
        _host.Await(engine.CheckpointAsync("/copy", cancellation: Stop));
        Close(engine);
        StorageEngine copy = Open("/copy");
        Assert.All(Enumerable.Range(0, 50), i => Assert.True(Has(copy, i), $"key {i}"));
        Close(copy);
    }

    [Fact]
    public void Whichever_sync_of_the_target_fails_there_is_a_whole_copy_or_none()
    {
        int told = 0;
        for (int at = 1; at <= 6; at++)
        {
            SimulatedFileSystem disk = new();
            FaultScript script = new(seed: 1);
            StorageEngine engine = Create(new FaultyFileSystem(disk, script));
            Put(engine, 0, 20);
            script.Add(new Fault(FaultKind.Io, FileCall.SyncDirectory) { Path = "/copy", From = at, TimesMax = 1 });
            Task<CheckpointResult> copying = engine.CheckpointAsync("/copy", cancellation: Stop);
            if (_host.Await(Task.WhenAny(copying)).IsFaulted)
            {
                told++;
                Assert.Equal(["/copy/LOCK"], disk.Files().Where(f => f.StartsWith("/copy", StringComparison.Ordinal)));
                _host.Await(engine.CheckpointAsync("/copy", cancellation: Stop));
            }

            Close(engine);
            StorageEngine copy = StorageEngine.Open("/copy", EngineFixture.Options(_host) with { FileSystem = disk });
            Serve(copy);
            Assert.All(Enumerable.Range(0, 20), i => Assert.True(Has(copy, i), $"key {i}"));
            Close(copy);
        }

        Assert.InRange(told, 1, 5);
    }

    [Fact]
    public void A_copy_that_is_whole_is_told_as_made_although_it_was_cancelled_or_keeps_its_mark()
    {
        using CancellationTokenSource source = new();
        StorageEngine engine = Create(new FaultyFileSystem(_disk, _script, _ => source.Cancel()));
        Put(engine, 0, 20);
        _script.Add(new Fault(FaultKind.Delay, FileCall.Unlink) { Path = "/copy/CHECKPOINT", Delay = TimeSpan.FromSeconds(1) });
        _host.Await(engine.CheckpointAsync("/copy", cancellation: source.Token));
        Assert.True(source.IsCancellationRequested);
        _script.Add(new Fault(FaultKind.Io, FileCall.Unlink) { Path = "/marked/CHECKPOINT" });
        _host.Await(engine.CheckpointAsync("/marked", cancellation: Stop));
        Assert.True(_disk.FileExists("/marked/CHECKPOINT"));
        Close(engine);
        foreach (string directory in new[] { "/copy", "/marked" })
        {
            StorageEngine copy = Open(directory);
            Assert.All(Enumerable.Range(0, 20), i => Assert.True(Has(copy, i), $"key {i}"));
            Close(copy);
        }
    }

    [Fact]
    public void A_copy_that_is_cancelled_or_overtaken_by_the_close_leaves_no_half_store()
    {
        StorageEngine engine = Create();
        Put(engine, 0, 40);
        _host.Await(engine.FlushAsync());
        using CancellationTokenSource source = new();
        Reports cancelling = new([]) { OnReport = source.Cancel };
        Assert.Throws<OperationCanceledException>(() => _host.Await(engine.CheckpointAsync("/copy", cancelling, source.Token)));
        Assert.Equal(["/copy/LOCK"], _disk.Files().Where(f => f.StartsWith("/copy", StringComparison.Ordinal)));

        Task<CheckpointResult> copying = engine.CheckpointAsync("/copy", cancellation: Stop);
        Close(engine);
        Assert.Equal(StoreErrorCode.Closed, Assert.Throws<StoreException>(() => _host.Await(copying)).Code);
        Assert.Equal(["/copy/LOCK"], _disk.Files().Where(f => f.StartsWith("/copy", StringComparison.Ordinal)));
        StoreException late = Assert.Throws<StoreException>(() => _host.Await(engine.CheckpointAsync("/copy", cancellation: Stop)));
        Assert.Equal(StoreErrorCode.Closed, late.Code);
    }

    [Fact]
    public async Task A_store_on_the_real_disk_is_copied_while_threads_write_to_it()
    {
        string root = Directory.CreateTempSubdirectory("keystone-checkpoint-").FullName;
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = await EngineFixture.CreateAsync(Path.Combine(root, "store"), host))
        {
            int written = 0;
            using CancellationTokenSource end = new();
            Task writer = Task.Run(async () =>
            {
                while (!end.IsCancellationRequested)
                {
                    await engine.PutAsync(EngineFixture.ClaimOf(written), Key(written), new byte[200], WriteDurability.Buffered);
                    Interlocked.Increment(ref written);
                }
            }, Stop);
            for (int copies = 0; copies < 3; copies++)
            {
                int before = Volatile.Read(ref written);
                string target = Path.Combine(root, $"copy-{copies}");
                await engine.CheckpointAsync(target, cancellation: Stop);
                await using StorageEngine copy = EngineFixture.Open(target, host);
                Assert.All(Enumerable.Range(0, before), i => Assert.True(Has(copy, i), $"key {i} of {before}"));
                Assert.Empty(await copy.VerifyAsync(cancellation: Stop));
            }

            await end.CancelAsync();
            await writer;
        }

        Directory.Delete(root, recursive: true);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static byte[] Key(int i) => [(byte)(i >> 24), (byte)(i >> 16), (byte)(i >> 8), (byte)i];

    private static bool Has(StorageEngine engine, int i)
        => engine.Get(EngineFixture.ClaimOf(i), Key(i), new byte[256]).Status == ReadStatus.Found;

    private static void Serve(StorageEngine engine)
    {
        for (int stripe = 0; stripe < engine.StripeCount; stripe++)
        {
            Assert.True(engine.TryServe(new StripeClaim(stripe, 1)));
        }
    }

    private StorageEngine Create(IFileSystem? files = null)
    {
        StorageEngine engine = StorageEngine.Create("/store", EngineFixture.Options(_host) with { FileSystem = files ?? _disk });
        _host.Await(engine.ClaimAsync(Enumerable.Range(0, engine.StripeCount).Select(s => new StripeClaim(s, 1))));
        Serve(engine);
        return engine;
    }

    private StorageEngine Open(string directory)
    {
        StorageEngine engine = StorageEngine.Open(directory, EngineFixture.Options(_host) with { FileSystem = _disk });
        Serve(engine);
        return engine;
    }

    private void Put(StorageEngine engine, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            _host.Await(engine.PutAsync(EngineFixture.ClaimOf(i), Key(i), Key(i)));
        }
    }

    private void Delete(StorageEngine engine, int i) => _host.Await(engine.DeleteAsync(EngineFixture.ClaimOf(i), Key(i)));

    private void Close(StorageEngine engine)
    {
        _host.Await(engine.DisposeAsync());
        Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));
    }

    private sealed class Reports(List<CheckpointProgress> all) : IProgress<CheckpointProgress>
    {
        public Action OnReport { get; init; } = () => { };

        public void Report(CheckpointProgress value)
        {
            all.Add(value);
            OnReport();
        }
    }
}
