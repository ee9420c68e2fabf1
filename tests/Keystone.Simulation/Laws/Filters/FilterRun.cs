using System.Buffers.Binary;
using Keystone.Simulation.Running;
using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Sst;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Laws.Filters;

/// <summary>
/// Filters of tables of any size and any number of bits. What always holds: a key that was added is never denied, the empty one and one of
/// 2 KiB included, by every variant of the test; a filter over nothing has no lines; and strangers pass as often as theory says, within a
/// factor of 1.3, where there are enough of them to tell.
/// </summary>
internal sealed unsafe class FilterRun(int seed, Tally tally)
{
    private const int KeysMax = 20_000;
    private const int StrangerCount = 100_000;
    private const double RateFactorMax = 1.3;

    /// <summary>Fewer expected passes than this say little about a rate: chance alone spreads them.</summary>
    private const int PassesMin = 1000;

    private const int LongKeyBytes = 2048;

    private readonly Random _random = new(seed);

    /// <summary>Runs to the end. Returns the probes that were made.</summary>
    public long Run()
    {
        int bits = 1 + _random.Next(20);
        int count = _random.Next(4) == 0 ? _random.Next(3) : _random.Next(KeysMax);
        LawFailure.Require(SplitBlockFilter.LinesFor(0, bits) == 0, "a filter over nothing has lines");
        byte[][] keys = [[], new byte[LongKeyBytes], .. Enumerable.Range(0, count).Select(i => KeyOf(i))];
        int lines = SplitBlockFilter.LinesFor(keys.Length, bits);
        using NativeBuffer filter = new(new MemoryAccount("filter"), lines * SplitBlockFilter.LineBytes);
        filter.Append(lines * SplitBlockFilter.LineBytes).Clear();
        byte* first = filter.Pointer;
        foreach (byte[] key in keys)
        {
            ulong hash = SplitBlockFilter.HashOf(key);
            SplitBlockFilter.Add(LineOf(first, lines, hash), hash);
        }

        foreach (byte[] key in keys)
        {
            ulong hash = SplitBlockFilter.HashOf(key);
            byte* line = LineOf(first, lines, hash);
            LawFailure.Require(
                SplitBlockFilter.MayContain(line, hash) && SplitBlockFilter.MayContainScalar(line, hash),
                $"key {Convert.ToHexString(key)} of {keys.Length} was added and is denied, {bits} bits for a key");
        }

        RequireRate(first, lines, keys.Length);
        return keys.Length + StrangerCount + ProbeStore();
    }

    private void RequireRate(byte* first, int lines, int count)
    {
        int passed = 0;
        for (int i = 0; i < StrangerCount; i++)
        {
            ulong hash = SplitBlockFilter.HashOf(KeyOf(KeysMax + i));
            passed += SplitBlockFilter.MayContain(LineOf(first, lines, hash), hash) ? 1 : 0;
        }

        double expected = StrangerCount * RateInTheory((double)count / lines);
        if (expected >= PassesMin && lines >= PassesMin / 10)
        {
            tally.Note("rates measured");
            LawFailure.Require(
                passed <= expected * RateFactorMax && passed >= expected / RateFactorMax,
                $"{passed} of {StrangerCount} strangers pass {lines} lines with {count} keys, theory says {expected:F0}");
        }
    }

    /// <summary>
    /// A line has so many keys as a Poisson distribution around the mean says, and each of its eight words has so many bits set that a
    /// stranger passes if all of its eight bits meet one.
    /// </summary>
    private static double RateInTheory(double keysPerLine)
    {
        double rate = 0;
        double share = Math.Exp(-keysPerLine);
        for (int keys = 0; keys < keysPerLine + (20 * Math.Sqrt(keysPerLine)) + 20; keys++)
        {
            rate += share * Math.Pow(1 - Math.Pow(1 - (1.0 / 64), keys), 8);
            share *= keysPerLine / (keys + 1);
        }

        return rate;
    }

    /// <summary>The same through a store: what was flushed is found in the files, where nothing but filter and index lead to it.</summary>
    private long ProbeStore()
    {
        SeededJobHost host = new(seed);
        StoreOptions options = LawOptions.Draw(seed, new SimulatedFileSystem(), host) with { FilterBitsPerKey = 1 + _random.Next(20) };
        StorageEngine engine = LawOptions.Create(options, host);
        StripeClaim claim = new(0, 1);
        byte[] value = new byte[8];
        LawFailure.Require(engine.Get(claim, [], value).Status == ReadStatus.NotFound, "an empty stripe has the empty key");
        host.Await(engine.FlushAsync());
        byte[][] keys = [[], new byte[LongKeyBytes], .. Enumerable.Range(0, _random.Next(300)).Select(i => KeyOf(i))];
        foreach (byte[] key in keys)
        {
            host.Await(engine.PutAsync(claim, key, value, WriteDurability.Buffered));
        }

        host.Await(engine.FlushAsync());
        host.Await(_random.Next(2) == 0 ? engine.CompactAsync() : Task.CompletedTask);
        foreach (byte[] key in keys)
        {
            LawFailure.Require(
                engine.Get(claim, key, value).Status == ReadStatus.Found, $"key {Convert.ToHexString(key)} is lost in its file");
        }

        LawFailure.Require(engine.Get(claim, KeyOf(KeysMax), value).Status == ReadStatus.NotFound, "a key that nobody wrote is there");
        LawOptions.Close(engine, host);
        return keys.Length + 2;
    }

    private static byte* LineOf(byte* first, int lines, ulong hash)
        => first + ((long)SplitBlockFilter.LineOf(hash, (uint)lines) * SplitBlockFilter.LineBytes);

    /// <summary>Distinct keys of different lengths; other ones for every seed.</summary>
    private byte[] KeyOf(int number)
    {
        byte[] key = new byte[8 + (number % 9)];
        BinaryPrimitives.WriteInt32BigEndian(key, number);
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(4), seed);
        return key;
    }
}
