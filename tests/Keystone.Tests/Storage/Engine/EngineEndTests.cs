using System.Buffers;
using Keystone.Storage;
using Keystone.Storage.Compaction;
using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>What becomes of calls, iterators and claims when the store closes, fails or is full: each ends, and nothing is lost.</summary>
public sealed class EngineEndTests
{
    /// <summary>Makes a failure of a wait without end; no wait that ends comes near it.</summary>
    private const int HangMilliseconds = 60_000;

    private static readonly StripeClaim First = new(0, 1);

    private readonly FaultScript _script = new(seed: 1);
    private readonly FaultyFileSystem _files;

    public EngineEndTests() => _files = new FaultyFileSystem(new SimulatedFileSystem(), _script);

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_closed_store_answers_reads_as_not_served_and_requests_as_closed()
    {
        await using ThreadJobHost host = new();
        StorageEngine engine = await CreateAsync(host);
        await engine.PutAsync(First, "key"u8, "value"u8);
        await engine.DisposeAsync();
        Assert.Equal(ReadStatus.NotServing, engine.TryGet(First, "key"u8, default).Status);
        Assert.Null(engine.OpenIterator(First));
        Assert.Equal(StoreErrorCode.Closed, (await Assert.ThrowsAsync<StoreException>(engine.FlushAsync)).Code);
        Assert.Equal(StoreErrorCode.Closed, (await Assert.ThrowsAsync<StoreException>(engine.SettleAsync)).Code);
        Assert.Equal(StoreErrorCode.Closed, (await Assert.ThrowsAsync<StoreException>(() => engine.ClaimAsync([new(0, 2)]).AsTask())).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_iterator_may_be_read_on_and_disposed_after_its_store(bool isFlushed)
    {
        await using ThreadJobHost host = new();
        StorageEngine engine = await CreateAsync(host);
        await engine.PutAsync(First, "a"u8, "1"u8);
        await engine.PutAsync(First, "b"u8, "2"u8);
        if (isFlushed)
        {
            await engine.FlushAsync();
        }

        StripeIterator iterator = engine.OpenIterator(First)!.Value;
        while (iterator.SeekFirst() == IteratorState.NeedsDisk)
        {
            iterator.Load();
        }

        await engine.DisposeAsync();
        Assert.Equal(IteratorState.Entry, iterator.Next());
        Assert.Equal("2"u8, iterator.Value);
        iterator.Dispose();
        Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));
    }

