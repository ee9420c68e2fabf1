using System.Diagnostics;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// The loops that read and check. They run until their time is over and look at the clock once in a stride; one read in
/// 64 is timed and compared byte by byte, all others by length and embedded id.
/// </summary>
internal static class RecordReader
{
    private const int StrideOperations = 256;
    private const int SampleMask = 63;

    /// <summary>Gets uniform ids below <paramref name="limit"/>, all of which exist.</summary>
    public static long GetExisting(IBenchEngine engine, Lane lane, int limit, int valueBytes, double seconds)
    {
        Span<byte> key = stackalloc byte[RecordShape.KeyBytes];
        Span<byte> value = new byte[valueBytes];
        var ids = new IdSource(lane.Seed);
        var time = new TimeBox(seconds);
        long operations = 0;
        while (time.HasTurn())
        {
            for (int i = 0; i < StrideOperations; i++)
            {
                int id = ids.Below(limit);
                RecordShape.WriteKey(id, key);
                bool sampled = (i & SampleMask) == 0;
                long start = sampled ? Stopwatch.GetTimestamp() : 0;
                int length = engine.Get(key, value);
                if (sampled)
                {
                    lane.Latency.RecordSince(start);
                }

                Check(id, length, value, sampled);
            }

            operations += StrideOperations;
        }

        return operations;
    }

    /// <summary>Gets keys that lie between the others and do not exist.</summary>
    public static long GetMissing(IBenchEngine engine, Lane lane, int limit, int valueBytes, double seconds)
    {
        Span<byte> key = stackalloc byte[RecordShape.KeyBytes];
        Span<byte> value = new byte[valueBytes];
        var ids = new IdSource(lane.Seed);
        var time = new TimeBox(seconds);
        long operations = 0;
        while (time.HasTurn())
        {
            for (int i = 0; i < StrideOperations; i++)
            {
                int id = ids.Below(limit);
                RecordShape.WriteMissingKey(id, key);
                bool sampled = (i & SampleMask) == 0;
                long start = sampled ? Stopwatch.GetTimestamp() : 0;
                int length = engine.Get(key, value);
                if (sampled)
                {
                    lane.Latency.RecordSince(start);
                }

                BenchmarkException.Require(length < 0, "A key that was never written was found.");
            }

            operations += StrideOperations;
        }

        return operations;
    }

    /// <summary>Reads this lane's share of all records once, which fills the caches.</summary>
    public static long GetAll(IBenchEngine engine, Lane lane, int records, int valueBytes)
    {
        Span<byte> key = stackalloc byte[RecordShape.KeyBytes];
        Span<byte> value = new byte[valueBytes];
        long operations = 0;
        for (int id = lane.Index; id < records; id += lane.Count)
        {
            RecordShape.WriteKey(id, key);
            Check(id, engine.Get(key, value), value, whole: false);
            operations++;
        }

        return operations;
    }

    private static void Check(int id, int length, ReadOnlySpan<byte> value, bool whole)
    {
        if (length != value.Length || RecordShape.IdInValue(value) != id || (whole && !RecordShape.IsWhole(id, value)))
        {
            throw new BenchmarkException($"Record {id} came back with {length} bytes and the id {RecordShape.IdInValue(value)}.");
        }
    }
}
