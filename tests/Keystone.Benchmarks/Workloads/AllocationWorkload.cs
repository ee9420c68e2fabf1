using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// Managed bytes for an operation, counted over the whole process while a caller that allocates nothing repeats it. The count of
/// the same loop with nothing to do is taken off, so that starting the callers is not charged to the engine.
/// </summary>
internal static class AllocationWorkload
{
    private const int Records = 100_000;
    private const int DurableInFlight = 64;

    /// <summary>
    /// Durable puts are counted for so many times longer than the rest: through several flushes of everything, whose cost they share. A
    /// shorter count has all of a flush in it, or none.
    /// </summary>
    private const int DurableStretch = 5;

    public static List<Measurement> Count(WorkloadContext context)
    {
        using IBenchEngine engine = context.OpenScratch("alloc");
        int[] order = RecordOrder.Shuffled(Records, seed: 1);
        int valueBytes = context.ValueBytes;
        var sink = new ScanSink(valueBytes, pageRecords: 0);
        List<Measurement> puts =
        [
            Line(context, "op=put", s => RunLane(lane => RecordWriter.PutEach(engine, lane, Some(order, s), valueBytes, 1))),
        ];
        if (engine.HasBatches)
        {
            puts.Add(Line(
                context, "op=putbatch", s => RunLane(lane => RecordWriter.PutBatches(engine, lane, Some(order, s), valueBytes, 2))));
        }

        engine.Settle();
        return
        [
            .. puts,
            Line(context, "op=get", s => RunLane(lane => RecordReader.GetExisting(engine, lane, Records, valueBytes, s))),
            Line(context, "op=getmissing", s => RunLane(lane => RecordReader.GetMissing(engine, lane, Records, valueBytes, s))),
            Line(context, "op=scanstep", s => RunLane(_ => ScanFor(engine, sink, s))),
            Line(context, "op=putdurable", s => DurableWorkload.Run(engine, valueBytes, DurableInFlight, s * DurableStretch)),
        ];
    }

    private static long RunLane(Func<Lane, long> body) => Lanes.Run(1, body).Operations;

    private static ReadOnlySpan<int> Some(int[] order, double seconds) => seconds > 0 ? order : [];

    private static long ScanFor(IBenchEngine engine, ScanSink sink, double seconds)
    {
        var time = new TimeBox(seconds);
        long operations = 0;
        while (time.HasTurn())
        {
            sink.Reset();
            engine.ScanAll(sink);
            operations += sink.Count;
        }

        return operations;
    }

    /// <summary>Runs three times: to fill pools and compile code, with nothing to do, and to be counted.</summary>
    private static Measurement Line(WorkloadContext context, string variant, Func<double, long> run)
    {
        run(context.ReadSeconds);
        long idleBytes = CountBytes(run, seconds: 0, out _);
        long bytes = CountBytes(run, context.ReadSeconds, out long operations);
        double perOperation = Math.Max(0, bytes - idleBytes) / (double)operations;
        return new Measurement(context.Workload, context.ValueBytes, Threads: 1, variant, perOperation) { Unit = "bytes/op" };
    }

    private static long CountBytes(Func<double, long> run, double seconds, out long operations)
    {
        long before = ProcessMeter.BytesAllocated;
        operations = run(seconds);
        return ProcessMeter.BytesAllocated - before;
    }
}
