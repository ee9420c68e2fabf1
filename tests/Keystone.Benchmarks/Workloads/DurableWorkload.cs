using System.Diagnostics;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// Puts that are on the medium before they are acknowledged, with 1, 8, 64 and 512 in flight, at scattered keys into a
/// store that goes on filling. Writers await; where an engine can only block, each is a thread. Every put is timed, and
/// a sample of the acknowledged records is read afterwards.
/// </summary>
internal static class DurableWorkload
{
    private const int CheckEvery = 16;
    private const int WarmInFlight = 64;

    private static readonly int[] InFlightCounts = [1, 8, 64, 512];

    public static List<Measurement> Put(WorkloadContext context)
    {
        using IBenchEngine engine = context.OpenScratch("durable");
        long nextId = 0;
        Time(engine, context.ValueBytes, WarmInFlight, context.WarmSeconds, ref nextId);
        var results = new List<Measurement>();
        foreach (int inFlight in InFlightCounts)
        {
            LaneTotal total = Time(engine, context.ValueBytes, inFlight, context.ReadSeconds, ref nextId);
            results.Add(total.ToMeasurement(context.Workload, context.ValueBytes, inFlight));
        }

        return results;
    }

    /// <summary>Runs the writers once more without checking them, and returns how many puts were acknowledged.</summary>
    public static long Run(IBenchEngine engine, int valueBytes, int inFlight, double seconds) =>
        RunWriters(engine, MakeWriters(engine, valueBytes, inFlight, firstId: 0), seconds).Operations;

    /// <summary>Runs the writers for a while and checks them. Their ids start at the given one, which is moved past them.</summary>
    public static LaneTotal Time(IBenchEngine engine, int valueBytes, int inFlight, double seconds, ref long nextId)
    {
        DurableWriter[] writers = MakeWriters(engine, valueBytes, inFlight, nextId);
        LaneTotal total = RunWriters(engine, writers, seconds);
        foreach (DurableWriter writer in engine.KeepsRecords ? writers : [])
        {
            nextId = Math.Max(nextId, writer.RequireAcknowledged(CheckEvery));
        }

        return total;
    }

    private static DurableWriter[] MakeWriters(IBenchEngine engine, int valueBytes, int inFlight, long firstId)
    {
        var writers = new DurableWriter[inFlight];
        for (int i = 0; i < inFlight; i++)
        {
            writers[i] = new DurableWriter(engine, valueBytes, firstId + i, step: inFlight);
        }

        return writers;
    }

    private static LaneTotal RunWriters(IBenchEngine engine, DurableWriter[] writers, double seconds) =>
        engine.DurablePutBlocks ? RunThreads(writers, seconds) : RunTasks(writers, seconds);

    private static LaneTotal RunThreads(DurableWriter[] writers, double seconds) =>
        Lanes.Run(writers.Length, lane =>
        {
            DurableWriter writer = writers[lane.Index];
            writer.RunAsync(seconds).GetAwaiter().GetResult();
            lane.Latency.Add(writer.Latency);
            return writer.Acknowledged;
        });

    private static LaneTotal RunTasks(DurableWriter[] writers, double seconds)
    {
        var tasks = new Task[writers.Length];
        double cpuBefore = ProcessMeter.CpuSeconds;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < writers.Length; i++)
        {
            DurableWriter writer = writers[i];
            tasks[i] = Task.Run(() => writer.RunAsync(seconds));
        }

        Task.WaitAll(tasks);
        double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double cpuSeconds = ProcessMeter.CpuSeconds - cpuBefore;
        var latency = new LatencyHistogram();
        foreach (DurableWriter writer in writers)
        {
            latency.Add(writer.Latency);
        }

        return new LaneTotal(writers.Sum(static writer => writer.Acknowledged), elapsed, cpuSeconds, latency);
    }
}
