using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Jobs;
using Keystone.Storage.Log;
using Keystone.Storage.Memory;
using Keystone.Storage.Recovery;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Keystone.Tests.Storage.Engine;
using Xunit;

namespace Keystone.Tests.Storage.Recovery;

/// <summary>The replay of the log on several threads: the same store as on one, whatever fits into memory.</summary>
public sealed class ReplayTests
{
    [Theory]
    [InlineData(1, 64 << 10)]
    [InlineData(4, 64 << 10)]
    [InlineData(1, 16 << 20)]
    [InlineData(4, 16 << 20)]
    public async Task A_replayed_store_holds_what_was_written_however_little_memory_there_is(int threads, int writeBufferBytesMax)
    {
        SimulatedFileSystem disk = new();
        await using ThreadJobHost host = new();
        Dictionary<(int Stripe, int Key), byte> expected = [];
        await using (StorageEngine engine = await CreateAsync(disk, host))
        {
            // Every stripe has something in files, so that its numbers go on from there.
            await WriteAsync(engine, expected, rounds: 2);
            await engine.FlushAsync();
            await WriteAsync(engine, expected, rounds: 90);
        }

        StoreOptions options = OptionsOn(disk, host) with { ReplayThreads = threads, WriteBufferBytesMax = writeBufferBytesMax };
        await using StorageEngine again = StorageEngine.Open("/store", options);
        byte[] value = new byte[4096];
        for (int stripe = 0; stripe < EngineFixture.Stripes; stripe++)
        {
            Assert.True(again.TryServe(new StripeClaim(stripe, 1)));
            for (int key = 0; key < 50; key++)
            {
                ReadResult result = again.Get(new StripeClaim(stripe, 1), [(byte)key], value);
                bool isThere = expected.TryGetValue((stripe, key), out byte wanted);
                Assert.Equal(isThere ? ReadStatus.Found : ReadStatus.NotFound, result.Status);
                Assert.True(!isThere || value[0] == wanted, $"stripe {stripe}, key {key}");
            }
        }
    }

