using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Testing;

namespace Keystone.Simulation.Full;

/// <summary>
/// Fills a real small disk under a writing store, again and again.
/// <para>
/// A cycle: another user of the disk takes all that is free, again and again, until no write is answered any more; everything acknowledged
/// is read while the disk is full; the room comes back; the same calls that were waiting have to be answered, without anybody having
/// touched the store. At the end the store is closed, opened and read again. The seed fixes keys and values.
/// </para>
/// </summary>
internal sealed class FullSuite(int seed, int cycles)
{
    private const int Lanes = 4;
    private const int KeysOfLane = 1000;
    private const int ValueBytesMax = 4000;
    private const long LeftBytes = 128 << 10;
    private const long BallastBytes = 4 << 20;

    /// <summary>So long without an answer means that writers wait for room: a store on such a disk answers in microseconds.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The newest version of each key that was acknowledged. Each lane writes its own row.</summary>
    private readonly int[][] _acknowledged = [.. Enumerable.Range(0, Lanes).Select(_ => new int[KeysOfLane])];

    private long _answers;
    private volatile bool _mustEnd;

    /// <summary>Runs the suite for people.</summary>
    public static async Task<int> RunAsync(int seed, int cycles)
    {
        using SmallDisk? disk = SmallDisk.TryMount(out string refusal);
        if (disk is null)
        {
            Console.WriteLine($"full: a disk of {SmallDisk.Megabytes} MiB could not be mounted, which needs root: {refusal}");
            Console.WriteLine("0 passed, 1 failed");
            return 1;
        }

        Stopwatch watch = Stopwatch.StartNew();
        FullSuite suite = new(seed, cycles);
        string figures = await suite.RunAsync(disk);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"full: seed {seed}, {figures}, {watch.Elapsed.TotalSeconds:F0} s"));
        Console.WriteLine("1 passed, 0 failed");
        return 0;
    }

    private async Task<string> RunAsync(SmallDisk disk)
    {
        await using ThreadJobHost host = new(onFailure: static (_, failure) => throw failure);
        long stalls = 0;
        StoreStatistics last;
        await using (StorageEngine engine = StorageEngine.Create(disk.StorePath, Options(host)))
        {
            await engine.ClaimAsync(Enumerable.Range(0, Lanes).Select(stripe => new StripeClaim(stripe, 1)));
            Serve(engine);
            Task[] lanes = [.. Enumerable.Range(0, Lanes).Select(lane => Task.Run(() => WriteAsync(engine, lane)))];
            for (int cycle = 1; cycle <= cycles; cycle++)
            {
                await UntilAsync(() => engine.Statistics().BallastBytes == BallastBytes, cycle, "put room by");
                await FillAsync(disk);
                Require(engine.Statistics().BallastReleases >= cycle, $"cycle {cycle}: the ballast was not given back");
                Check(engine);
                long answered = Volatile.Read(ref _answers);
                disk.Free();
                await UntilAsync(() => Volatile.Read(ref _answers) > answered + (Lanes * 10), cycle, "answered a write");
                Require(!engine.Statistics().IsPoisoned, $"cycle {cycle}: the store refuses writes");
                stalls++;
            }

            _mustEnd = true;
            await Task.WhenAll(lanes);
            last = engine.Statistics();
        }

        await using StorageEngine again = StorageEngine.Open(disk.StorePath, Options(host));
        Serve(again);
        Check(again);
        return $"{stalls} times full and well again, {_answers} acknowledged writes, 0 lost, {last.Flushes} flushes, "
            + $"{last.Compactions} compactions, ballast given back {last.BallastReleases} times";
    }

    private async Task WriteAsync(StorageEngine engine, int lane)
    {
        byte[] key = new byte[4];
        for (int number = 1; !_mustEnd; number++)
        {
            int index = number % KeysOfLane;
            BinaryPrimitives.WriteInt32BigEndian(key, index);
            WriteDurability durability = number % 8 == 0 ? WriteDurability.Synced : WriteDurability.Buffered;
            WriteResult result = await engine.PutAsync(new StripeClaim(lane, 1), key, ValueOf(lane, number), durability);
            Require(result.Status == WriteStatus.Committed, $"a write was answered with {result.Status}");
            Volatile.Write(ref _acknowledged[lane][index], number);
            Interlocked.Increment(ref _answers);
        }
    }

    /// <summary>Every key has the version that was acknowledged last, or the one that is under way.</summary>
    private void Check(StorageEngine engine)
    {
        byte[] key = new byte[4];
        byte[] value = new byte[ValueBytesMax];
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int index = 0; index < KeysOfLane; index++)
            {
                int known = Volatile.Read(ref _acknowledged[lane][index]);
                BinaryPrimitives.WriteInt32BigEndian(key, index);
                ReadResult found = engine.Get(new StripeClaim(lane, 1), key, value);
                Require(known == 0 || found.Status == ReadStatus.Found, $"key {index} of lane {lane} is gone");
                int version = found.Status == ReadStatus.Found ? BinaryPrimitives.ReadInt32BigEndian(value) : 0;
                bool isKnown = version == known || version == known + KeysOfLane || (known == 0 && version == index);
                Require(isKnown, $"key {index} of lane {lane} has version {version} after {known} was acknowledged");
                Require(
                    version == 0 || value.AsSpan(0, found.ValueBytes).SequenceEqual(ValueOf(lane, version)),
                    $"key {index} of lane {lane} has other bytes than version {version}");
            }
        }
    }

    private byte[] ValueOf(int lane, int number)
    {
        Dice dice = new(seed, (lane * 10_000_000) + number);
        byte[] value = new byte[8 + dice.Below(ValueBytesMax - 8)];
        new Random((int)dice.Next()).NextBytes(value);
        BinaryPrimitives.WriteInt32BigEndian(value, number);
        return value;
    }

    /// <summary>A store that overwrites lives on what it frees, so whoever fills the disk goes on until no write is answered.</summary>
    private async Task FillAsync(SmallDisk disk)
    {
        long before = -1;
        Stopwatch watch = Stopwatch.StartNew();
        while (Volatile.Read(ref _answers) != before)
        {
            Require(watch.Elapsed < Patience, "a full disk stalls no writer");
            before = Volatile.Read(ref _answers);
            disk.FillBut(LeftBytes);
            await Task.Delay(Silence);
        }
    }

    private static async Task UntilAsync(Func<bool> condition, int cycle, string what)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            Require(watch.Elapsed < Patience, $"cycle {cycle}: the store has not {what} in {Patience.TotalSeconds:F0} s");
            await Task.Delay(10);
        }
    }

    private static void Serve(StorageEngine engine)
    {
        for (int stripe = 0; stripe < Lanes; stripe++)
        {
            Require(engine.TryServe(new StripeClaim(stripe, 1)), $"the claim of stripe {stripe} is gone");
        }
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"FAILED: {what}");
        }
    }

    private static StoreOptions Options(IJobHost host) => new()
    {
        JobHost = host,
        StripeCount = Lanes,
        SegmentBytes = 1 << 20,
        LogBytesMax = 16 << 20,
        WriteBufferBytesMax = 8 << 20,
        BlockCacheBytes = 1 << 20,
        ReadThreads = 2,
        ManifestBytesMin = 64 << 10,
        BallastBytes = BallastBytes,
        HugePages = false,
    };
}
