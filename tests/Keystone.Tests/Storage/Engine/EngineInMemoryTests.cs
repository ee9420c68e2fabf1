using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>A store that lives in memory alone: no log, no disk, a bound that refuses what adds and lets removals through.</summary>
public sealed class EngineInMemoryTests
{
    private const long MemoryBytes = 4 << 20;
    private const int ValueBytes = 1000;

    private static readonly TimeSpan HangsAfter = TimeSpan.FromMinutes(2);

    /// <summary>Simulated: more than the jobs of a small store ever wait before they try again.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private readonly Random _random = new(1);

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_written_to_a_log_and_nothing_is_synced()
    {
        await using ThreadJobHost host = new(onFailure: static (_, failure) => throw failure);
        await using StorageEngine engine = await CreateAsync(host);
        for (int i = 0; i < 500; i++)
        {
            await engine.PutAsync(EngineFixture.ClaimOf(i), BitConverter.GetBytes(i), "value"u8);
        }

        await engine.SyncAsync();
        await engine.FlushAsync();
        StoreStatistics figures = engine.Statistics();
        Assert.Equal(0, figures.LogBytesWritten);
        Assert.True(figures.Groups > 0);
        Assert.True(figures.LogBytes < 64 << 10, $"the log takes {figures.LogBytes} bytes");
        Assert.Equal(500, figures.FileEntries);
    }

    [Fact]
    public async Task A_store_in_memory_is_not_copied_and_not_called_damaged()
    {
        await using ThreadJobHost host = new(onFailure: static (_, failure) => throw failure);
        await using StorageEngine engine = await CreateAsync(host);
        await engine.PutAsync(EngineFixture.ClaimOf(1), "key"u8, "value"u8);
        await engine.PutAsync(EngineFixture.ClaimOf(2), "key"u8, "value"u8);
        StoreException refusal = await Assert.ThrowsAsync<StoreException>(() => engine.CheckpointAsync("/copy", cancellation: Test));
        Assert.Equal(StoreErrorCode.LimitExceeded, refusal.Code);
    }

