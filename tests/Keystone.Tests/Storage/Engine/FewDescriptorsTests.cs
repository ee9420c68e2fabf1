using Keystone.Storage;
using Keystone.Storage.Compaction;
using Keystone.Storage.Jobs;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>A store whose process runs out of descriptors gives back those that it can do without, says what is wrong, and heals.</summary>
public sealed class FewDescriptorsTests
{
    private const int Tables = 12;

    private static readonly StripeClaim First = new(0, 1);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private readonly SimulatedFileSystem _disk = new();
    private readonly DescriptorLimit _files;

    public FewDescriptorsTests() => _files = new DescriptorLimit(_disk);

    [Fact]
    public async Task Idle_handles_of_tables_make_room_for_flushes_checkpoints_and_compactions()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host);
        await FillAsync(engine);
        RequireAll(engine);
        Assert.Equal(Tables, engine.Statistics().OpenTableFiles);

        _files.Max = _disk.OpenHandles;
        await PutAsync(engine, Tables);
        await engine.FlushAsync();
        await engine.CheckpointAsync("/copy", cancellation: Ended);
        await engine.CompactAsync(0);

        Assert.False(engine.Statistics().IsPoisoned);
        RequireAll(engine, Tables + 1);
    }

    [Fact]
    public async Task Without_any_descriptor_reads_fail_by_name_flushes_wait_and_all_heals()
    {
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = await CreateAsync(host))
        {
            await FillAsync(engine);
            _files.Max = 0;

            StoreException failure = Assert.Throws<StoreException>(() => Get(engine, 3));
            Assert.Equal(StoreErrorCode.TooManyOpenFiles, failure.Code);
            failure = await Assert.ThrowsAsync<StoreException>(() => engine.CheckpointAsync("/copy", cancellation: Ended));
            Assert.Equal(StoreErrorCode.TooManyOpenFiles, failure.Code);
            await PutAsync(engine, Tables);
            Task flush = engine.FlushAsync();
            Assert.False(flush.IsCompleted);
            _files.Max = int.MaxValue;
            await flush;

            Assert.False(engine.Statistics().IsPoisoned);
            RequireAll(engine, Tables + 1);
        }

        Assert.Equal(0, _disk.OpenHandles);
        await using StorageEngine again = StorageEngine.Open("/store", Options(host));
        Assert.True(again.TryServe(First));
        RequireAll(again, Tables + 1);
    }

    [Fact]
    public async Task An_opening_that_lacks_a_thread_says_so_and_leaves_nothing_behind()
    {
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = await CreateAsync(host))
        {
            await PutAsync(engine, 0);
        }

        int threads = 0;
        for (bool isOpen = false; !isOpen; threads++)
        {
            await using ThreadJobHost few = new();
            try
            {
                await using StorageEngine engine = StorageEngine.Open("/store", Options(new FewThreads(few, threads)));
                isOpen = true;
            }
            catch (StoreException failure)
            {
                Assert.Equal((threads, StoreErrorCode.TooManyOpenFiles), (threads, failure.Code));
            }

            Assert.Equal((threads, 0), (threads, _disk.OpenHandles));
        }

        Assert.True(threads > 8, $"{threads} threads were enough");
        await using StorageEngine last = StorageEngine.Open("/store", Options(host));
        Assert.True(last.TryServe(First));
        RequireAll(last, 1);
    }

    private async Task<StorageEngine> CreateAsync(IJobHost host)
    {
        StorageEngine engine = StorageEngine.Create("/store", Options(host));
        await engine.ClaimAsync([First]);
        Assert.True(engine.TryServe(First));
        return engine;
    }

    /// <summary>No block stays in the cache, so every read needs its file.</summary>
    private StoreOptions Options(IJobHost host) => new()
    {
        JobHost = host,
        FileSystem = _files,
        StripeCount = 1,
        SegmentBytes = 64 << 10,
        LogBytesMax = 1 << 20,
        WriteBufferBytesMax = 1 << 20,
        BallastBytes = 0,
        BlockCacheBytes = 0,
        ReadThreads = 2,
        HugePages = false,
        Compaction = new CompactionOptions { Level0FilesMax = 100 },
    };

    private static async Task FillAsync(StorageEngine engine)
    {
        for (int number = 0; number < Tables; number++)
        {
            await PutAsync(engine, number);
            await engine.FlushAsync();
        }
    }

    private static async Task PutAsync(StorageEngine engine, int number)
        => Assert.Equal(WriteStatus.Committed, (await engine.PutAsync(First, [(byte)number], [1, 2, 3], WriteDurability.Synced)).Status);

    private static ReadResult Get(StorageEngine engine, int number) => engine.Get(First, [(byte)number], new byte[8]);

    private static void RequireAll(StorageEngine engine, int count = Tables)
    {
        for (int number = 0; number < count; number++)
        {
            Assert.Equal((number, ReadStatus.Found), (number, Get(engine, number).Status));
        }
    }

    /// <summary>A host in whose process only so many threads can be started.</summary>
    private sealed class FewThreads(IJobHost host, int threads) : IJobHost
    {
        private int _left = threads;

        public TimeProvider Time => host.Time;

        public IJobHandle Start(IJob job)
            => _left-- > 0 ? host.Start(job) : throw new StoreException(StoreErrorCode.TooManyOpenFiles, "There is no thread left.");

        public void Post(IThreadPoolWorkItem work) => host.Post(work);
    }
}
