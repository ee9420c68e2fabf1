using System.Buffers.Binary;
using System.Globalization;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Testing;

namespace Keystone.Simulation.Traffic;

/// <summary>
/// The process that is watched: lanes overwrite drawn keys until enough bytes were written, others scan stripes and look up keys meanwhile,
/// and at the end every stripe is scanned and compared with what was acknowledged. Each lane owns the stripes of its number.
/// </summary>
internal sealed class TrafficWriter
{
    public const string Verb = "traffic-writer";

    private const int Stripes = 256;
    private const int Lanes = 8;
    private const int Scanners = 2;
    private const int KeysOfStripe = 1024;
    private const int ValueBytesMax = 8 << 10;
    private const int HeadBytes = 12;

    private readonly StorageEngine _engine;
    private readonly int _seed;
    private readonly long _bytesToWrite;

    /// <summary>The version of each key that was acknowledged last. Each lane writes its own stripes.</summary>
    private readonly int[] _acknowledged = new int[Stripes * KeysOfStripe];

    private long _written;
    private long _scanned;
    private volatile bool _mustEnd;

    private TrafficWriter(StorageEngine engine, int seed, long bytesToWrite)
    {
        _engine = engine;
        _seed = seed;
        _bytesToWrite = bytesToWrite;
    }

    public static async Task<int> RunAsync(string[] arguments)
    {
        int seed = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        long bytes = long.Parse(arguments[3], CultureInfo.InvariantCulture);
        await using ThreadJobHost host = new();
        await using StorageEngine engine = StorageEngine.Create(arguments[1], OptionsOn(host));
        await engine.ClaimAsync(Enumerable.Range(0, Stripes).Select(stripe => new StripeClaim(stripe, 1)));
        for (int stripe = 0; stripe < Stripes; stripe++)
        {
            Require(engine.TryServe(new StripeClaim(stripe, 1)), $"the claim of stripe {stripe} is gone");
        }

        await new TrafficWriter(engine, seed, bytes).RunAsync();
        return 0;
    }

    /// <summary>The shares of a server of 512 MiB.</summary>
    private static StoreOptions OptionsOn(IJobHost host) => new()
    {
        JobHost = host,
        StripeCount = Stripes,
        WriteBufferBytesMax = 64L << 20,
        BlockCacheBytes = 96L << 20,
    };

    private async Task RunAsync()
    {
        Task[] scanners = [.. Enumerable.Range(0, Scanners)
            .Select(number => Task.Factory.StartNew(() => Scan(number), TaskCreationOptions.LongRunning))];
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => Task.Run(() => WriteAsync(lane))));
        _mustEnd = true;
        await Task.WhenAll(scanners);
        long keys = Enumerable.Range(0, Stripes).Sum(stripe => (long)ScanStripe(stripe, isExact: true));
        Require(keys == _acknowledged.Count(version => version > 0), "the store has another number of keys than were written");
        StoreStatistics last = _engine.Statistics();
        Console.WriteLine(
            $"traffic: {_written:N0} bytes written, {_scanned:N0} scanned, {keys:N0} keys checked, "
            + $"{last.StalledWrites:N0} writes had to wait, {last.Flushes} flushes, "
            + $"{last.Compactions} compactions, {last.BytesByLevel.Sum():N0} bytes in files");
        Require(last.Flushes > 0 && last.Compactions > 0, "nothing was flushed or compacted");
    }

    private async Task WriteAsync(int lane)
    {
        Dice dice = new(_seed, lane);
        byte[] key = new byte[4];
        byte[] value = new byte[ValueBytesMax];
        while (Volatile.Read(ref _written) < _bytesToWrite)
        {
            int stripe = (dice.Below(Stripes / Lanes) * Lanes) + lane;
            int index = dice.Below(KeysOfStripe);
            int version = _acknowledged[(stripe * KeysOfStripe) + index] + 1;
            int length = HeadBytes + dice.Below(ValueBytesMax - HeadBytes);
            BinaryPrimitives.WriteInt32BigEndian(key, index);
            Fill(value.AsSpan(0, length), stripe, index, version);
            WriteDurability durability = dice.Below(32) == 0 ? WriteDurability.Synced : WriteDurability.Buffered;
            WriteResult result = await _engine.PutAsync(new StripeClaim(stripe, 1), key, value.AsSpan(0, length), durability);
            Require(result.Status == WriteStatus.Committed, $"a write was answered with {result.Status}");
            Volatile.Write(ref _acknowledged[(stripe * KeysOfStripe) + index], version);
            Interlocked.Add(ref _written, key.Length + length);
        }
    }

    private void Scan(int number)
    {
        Dice dice = new(_seed, Lanes + number);
        while (!_mustEnd)
        {
            ScanStripe(dice.Below(Stripes), isExact: false);
        }
    }

    /// <summary>Reads every key of a stripe. Meanwhile a newer version than was acknowledged before may have come.</summary>
    private int ScanStripe(int stripe, bool isExact)
    {
        int[] before = _acknowledged.AsSpan(stripe * KeysOfStripe, KeysOfStripe).ToArray();
        using StripeIterator iterator = _engine.OpenIterator(new StripeClaim(stripe, 1))!.Value;
        int keys = 0;
        bool isBegun = false;
        while (true)
        {
            IteratorState state = isBegun ? iterator.Next() : iterator.SeekFirst();
            if (state == IteratorState.End)
            {
                return keys;
            }

            if (state == IteratorState.NeedsDisk)
            {
                iterator.Load();
                continue;
            }

            isBegun = true;
            keys++;
            int index = BinaryPrimitives.ReadInt32BigEndian(iterator.Key);
            int version = BinaryPrimitives.ReadInt32LittleEndian(iterator.Value);
            bool isKnown = isExact ? version == before[index] : version >= before[index];
            Require(isKnown && IsOf(iterator.Value, stripe, index), $"key {index} of stripe {stripe} is wrong in version {version}");
            Interlocked.Add(ref _scanned, iterator.Key.Length + iterator.Value.Length);
        }
    }

    /// <summary>Bytes that tell whose they are, and that a codec cannot make much smaller.</summary>
    private static void Fill(Span<byte> value, int stripe, int index, int version)
    {
        new Random(HashCode(stripe, index, version)).NextBytes(value);
        BinaryPrimitives.WriteInt32LittleEndian(value, version);
        BinaryPrimitives.WriteInt32LittleEndian(value[4..], stripe);
        BinaryPrimitives.WriteInt32LittleEndian(value[8..], index);
    }

    private static bool IsOf(ReadOnlySpan<byte> value, int stripe, int index)
        => BinaryPrimitives.ReadInt32LittleEndian(value[4..]) == stripe && BinaryPrimitives.ReadInt32LittleEndian(value[8..]) == index;

    private static int HashCode(int stripe, int index, int version) => (((stripe * KeysOfStripe) + index) * 7919) + version;

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }
}
