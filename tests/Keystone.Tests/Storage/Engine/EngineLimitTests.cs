using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Testing.Disk;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>Writes that no store could take, or not this one, are refused before they are queued; large ones get their turn.</summary>
public sealed class EngineLimitTests
{
    private static readonly TimeSpan HangsAfter = TimeSpan.FromMinutes(2);

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_larger_than_the_write_buffers_is_refused()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host, stripes: 1, writeBufferBytes: 64 << 10);
        WriteBatch batch = new();
        for (int i = 0; i < 20; i++)
        {
            batch.Put(new StripeClaim(0, 1), BitConverter.GetBytes(i), new byte[4000]);
        }

        await AssertRefusedAsync(() => engine.WriteAsync(batch, cancellation: Test).AsTask());
        await AssertRefusedAsync(() => engine.PutAsync(new StripeClaim(0, 1), "key"u8, new byte[65 << 10]).AsTask());
    }

    [Fact]
    public async Task A_batch_over_more_stripes_than_empty_write_buffers_have_memory_for_is_refused()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host, stripes: 1024, writeBufferBytes: 64 << 10);
        WriteBatch batch = new();
        for (int stripe = 0; stripe < 1024; stripe++)
        {
            batch.Put(new StripeClaim(stripe, 1), "key"u8, "v"u8);
        }

        await AssertRefusedAsync(() => engine.WriteAsync(batch, cancellation: Test).AsTask());
        Assert.Equal(WriteStatus.Committed, (await engine.PutAsync(new StripeClaim(0, 1), "key"u8, "v"u8)).Status);
    }

    [Fact]
    public async Task A_batch_that_names_a_stripe_beyond_the_store_is_refused()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host, stripes: 4, writeBufferBytes: 1 << 20);
        WriteBatch batch = new();
        batch.Put(new StripeClaim(4, 1), "key"u8, "v"u8);
        await AssertRefusedAsync(() => engine.WriteAsync(batch, cancellation: Test).AsTask());
        Plan plan = new([new StripeClaim(-1, 1)]);
        await AssertRefusedAsync(() => engine.WriteAsync(plan, cancellation: Test).AsTask());
    }

    [Fact]
    public async Task A_write_that_names_a_stripe_under_two_epochs_is_refused()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host, stripes: 4, writeBufferBytes: 1 << 20);
        WriteBatch batch = new();
        batch.Put(new StripeClaim(1, 1), "a"u8, "v"u8);
        batch.Put(new StripeClaim(1, 2), "b"u8, "v"u8);
        await AssertRefusedAsync(() => engine.WriteAsync(batch, cancellation: Test).AsTask());
        Plan plan = new([new StripeClaim(1, 1), new StripeClaim(1, 2)]);
        await AssertRefusedAsync(() => engine.WriteAsync(plan, cancellation: Test).AsTask());
        Assert.Equal(ReadStatus.NotFound, engine.TryGet(new StripeClaim(1, 1), "a"u8, default).Status);
    }

    [Fact]
    public async Task A_batch_of_more_than_a_group_is_written_between_writers_that_never_pause()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host, stripes: 4, writeBufferBytes: 32 << 20);
        WriteBatch large = new();
        for (int i = 0; i < 6; i++)
        {
            large.Put(new StripeClaim(0, 1), BitConverter.GetBytes(i), new byte[1 << 20]);
        }

        bool isWritten = false;
        Task[] writers = [.. Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            byte[] key = BitConverter.GetBytes(1000 + writer);
            while (!Volatile.Read(ref isWritten))
            {
                Assert.Equal(WriteStatus.Committed, (await engine.PutAsync(new StripeClaim(writer % 4, 1), key, key)).Status);
            }
        }))];

        try
        {
            WriteResult result = await engine.WriteAsync(large, cancellation: Test).AsTask().WaitAsync(HangsAfter, Test);
            Assert.Equal(WriteStatus.Committed, result.Status);
        }
        finally
        {
            Volatile.Write(ref isWritten, true);
            await Task.WhenAll(writers);
        }
    }

    private static async Task AssertRefusedAsync(Func<Task> write)
    {
        StoreException refusal = await Assert.ThrowsAsync<StoreException>(() => write().WaitAsync(HangsAfter, Test));
        Assert.Equal(StoreErrorCode.LimitExceeded, refusal.Code);
    }

    private static async Task<StorageEngine> CreateAsync(IJobHost host, int stripes, long writeBufferBytes)
    {
        StorageEngine engine = StorageEngine.Create("/store", new StoreOptions
        {
            FileSystem = new SimulatedFileSystem(),
            JobHost = host,
            StripeCount = stripes,
            WriteBufferBytesMax = writeBufferBytes,
            SegmentBytes = 16 << 20,
            LogBytesMax = 64 << 20,
            BlockCacheBytes = 1 << 20,
            HugePages = false,
        });
        await engine.ClaimAsync(Enumerable.Range(0, stripes).Select(s => new StripeClaim(s, 1)));
        for (int stripe = 0; stripe < stripes; stripe++)
        {
            Assert.True(engine.TryServe(new StripeClaim(stripe, 1)));
        }

        return engine;
    }

    private sealed class Plan(StripeClaim[] claims) : IWritePlan
    {
        public int ReadCount => claims.Length;

        public StripeClaim ClaimAt(int read) => claims[read];

        public ReadOnlySpan<byte> KeyAt(int read) => "key"u8;

        public bool Decide(PlanReads reads, WriteBatch batch)
        {
            batch.Put(claims[0], "key"u8, "v"u8);
            return true;
        }
    }
}
