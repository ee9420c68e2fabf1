using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;

namespace Keystone.Tests.Benchmarks;

/// <summary>
/// The smallest engine that answers rightly, for tests of the harness: a sorted map under a lock. Its faults can be switched on, to see
/// that the harness does not believe a wrong answer.
/// </summary>
internal sealed class MapEngine : IBenchEngine
{
    private readonly SortedDictionary<byte[], byte[]> _records =
        new(Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));

    private readonly Lock _gate = new();
    private int _puts;

    /// <summary>Every n-th put is acknowledged and lost; 0 for none.</summary>
    public int LosesEvery { get; init; }

    /// <summary>Every value comes back with its last byte changed.</summary>
    public bool Flips { get; init; }

    /// <summary>Every scan begins with the record after the first one.</summary>
    public bool Skips { get; init; }

    /// <summary>Every key exists.</summary>
    public bool Invents { get; init; }

    public bool DurablePutBlocks { get; init; }

    public bool HasBatches { get; init; } = true;

    public int FullScanRuns => 1;

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        lock (_gate)
        {
            if (LosesEvery == 0 || ++_puts % LosesEvery != 0)
            {
                _records[key.ToArray()] = value.ToArray();
            }
        }
    }

    public void PutBatch(RecordBatch batch)
    {
        if (!HasBatches)
        {
            throw new EngineLacksException("this map has no batches");
        }

        Load(batch);
    }

    public void Load(RecordBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            Put(batch.Key(i), batch.Value(i));
        }
    }

    public ValueTask PutDurableAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Put(key, value);
        return ValueTask.CompletedTask;
    }

    public int Get(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        lock (_gate)
        {
            if (!_records.TryGetValue(key.ToArray(), out byte[]? value))
            {
                return Invents ? 0 : -1;
            }

            value.CopyTo(destination);
            destination[^1] ^= (byte)(Flips ? 1 : 0);
            return value.Length;
        }
    }

    public void Scan(ReadOnlySpan<byte> from, int count, ScanSink sink)
    {
        byte[] first = from.ToArray();
        lock (_gate)
        {
            IEnumerable<KeyValuePair<byte[], byte[]>> found = _records.Where(record => record.Key.AsSpan().SequenceCompareTo(first) >= 0);
            foreach ((byte[] key, byte[] value) in found.Skip(Skips ? 1 : 0).Take(count))
            {
                sink.Add(key, value);
            }
        }
    }

    public void ScanAll(ScanSink sink) => Scan([], int.MaxValue, sink);

    public void Settle()
    {
    }

    public void Compact()
    {
    }

    public string Describe() => $"{_records.Count} records";

    public void Dispose()
    {
    }
}
