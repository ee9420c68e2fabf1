using System.Diagnostics;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>The loops that put records in a given order. One put in sixteen is timed.</summary>
internal static class RecordWriter
{
    public const int BatchRecords = 100;

    private const int SampleMask = 15;

    /// <summary>Puts this lane's share of the ids one by one.</summary>
    public static long PutEach(IBenchEngine engine, Lane lane, ReadOnlySpan<int> ids, int valueBytes, long generation)
    {
        Span<byte> key = stackalloc byte[RecordShape.KeyBytes];
        Span<byte> value = new byte[valueBytes];
        ReadOnlySpan<int> share = ShareOf(ids, lane);
        for (int i = 0; i < share.Length; i++)
        {
            RecordShape.WriteKey(share[i], key);
            RecordShape.WriteValue(share[i], generation, value);
            if ((i & SampleMask) == 0)
            {
                long start = Stopwatch.GetTimestamp();
                engine.Put(key, value);
                lane.Latency.RecordSince(start);
            }
            else
            {
                engine.Put(key, value);
            }
        }

        return share.Length;
    }

    /// <summary>Puts this lane's share of the ids in batches; a batch is one latency, a record one operation.</summary>
    public static long PutBatches(IBenchEngine engine, Lane lane, ReadOnlySpan<int> ids, int valueBytes, long generation)
    {
        var batch = new RecordBatch(BatchRecords, valueBytes);
        ReadOnlySpan<int> share = ShareOf(ids, lane);
        for (int first = 0; first < share.Length; first += BatchRecords)
        {
            batch.Clear();
            foreach (int id in share.Slice(first, Math.Min(BatchRecords, share.Length - first)))
            {
                batch.Add(id, generation);
            }

            long start = Stopwatch.GetTimestamp();
            engine.PutBatch(batch);
            lane.Latency.RecordSince(start);
        }

        return share.Length;
    }

    /// <summary>Fills a store with all ids in whatever way its engine fills fastest. Not timed.</summary>
    public static void LoadAll(IBenchEngine engine, ReadOnlySpan<int> ids, int valueBytes)
    {
        var batch = new RecordBatch(BatchRecords, valueBytes);
        for (int first = 0; first < ids.Length; first += BatchRecords)
        {
            batch.Clear();
            foreach (int id in ids.Slice(first, Math.Min(BatchRecords, ids.Length - first)))
            {
                batch.Add(id, generation: 0);
            }

            engine.Load(batch);
        }
    }

    private static ReadOnlySpan<int> ShareOf(ReadOnlySpan<int> ids, Lane lane)
    {
        int from = (int)((long)ids.Length * lane.Index / lane.Count);
        int to = (int)((long)ids.Length * (lane.Index + 1) / lane.Count);
        return ids[from..to];
    }
}
