using System.Buffers.Binary;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>
/// Real threads on the whole engine: writers of every kind, readers that know what must hold, flushes, compactions and snapshots
/// beside them; then the store is closed, opened again and compared with what was acknowledged.
/// </summary>
public sealed class EngineConcurrencyTests : IDisposable
{
    private const int WriterCount = 4;
    private const int CounterCount = 8;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    private readonly string _directory = Directory.CreateTempSubdirectory("keystone-engine-").FullName;
    private readonly long[] _acknowledged = new long[WriterCount];
    private long _round;
    private long _increments;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Writers_and_readers_beside_flush_and_compaction_see_whole_batches_and_lose_nothing(bool inMemory)
    {
        await using ThreadJobHost host = new(onFailure: static (_, failure) => throw failure);
        string path = Path.Combine(_directory, "store");
        StorageEngine engine = await EngineFixture.CreateAsync(path, host, inMemory: inMemory);
        using CancellationTokenSource end = new(Duration);
        List<Task> tasks = [];
        for (int writer = 0; writer < WriterCount; writer++)
        {
            int id = writer;
            tasks.Add(Task.Run(() => CountUpAsync(engine, id, end.Token), CancellationToken.None));
        }

        tasks.Add(Task.Run(() => WriteRoundsAsync(engine, end.Token), CancellationToken.None));
        tasks.Add(Task.Run(() => IncrementAsync(engine, first: 0, end.Token), CancellationToken.None));
        tasks.Add(Task.Run(() => IncrementAsync(engine, first: 3, end.Token), CancellationToken.None));
        tasks.Add(Task.Run(() => ReadRounds(engine, end.Token), CancellationToken.None));
        tasks.Add(Task.Run(() => ReadCounts(engine, end.Token), CancellationToken.None));
        tasks.Add(Task.Run(() => MaintainAsync(engine, end.Token), CancellationToken.None));
        await Task.WhenAll(tasks);

        CheckFinal(engine);
        await engine.DisposeAsync();
        Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));

        if (inMemory)
        {
            return;
        }

        StorageEngine again = EngineFixture.Open(path, host);
        CheckFinal(again);
        Assert.Empty(await again.VerifyAsync(cancellation: TestContext.Current.CancellationToken));
        await again.DisposeAsync();
        Assert.All(again.Accounts.All, account => Assert.Equal(0, account.Bytes));
    }

    [Fact]
    public async Task Closing_beside_writers_and_readers_ends_every_call_and_keeps_what_was_acknowledged()
    {
        await using ThreadJobHost host = new(onFailure: static (_, failure) => throw failure);
        string path = Path.Combine(_directory, "store");
        for (int life = 0; life < 10; life++)
        {
            StorageEngine engine = life == 0 ? await EngineFixture.CreateAsync(path, host) : EngineFixture.Open(path, host);
            List<Task> tasks = [];
            for (int writer = 0; writer < WriterCount; writer++)
            {
                int id = writer;
                tasks.Add(Task.Run(() => UntilClosedAsync(() => CountUpAsync(engine, id, CancellationToken.None)), CancellationToken.None));
            }

            tasks.Add(Task.Run(() => UntilClosedAsync(() => FlushOnAsync(engine)), CancellationToken.None));
            using CancellationTokenSource closed = new();
            tasks.Add(Task.Run(() => ReadCounts(engine, closed.Token), CancellationToken.None));
            while (engine.Statistics().Groups < 50)
            {
                await Task.Yield();
            }

            await engine.DisposeAsync();
            await closed.CancelAsync();
            await Task.WhenAll(tasks);
            Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));
        }

        await using StorageEngine last = EngineFixture.Open(path, host);
        for (int writer = 0; writer < WriterCount; writer++)
        {
            // A write whose answer was lost in the close may be there.
            Assert.InRange(Read(last, CountKey(writer), snapshot: null), _acknowledged[writer], _acknowledged[writer] + 1);
        }
    }

    private static async Task UntilClosedAsync(Func<Task> work)
    {
        StoreException end = await Assert.ThrowsAsync<StoreException>(work);
        Assert.Equal(StoreErrorCode.Closed, end.Code);
    }

    private static async Task FlushOnAsync(StorageEngine engine)
    {
        while (true)
        {
            await engine.FlushAsync();
        }
    }

    /// <summary>Each writer counts up under a key of its own, every fourth time synced.</summary>
    private async Task CountUpAsync(StorageEngine engine, int writer, CancellationToken end)
    {
        byte[] value = new byte[200];
        for (long count = _acknowledged[writer] + 1; !end.IsCancellationRequested; count++)
        {
            BinaryPrimitives.WriteInt64BigEndian(value, count);
            WriteDurability durability = count % 4 == 0 ? WriteDurability.Synced : WriteDurability.Buffered;
            WriteResult result = await engine.PutAsync(ClaimOfCount(writer), CountKey(writer), value, durability);
            Assert.Equal(WriteStatus.Committed, result.Status);
            Volatile.Write(ref _acknowledged[writer], count);
        }
    }

    /// <summary>One batch over all stripes, the same number everywhere.</summary>
    private async Task WriteRoundsAsync(StorageEngine engine, CancellationToken end)
    {
        WriteBatch batch = new();
        while (!end.IsCancellationRequested)
        {
            batch.Clear();
            byte[] value = NumberOf(_round + 1);
            for (int stripe = 0; stripe < EngineFixture.Stripes; stripe++)
            {
                batch.Put(new StripeClaim(stripe, 1), "round"u8, value);
            }

            await engine.WriteAsync(batch, _round % 2 == 0 ? WriteDurability.Synced : WriteDurability.Buffered, CancellationToken.None);
            _round++;
        }
    }

    private async Task IncrementAsync(StorageEngine engine, int first, CancellationToken end)
    {
        for (int i = first; !end.IsCancellationRequested; i++)
        {
            WriteResult result = await engine.WriteAsync(new Increment(i % CounterCount), WriteDurability.Buffered, CancellationToken.None);
            Assert.Equal(WriteStatus.Committed, result.Status);
            Interlocked.Increment(ref _increments);
        }
    }

    private static void ReadRounds(StorageEngine engine, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            using Snapshot snapshot = engine.TakeSnapshot();
            long round = Read(engine, "round"u8.ToArray(), snapshot, stripe: 0);
            for (int stripe = 1; stripe < EngineFixture.Stripes; stripe++)
            {
                Assert.Equal(round, Read(engine, "round"u8.ToArray(), snapshot, stripe));
            }

            using StripeIterator iterator = engine.OpenIterator(new StripeClaim(5, 1), "round"u8, default, snapshot)!.Value;
            IteratorState state = iterator.SeekFirst();
            while (state == IteratorState.NeedsDisk)
            {
                iterator.Load();
                state = iterator.SeekFirst();
            }

            Assert.Equal(round, state == IteratorState.Entry ? BinaryPrimitives.ReadInt64BigEndian(iterator.Value) : 0);
        }
    }

    private void ReadCounts(StorageEngine engine, CancellationToken end)
    {
        long[] seen = new long[WriterCount];
        while (!end.IsCancellationRequested)
        {
            for (int writer = 0; writer < WriterCount; writer++)
            {
                long acknowledged = Volatile.Read(ref _acknowledged[writer]);
                byte[] value = new byte[200];
                ReadResult result = engine.Get(ClaimOfCount(writer), CountKey(writer), value);
                if (result.Status == ReadStatus.NotServing)
                {
                    return;
                }

                long count = result.Status == ReadStatus.Found ? BinaryPrimitives.ReadInt64BigEndian(value) : 0;
                Assert.True(
                    count >= acknowledged && count >= seen[writer],
                    $"writer {writer}: {count} after {seen[writer]}, acknowledged {acknowledged}");
                seen[writer] = count;
            }
        }
    }

    private static async Task MaintainAsync(StorageEngine engine, CancellationToken end)
    {
        for (int turn = 0; !end.IsCancellationRequested; turn++)
        {
            await engine.FlushAsync();
            if (turn % 4 == 3)
            {
                await engine.CompactAsync(cancellation: CancellationToken.None);
            }

            using Snapshot snapshot = engine.TakeSnapshot();
            _ = engine.Statistics();
        }
    }

    private void CheckFinal(StorageEngine engine)
    {
        for (int writer = 0; writer < WriterCount; writer++)
        {
            Assert.Equal(_acknowledged[writer], Read(engine, CountKey(writer), snapshot: null));
        }

        long sum = 0;
        for (int counter = 0; counter < CounterCount; counter++)
        {
            sum += Read(engine, Increment.KeyOf(counter), snapshot: null, counter % EngineFixture.Stripes);
        }

        Assert.Equal(_increments, sum);
        Assert.Equal(_round, Read(engine, "round"u8.ToArray(), snapshot: null, stripe: 9));
    }

    private static long Read(StorageEngine engine, byte[] key, Snapshot? snapshot, int stripe = -1)
    {
        StripeClaim claim = new(stripe < 0 ? key[^1] : stripe, 1);
        byte[] value = new byte[200];
        ReadResult result = engine.Get(claim, key, value, snapshot);
        Assert.True(result.Status is ReadStatus.Found or ReadStatus.NotFound, $"{result.Status}");
        return result.Status == ReadStatus.Found ? BinaryPrimitives.ReadInt64BigEndian(value) : 0;
    }

    /// <summary>The last byte is the stripe.</summary>
    private static byte[] CountKey(int writer) => [(byte)'c', (byte)writer];

    private static StripeClaim ClaimOfCount(int writer) => new(writer, 1);

    private static byte[] NumberOf(long number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }

    private sealed class Increment(int counter) : IWritePlan
    {
        public int ReadCount => 1;

        public static byte[] KeyOf(int counter) => [(byte)'n', (byte)counter];

        public StripeClaim ClaimAt(int read) => new(counter % EngineFixture.Stripes, 1);

        public ReadOnlySpan<byte> KeyAt(int read) => KeyOf(counter);

        public bool Decide(PlanReads reads, WriteBatch batch)
        {
            long before = reads.TryGet(0, out ReadOnlySpan<byte> value, out _) ? BinaryPrimitives.ReadInt64BigEndian(value) : 0;
            batch.Put(ClaimAt(0), KeyAt(0), NumberOf(before + 1));
            return true;
        }
    }
}
