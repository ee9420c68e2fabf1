using System.Diagnostics;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// One caller with one durable put in flight at a time. Its ids are its own, and are scattered over the key space.
/// Allocates when it starts and never for a put.
/// </summary>
internal sealed class DurableWriter
{
    private const int IdShift = 24;

    private readonly IBenchEngine _engine;
    private readonly byte[] _key = new byte[RecordShape.KeyBytes];
    private readonly byte[] _value;
    private readonly long _firstId;
    private readonly int _step;

    public DurableWriter(IBenchEngine engine, int valueBytes, long firstId, int step)
    {
        _engine = engine;
        _value = new byte[valueBytes];
        _firstId = firstId;
        _step = step;
    }

    public LatencyHistogram Latency { get; } = new();

    public long Acknowledged { get; private set; }

    public async Task RunAsync(double seconds)
    {
        var time = new TimeBox(seconds);
        for (long start = Stopwatch.GetTimestamp(); time.HasTurnAt(start); start = Stopwatch.GetTimestamp())
        {
            long id = IdAt(Acknowledged);
            RecordShape.WriteKey(id, _key);
            RecordShape.WriteValue(id, generation: 0, _value);
            await _engine.PutDurableAsync(_key, _value).ConfigureAwait(false);
            Latency.RecordSince(start);
            Acknowledged++;
        }
    }

    /// <summary>
    /// Reads one in <paramref name="every"/> of the acknowledged records, the last one always, and throws when one is not there.
    /// Returns the first sequence number above those that this writer used.
    /// </summary>
    public long RequireAcknowledged(int every)
    {
        for (long i = Acknowledged - 1; i >= 0; i -= every)
        {
            long id = IdAt(i);
            RecordShape.WriteKey(id, _key);
            int length = _engine.Get(_key, _value);
            BenchmarkException.Require(
                length == _value.Length && RecordShape.IsWhole(id, _value),
                $"The acknowledged record {id} came back with {length} bytes.");
        }

        return _firstId + (Acknowledged * _step) + 1;
    }

    private long IdAt(long index) => (long)(RecordShape.Mix64((ulong)(_firstId + (index * _step))) >> IdShift);
}
