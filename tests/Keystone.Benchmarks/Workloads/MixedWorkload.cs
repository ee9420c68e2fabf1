using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// One thread reads at random while another overwrites at random as fast as it can. The figure is the reader's; what the
/// writer reached stands beside it as <c>writes</c>.
/// </summary>
internal static class MixedWorkload
{
    private const int WriteStride = 64;

    public static List<Measurement> ReadWhileWriting(WorkloadContext context)
    {
        using IBenchEngine engine = context.OpenCopyOfBase();
        Lanes.Run(2, lane => RecordReader.GetAll(engine, lane, context.Records, context.ValueBytes));
        Time(context, engine, context.WarmSeconds);
        (LaneTotal reads, long writes) = Time(context, engine, context.ReadSeconds);

        Measurement measurement = reads.ToMeasurement(context.Workload, context.ValueBytes, threads: 1);
        measurement.Extra["writes"] = writes / reads.Seconds;
        return [measurement];
    }

    private static (LaneTotal Reads, long Writes) Time(WorkloadContext context, IBenchEngine engine, double seconds)
    {
        using var readerEnded = new CancellationTokenSource();
        long writes = 0;
        LaneTotal reads = Lanes.Run(2, lane =>
        {
            if (lane.Index == 1)
            {
                writes = OverwriteUntil(context, engine, lane.Seed, readerEnded.Token);
                return 0;
            }

            try
            {
                return RecordReader.GetExisting(engine, lane, context.Records, context.ValueBytes, seconds);
            }
            finally
            {
                readerEnded.Cancel();
            }
        });
        return (reads, writes);
    }

    /// <summary>Overwrites random records until told to end, and returns how many it has written.</summary>
    public static long OverwriteUntil(WorkloadContext context, IBenchEngine engine, ulong seed, CancellationToken end)
    {
        Span<byte> key = stackalloc byte[RecordShape.KeyBytes];
        Span<byte> value = new byte[context.ValueBytes];
        var ids = new IdSource(seed);
        long writes = 0;
        while (!end.IsCancellationRequested)
        {
            for (int i = 0; i < WriteStride; i++)
            {
                int id = ids.Below(context.Records);
                RecordShape.WriteKey(id, key);
                RecordShape.WriteValue(id, writes + i, value);
                engine.Put(key, value);
            }

            writes += WriteStride;
        }

        return writes;
    }
}
