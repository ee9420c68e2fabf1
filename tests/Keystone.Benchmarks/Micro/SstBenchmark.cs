using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Workloads;
using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Entries;
using Keystone.Storage.Sst;

namespace Keystone.Benchmarks.Micro;

/// <summary>
/// One file of sorted entries by itself: building it, looking keys up with every block in the cache, walking it. Prints nanoseconds
/// for one record, the median of the rounds; every answer is checked.
/// </summary>
internal sealed class SstBenchmark : IDisposable
{
    private const int Records = 1_000_000;
    private const int Rounds = 5;
    private const int LookupsPerRound = 1_000_000;
    private const int ValueBytes = 100;

    private readonly MemoryAccount _account = new("bench");
    private readonly byte[] _keys = new byte[Records * RecordShape.KeyBytes];
    private readonly byte[] _values = new byte[Records * ValueBytes];
    private readonly SstOptions _options;
    private readonly bool _isSealed;
    private readonly FileInMemory _file = new();
    private readonly BlockCache _cache;
    private readonly HandleCache _handles;
    private SstReader? _reader;

    private SstBenchmark(SstOptions options, bool isSealed)
    {
        _isSealed = isSealed;
        _options = options;
        _cache = new BlockCache(1 << 30, _account);
        _handles = new HandleCache(_file, "/bench");
        for (int i = 0; i < Records; i++)
        {
            RecordShape.WriteKey(i * 2L, Key(i));
            RecordShape.WriteValue(i, 0, Value(i));
        }
    }

    public static Command ToCommand()
    {
        var command = new Command("sst", "One file of sorted entries: build, look up, walk.");
        command.SetAction(_ =>
        {
            foreach (Compression compression in Enum.GetValues<Compression>())
            {
                foreach (bool isSealed in (bool[])[false, true])
                {
                    using SstBenchmark benchmark = new(new SstOptions { Compression = compression }, isSealed);
                    benchmark.Run();
                }
            }
        });
        return command;
    }

    public void Dispose()
    {
        _reader?.Release();
        _cache.Dispose();
        _handles.Dispose();
    }

    private void Run()
    {
        Print("build", Records, Build);
        Print("hit", LookupsPerRound, () => LookUp(0));
        Print("miss", LookupsPerRound, () => LookUp(1));
        Print("hit threads=2", LookupsPerRound, LookUpTwice);
        Print("walk cached", Records, () => Walk(throughCache: true));
        Print("walk ahead", Records, () => Walk(throughCache: false));
        Print("size", string.Create(CultureInfo.InvariantCulture, $"bytes/record={_file.Length / (double)Records:F1}"));
    }

    private void Print(string what, int operations, Action round)
    {
        var figures = new double[Rounds];
        round();
        for (int i = 0; i < Rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            round();
            figures[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / operations;
        }

        Array.Sort(figures);
        Print(what, string.Create(CultureInfo.InvariantCulture, $"ns={figures[Rounds / 2]:F1} best={figures[0]:F1}"));
    }

    /// <summary>A key that everybody knows: what is measured is the work.</summary>
    private DataKey? NewKey() => _isSealed ? new DataKey(new byte[DataKey.Bytes], isForWriting: true, observer: null) : null;

    private void Print(string what, string figures)
        => Console.WriteLine($"SST {_options.Compression}{(_isSealed ? " sealed" : "")} {what} {figures}");

    private void Build()
    {
        _reader?.Release();
        _file.Clear();
        DataKey? key = NewKey();
        using SstBuilder builder = new(_options, _account);
        builder.Begin(1, 7, key);
        for (int i = 0; i < Records; i++)
        {
            builder.Add(Key(i), EntryStamp.Of((ulong)i + 1, EntryKind.Put), Value(i));
            if (builder.Finished.Length >= 1 << 20)
            {
                _file.Take(builder);
            }
        }

        SstMeta meta = builder.Finish();
        _file.Take(builder);
        _reader = new SstReader(meta, _cache, _handles, key);
    }

    private void LookUpTwice()
    {
        var other = new Thread(() => LookUp(0, seed: 2));
        other.Start();
        LookUp(0);
        other.Join();
    }

    private void LookUp(int missing, ulong seed = 1)
    {
        Span<byte> key = stackalloc byte[RecordShape.KeyBytes];
        Span<byte> copy = stackalloc byte[ValueBytes];
        ulong state = seed;
        for (int i = 0; i < LookupsPerRound; i++)
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            long id = (long)Math.BigMul(state, Records, out _);
            RecordShape.WriteKey((id * 2) + missing, key);
            PinnedValue value = default;
            SstLookup lookup = _reader!.TryGet(key, SstReader.HashOf(key), EntryStamp.SequenceMax, mayBlock: true, ref value);
            if (missing == 0)
            {
                value.Span.CopyTo(copy);
                Check(lookup.IsFound && RecordShape.IdInValue(copy) == id);
                value.Dispose();
            }
            else
            {
                Check(!lookup.IsFound);
            }
        }
    }

    private void Walk(bool throughCache)
    {
        SstCursor cursor = _reader!.OpenCursor(throughCache, _account);
        long count = 0;
        long sum = 0;
        CursorState state = CursorState.NeedsLoad;
        while (state != CursorState.End)
        {
            state = count == 0 ? cursor.SeekFirst() : cursor.Next();
            if (state == CursorState.NeedsLoad)
            {
                cursor.Load();
            }
            else if (state == CursorState.Entry)
            {
                sum += RecordShape.IdInValue(cursor.Value) + cursor.KeyLength;
                count++;
            }
        }

        cursor.Reset();
        Check(count == Records && sum == ((long)Records * (Records - 1) / 2) + (16L * Records));
    }

    private Span<byte> Key(int i) => _keys.AsSpan(i * RecordShape.KeyBytes, RecordShape.KeyBytes);

    private Span<byte> Value(int i) => _values.AsSpan(i * ValueBytes, ValueBytes);

    private static void Check(bool isRight)
    {
        if (!isRight)
        {
            throw new BenchmarkException("A file of sorted entries gave a wrong answer.");
        }
    }
}