    [Fact]
    public async Task A_disposed_snapshot_answers_nothing()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host);
        await engine.PutAsync(First, "key"u8, "value"u8);
        Snapshot snapshot = engine.TakeSnapshot();
        Assert.Equal(ReadStatus.Found, engine.Get(First, "key"u8, new byte[8], snapshot).Status);
        snapshot.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Get(First, "key"u8, new byte[8], snapshot));
        Assert.Throws<ObjectDisposedException>(() => engine.OpenIterator(First, snapshot: snapshot));
        snapshot.Dispose();
    }

    [Fact]
    public void A_second_seal_completes_when_the_first_does()
    {
        SeededJobHost host = new(seed: 1);
        StorageEngine engine = StorageEngine.Create("/store", EngineFixture.Options(host) with { FileSystem = _files });
        host.Await(engine.ClaimAsync([First]));
        Assert.True(engine.TryServe(First));
        ValueTask<WriteResult> put = engine.PutAsync(First, "key"u8, "value"u8);
        Task first = engine.SealAsync(0).AsTask();
        Task second = engine.SealAsync(0).AsTask();
        Assert.False(first.IsCompleted);
        Assert.False(second.IsCompleted);
        host.Await(second);
        Assert.True(put.IsCompleted);
        host.Await(engine.DisposeAsync());
    }

    [Fact]
    public async Task A_flush_of_a_poisoned_store_fails()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host);
        await PoisonAsync(engine);
        Assert.Equal(StoreErrorCode.Poisoned, (await Assert.ThrowsAsync<StoreException>(engine.FlushAsync)).Code);
        Assert.Equal(
            StoreErrorCode.Poisoned, (await Assert.ThrowsAsync<StoreException>(() => engine.CompactAsync(cancellation: Test))).Code);
    }

    [Fact]
    public async Task A_claim_that_the_manifest_could_not_take_fails()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host);
        _script.Add(new Fault(FaultKind.Io, FileCall.Write) { Path = "*MANIFEST*" });
        Assert.Equal(
            StoreErrorCode.Poisoned, (await Assert.ThrowsAsync<StoreException>(() => engine.ClaimAsync([new(0, 2)]).AsTask())).Code);
    }

    [Fact]
    public async Task What_an_older_claim_acknowledged_outlives_a_newer_claim()
    {
        await using ThreadJobHost host = new();
        StorageEngine engine = await CreateAsync(host);
        await engine.PutAsync(First, "a"u8, "1"u8);
        StripeClaim second = new(0, 2);
        await engine.ClaimAsync([second]);
        Assert.True(engine.TryServe(second));
        await engine.PutAsync(second, "b"u8, "2"u8);
        await engine.DisposeAsync();

        await using StorageEngine again = StorageEngine.Open("/store", OptionsOf(host));
        Assert.True(again.TryServe(second));
        Assert.Equal(ReadStatus.Found, again.Get(second, "a"u8, new byte[8]).Status);
        Assert.Equal(ReadStatus.Found, again.Get(second, "b"u8, new byte[8]).Status);
    }

    [Fact]
    public async Task A_caller_whose_buffer_throws_gets_that_and_leaves_the_read_threads_alone()
    {
        await using ThreadJobHost host = new();
        StoreOptions options = OptionsOf(host) with { ReadThreads = 1, BlockCacheBytes = 0 };
        await using StorageEngine engine = await CreateAsync(options);
        await engine.PutAsync(First, "key"u8, "value"u8);
        await engine.FlushAsync();
        await Assert.ThrowsAsync<NotSupportedException>(() => engine.GetAsync(First, "key"u8.ToArray(), new Refusing()).AsTask());
        ArrayBufferWriter<byte> buffer = new();
        Assert.Equal(ReadStatus.Found, (await engine.GetAsync(First, "key"u8.ToArray(), buffer)).Status);
    }

    [Fact]
    public async Task A_plan_whose_read_fails_gives_back_what_it_holds()
    {
        await using ThreadJobHost host = new();
        StorageEngine engine = await CreateAsync(OptionsOf(host) with { BlockCacheBytes = 0 });
        await engine.PutAsync(First, "key"u8, "value"u8);
        await engine.FlushAsync();
        _script.Add(new Fault(FaultKind.Io, FileCall.Read) { Path = "*.sst", TimesMax = long.MaxValue });
        StoreException failure = await Assert.ThrowsAsync<StoreException>(
            () => engine.WriteAsync(new Replace(), cancellation: Test).AsTask());
        Assert.Equal(StoreErrorCode.Io, failure.Code);
        _script.Clear();
        Assert.Equal(WriteStatus.Committed, (await engine.WriteAsync(new Replace(), cancellation: Test)).Status);
        await engine.DisposeAsync();
        Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));
    }

    [Fact(Timeout = HangMilliseconds)]
    public async Task A_store_closes_while_a_full_disk_gives_no_segment()
    {
        await using ThreadJobHost host = new();
        StorageEngine engine = await CreateAsync(host);
        _script.Add(new Fault(FaultKind.DiskFull, FileCall.Create) { TimesMax = long.MaxValue });
        Task writing = WriteUntilRefusedAsync(engine);
        while (_script.Strikes < 2)
        {
            Assert.False(writing.IsCompleted, "the writes ended before a full disk had refused a segment twice");
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await engine.DisposeAsync();
        await writing;
        Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));
    }

    [Fact]
    public async Task A_group_of_many_callers_fits_a_small_segment()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(OptionsOf(host) with { SegmentBytes = 16 << 10, LogBytesMax = 8 << 20 });
        byte[] value = new byte[4000];
        for (int round = 0; round < 4; round++)
        {
            IEnumerable<Task> puts = Enumerable.Range(0, 40).Select(
                i => engine.PutAsync(EngineFixture.ClaimOf(i), [(byte)i], value).AsTask());
            await Task.WhenAll(puts);
        }

        Assert.False(engine.Statistics().IsPoisoned);
    }

    [Fact]
    public async Task Slowed_writers_are_let_through_although_nothing_can_be_freed()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(OptionsOf(host) with { WriteBufferBytesMax = 256 << 10 });
        byte[] value = new byte[1000];
        List<StripeIterator> held = [];
        for (int i = 0; engine.Statistics().WriteBufferBytes < 215 << 10; i++)
        {
            await engine.PutAsync(First, [(byte)i, (byte)(i >> 8)], value, WriteDurability.Buffered);
            if (i % 16 == 0)
            {
                held.Add(engine.OpenIterator(First)!.Value);
            }
        }

        Assert.Equal(WriteStatus.Committed, (await engine.PutAsync(First, "last"u8, value, WriteDurability.Buffered)).Status);
        held.ForEach(iterator => iterator.Dispose());
    }

    [Fact]
    public void A_mark_that_is_not_durable_yet_counts_as_not_applied_even_below_every_snapshot()
    {
        Assert.Equal(0UL, new VersionRule(snapshots: [20], drops: []).DropsThrough);
        DropMark old = new(5, [], []);
        DropMark young = new(30, [], []);
        Assert.Equal(5UL, new VersionRule(snapshots: [20], drops: [old, young]).DropsThrough);
        Assert.Equal(30UL, new VersionRule(snapshots: [], drops: [old, young]).DropsThrough);
    }

    private static async Task WriteUntilRefusedAsync(StorageEngine engine)
    {
        byte[] value = new byte[4000];
        StoreException end = await Assert.ThrowsAsync<StoreException>(async () =>
        {
            for (int i = 0; ; i++)
            {
                await engine.PutAsync(EngineFixture.ClaimOf(i), BitConverter.GetBytes(i), value);
            }
        });
        Assert.True(end.Code is StoreErrorCode.Closed or StoreErrorCode.Poisoned, end.Message);
    }

    private async Task PoisonAsync(StorageEngine engine)
    {
        _script.Add(new Fault(FaultKind.LostSync, FileCall.Sync) { Path = "*.log", TimesMax = long.MaxValue });
        Assert.Equal(
            StoreErrorCode.Poisoned,
            (await Assert.ThrowsAsync<StoreException>(() => engine.PutAsync(First, "poison"u8, "value"u8).AsTask())).Code);
    }

    private Task<StorageEngine> CreateAsync(ThreadJobHost host) => CreateAsync(OptionsOf(host));

    private static async Task<StorageEngine> CreateAsync(StoreOptions options)
    {
        StorageEngine engine = StorageEngine.Create("/store", options);
        await engine.ClaimAsync(Enumerable.Range(0, EngineFixture.Stripes).Select(s => new StripeClaim(s, 1)));
        for (int stripe = 0; stripe < EngineFixture.Stripes; stripe++)
        {
            Assert.True(engine.TryServe(new StripeClaim(stripe, 1)));
        }

        return engine;
    }

    private StoreOptions OptionsOf(ThreadJobHost host) => EngineFixture.Options(host) with { FileSystem = _files };

    private sealed class Refusing : IBufferWriter<byte>
    {
        public void Advance(int count) => throw new NotSupportedException();

        public Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

        public Span<byte> GetSpan(int sizeHint = 0) => throw new NotSupportedException();
    }

    private sealed class Replace : IWritePlan
    {
        public int ReadCount => 1;

        public StripeClaim ClaimAt(int read) => First;

        public ReadOnlySpan<byte> KeyAt(int read) => "key"u8;

        public bool Decide(PlanReads reads, WriteBatch batch)
        {
            batch.Put(First, "key"u8, "other"u8);
            return true;
        }
    }
}