    [Fact]
    public void A_log_that_has_lost_what_lies_before_a_flushed_write_is_told_though_nothing_in_it_tells()
    {
        SeededJobHost host = new(seed: 1);
        SimulatedFileSystem disk = new();
        StoreOptions options = EngineFixture.Options(host) with { FileSystem = disk, WriteBufferBytesMax = 1 << 20 };
        StorageEngine engine = StorageEngine.Create("/store", options);
        StripeClaim[] claims = [new(0, 1), new(1, 1)];
        host.Await(engine.ClaimAsync(claims));
        Assert.True(Array.TrueForAll(claims, engine.TryServe));
        host.Await(engine.PutAsync(claims[0], [1], [1]));
        while (engine.Statistics().Flushes == 0)
        {
            // A stripe that has much is flushed alone; the other one's write stays in the log.
            host.Await(engine.PutAsync(claims[1], [2], new byte[10_000]));
            host.RunFor(TimeSpan.FromSeconds(1));
        }

        SimulatedFileSystem damaged = disk.Clone();
        host.Await(engine.DisposeAsync());
        foreach (string path in damaged.Files().Where(f => f.EndsWith(".log", StringComparison.Ordinal)))
        {
            damaged.Damage(path, 0, new byte[damaged.ReadAll(path).Length]);
        }

        StoreException damage = Assert.Throws<StoreException>(() => StorageEngine.Open("/store", options with { FileSystem = damaged }));
        Assert.Equal(StoreErrorCode.Corrupt, damage.Code);
        Assert.Contains("the manifest says that the log was durable through group", damage.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_part_that_does_not_decode_behind_good_ones_is_told_and_nobody_waits_for_it(int threads)
    {
        await using ThreadJobHost host = new();
        MemoryAccount account = new("test");
        using ChunkPool pool = new(account, 1 << 20, hugePages: false);
        ManifestState state = new(4);
        StripeReplay replay = new(state, pool) { MakeRoom = () => Assert.Fail("There is room.") };
        Task<StoreException> open = Task.Run(() =>
        {
            using ReplayLanes lanes = new(replay, threads, host, account);
            return Assert.Throws<StoreException>(() => lanes.Run(apply =>
            {
                byte[] body = [.. PartOf(1, 1), .. PartOf(2, 1), 0xFF, 0xFF, 0xFF];
                apply(1, body, "segment", 64);
            }));
        });
        StoreException failure = await open.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.Equal(StoreErrorCode.Corrupt, failure.Code);
        Assert.Contains("offset 64", failure.Message, StringComparison.Ordinal);
        for (int stripe = 0; stripe < state.StripeCount; stripe++)
        {
            replay[stripe]?.Buffer.Table.Free();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Of_two_failures_the_one_that_stands_first_in_the_log_is_told(int threads)
    {
        await using ThreadJobHost host = new();
        MemoryAccount account = new("test");
        using ChunkPool pool = new(account, 1 << 20, hugePages: false);
        ManifestState state = new(4);
        StripeReplay replay = new(state, pool) { MakeRoom = () => Assert.Fail("There is room.") };
        using (ReplayLanes lanes = new(replay, threads, host, account))
        {
            StoreException failure = Assert.Throws<StoreException>(() => lanes.Run(apply =>
            {
                for (ulong group = 1; group <= 400; group++)
                {
                    // Each stripe goes on where it was, but stripe 2 misses a number at group 250 and stripe 1 at group 300.
                    ulong hole1 = group >= 300 ? 1UL : 0;
                    ulong hole2 = group >= 250 ? 1UL : 0;
                    byte[] body = [.. PartOf(1, group + hole1), .. PartOf(2, group + hole2), .. PartOf(3, group)];
                    apply(group, body, "segment", (long)group * 64);
                }

                throw StoreException.Corrupt("segment", 1 << 20, "the reader met something later");
            }));
            Assert.Contains($"offset {250 * 64}", failure.Message, StringComparison.Ordinal);
        }

        for (int stripe = 0; stripe < state.StripeCount; stripe++)
        {
            replay.Forget(stripe);
        }

        Assert.Equal(0, pool.UsedBytes);
    }

    private static byte[] PartOf(int stripe, ulong sequence)
    {
        byte[] key = [(byte)sequence];
        byte[] value = new byte[600];
        int bytes = LogPart.OperationBytes(EntryKind.Put, key.Length, value.Length);
        byte[] part = new byte[LogPart.HeaderBytes(stripe, 0, sequence, 1, bytes) + bytes];
        Span<byte> operations = LogPart.WriteHeader(part, stripe, 0, sequence, 1, bytes);
        LogPart.WriteOperation(operations, EntryKind.Put, key, value);
        return part;
    }

    private static async Task WriteAsync(StorageEngine engine, Dictionary<(int Stripe, int Key), byte> expected, int rounds)
    {
        Random random = new(rounds);
        byte[] value = new byte[2000];
        for (int round = 0; round < rounds; round++)
        {
            WriteBatch batch = new();
            for (int stripe = 0; stripe < EngineFixture.Stripes; stripe++)
            {
                int key = random.Next(50);
                StripeClaim claim = new(stripe, 1);
                value[0] = (byte)random.Next();
                switch (random.Next(20))
                {
                    case 0:
                        batch.Delete(claim, [(byte)key]);
                        expected.Remove((stripe, key));
                        break;
                    case 1:
                        batch.DropRange(claim, [(byte)key], [(byte)(key + 3)]);
                        Enumerable.Range(key, 3).ToList().ForEach(k => expected.Remove((stripe, k)));
                        break;
                    default:
                        batch.Put(claim, [(byte)key], value);
                        expected[(stripe, key)] = value[0];
                        break;
                }
            }

            await engine.WriteAsync(batch, WriteDurability.Buffered);
        }
    }

    private static async Task<StorageEngine> CreateAsync(SimulatedFileSystem disk, ThreadJobHost host)
    {
        StorageEngine engine = StorageEngine.Create("/store", OptionsOn(disk, host));
        await engine.ClaimAsync(Enumerable.Range(0, EngineFixture.Stripes).Select(s => new StripeClaim(s, 1)));
        for (int stripe = 0; stripe < EngineFixture.Stripes; stripe++)
        {
            Assert.True(engine.TryServe(new StripeClaim(stripe, 1)));
        }

        return engine;
    }

    private static StoreOptions OptionsOn(SimulatedFileSystem disk, ThreadJobHost host) => EngineFixture.Options(host) with
    {
        FileSystem = disk,
        WriteBufferBytesMax = 64 << 20,
        LogBytesMax = 64 << 20,
    };
}