    /// <summary>
    /// A store is full when it refuses although all its jobs have come to rest: what merged tables and flushed buffers took is free a few
    /// turns later than the merge and the flush are done, and until then a refusal says nothing of what fits.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_full_store_refuses_what_adds_serves_reads_and_takes_writes_again_after_removals(int seed)
    {
        SeededJobHost host = new(seed);
        StorageEngine engine = Create(host, EngineFixture.Stripes);
        host.Await(engine.ClaimAsync(Claims(EngineFixture.Stripes)));
        Serve(engine, EngineFixture.Stripes);
        for (int round = 0; round < 3; round++)
        {
            int count = Fill(host, engine);
            Assert.True(count * (long)ValueBytes > MemoryBytes / 2, $"only {count} values fit in round {round}");
            Assert.True(engine.Accounts.Files.Bytes <= MemoryBytes);
            RequireAll(engine, count);

            for (int i = 0; i < count; i++)
            {
                WriteResult removed = host.Await(engine.DeleteAsync(EngineFixture.ClaimOf(i), BitConverter.GetBytes(i)));
                Assert.Equal(WriteStatus.Committed, removed.Status);
            }

            // Nobody asks for the merge: the refused write begins it, and the same write is taken when it has come to its end.
            TryPut(host, engine, 0);
            host.RunFor(Rest);
            Assert.True(TryPut(host, engine, 0), $"still full in round {round} after all was removed");
            host.Await(engine.DeleteAsync(EngineFixture.ClaimOf(0), BitConverter.GetBytes(0)));
            host.Await(engine.CompactAsync(cancellation: Test));
        }

        host.Await(engine.DisposeAsync());
        Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));
    }

    [Fact]
    public async Task Overwrites_go_on_as_long_as_what_they_replace_can_be_freed()
    {
        await using ThreadJobHost host = new(onFailure: static (_, failure) => throw failure);
        await using StorageEngine engine = await CreateAsync(host);
        long written = 0;
        while (written < 8 * MemoryBytes)
        {
            int key = (int)(written / ValueBytes) % 500;
            try
            {
                await engine.PutAsync(EngineFixture.ClaimOf(key), BitConverter.GetBytes(key), Value());
                written += ValueBytes;
            }
            catch (StoreException full) when (full.Code == StoreErrorCode.DiskFull)
            {
                await Task.Yield();
            }
        }

        Assert.False(engine.Statistics().IsPoisoned);
    }

    [Fact]
    public async Task Removals_beyond_all_memory_are_refused_and_not_waited_for()
    {
        await using ThreadJobHost host = new(onFailure: static (_, failure) => throw failure);
        await using StorageEngine engine = await CreateAsync(host, stripes: 1);
        int count = 0;
        StoreException? refusal = null;
        using Snapshot all = engine.TakeSnapshot();
        while (refusal is null)
        {
            try
            {
                // New keys every time, and a snapshot that keeps them: no compaction frees anything.
                byte[] key = new byte[1000];
                _random.NextBytes(key);
                await engine.DeleteAsync(new StripeClaim(0, 1), key).AsTask().WaitAsync(HangsAfter, Test);
                count++;
            }
            catch (StoreException full) when (full.Code == StoreErrorCode.DiskFull)
            {
                refusal = full;
            }
        }

        Assert.True(count > 100, $"{count} removals");
        Assert.False(engine.Statistics().IsPoisoned);
    }

    [Fact]
    public void A_store_in_memory_cannot_be_opened_and_says_so()
    {
        StoreOptions options = EngineFixture.Options(new ThreadJobHost()) with { InMemory = true };
        Assert.Equal(StoreErrorCode.NotFound, Assert.Throws<StoreException>(() => StorageEngine.Open("/memory", options)).Code);
        StoreOptions small = options with { MemoryBytesMax = 1000 };
        Assert.Equal(StoreErrorCode.LimitExceeded, Assert.Throws<StoreException>(() => StorageEngine.Create("/memory", small)).Code);
    }

    private static async Task<StorageEngine> CreateAsync(IJobHost host, int stripes = EngineFixture.Stripes)
    {
        StorageEngine engine = Create(host, stripes);
        await engine.ClaimAsync(Claims(stripes));
        Serve(engine, stripes);
        return engine;
    }

    private static StorageEngine Create(IJobHost host, int stripes)
        => StorageEngine.Create("unused", EngineFixture.Options(host) with
        {
            InMemory = true,
            MemoryBytesMax = MemoryBytes,
            StripeCount = stripes,
        });

    private static IEnumerable<StripeClaim> Claims(int stripes) => Enumerable.Range(0, stripes).Select(s => new StripeClaim(s, 1));

    private static void Serve(StorageEngine engine, int stripes)
        => Assert.All(Claims(stripes), claim => Assert.True(engine.TryServe(claim)));

    /// <summary>Writes new keys from 0 on until one is refused by a store at rest; returns how many were taken.</summary>
    private int Fill(SeededJobHost host, StorageEngine engine)
    {
        int count = 0;
        while (TryPut(host, engine, count) || TryPutAtRest(count))
        {
            count++;
        }

        return count;

        bool TryPutAtRest(int key)
        {
            host.RunFor(Rest);
            return TryPut(host, engine, key);
        }
    }

    /// <summary>Whether the store has room for one more value.</summary>
    private bool TryPut(SeededJobHost host, StorageEngine engine, int key)
    {
        try
        {
            host.Await(engine.PutAsync(EngineFixture.ClaimOf(key), BitConverter.GetBytes(key), Value()));
            return true;
        }
        catch (StoreException full) when (full.Code == StoreErrorCode.DiskFull)
        {
            return false;
        }
    }

    private static void RequireAll(StorageEngine engine, int count)
    {
        Span<byte> value = new byte[ValueBytes];
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(ReadStatus.Found, engine.TryGet(EngineFixture.ClaimOf(i), BitConverter.GetBytes(i), value).Status);
        }
    }

    /// <summary>Bytes that no codec makes smaller.</summary>
    private byte[] Value()
    {
        byte[] value = new byte[ValueBytes];
        _random.NextBytes(value);
        return value;
    }
}
