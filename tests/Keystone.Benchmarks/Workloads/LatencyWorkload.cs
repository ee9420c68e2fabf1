using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// How long single operations take while the store is at work: hot gets of one thread and durable puts with 64 in flight, first alone, then
/// while another thread overwrites as fast as it can, so that flush and compaction run. The figures are latencies in microseconds; the line
/// <c>figure=p99_busy_to_idle</c> has the one over the other.
/// </summary>
internal static class LatencyWorkload
{
    private const int DurableInFlight = 64;

    /// <summary>Long enough for several rounds of flushes and compactions.</summary>
    private const int BusyStretch = 4;

    private static readonly double[] Shares = [0.5, 0.99, 0.999];

    public static List<Measurement> Run(WorkloadContext context)
    {
        using IBenchEngine engine = context.OpenCopyOfBase();
        Lanes.Run(2, lane => RecordReader.GetAll(engine, lane, context.Records, context.ValueBytes));
        long nextId = context.Records;
        return
        [
            .. Both(context, "op=get", engine, seconds => Get(context, engine, seconds)),
            .. Both(context, "op=putdurable", engine, seconds =>
                DurableWorkload.Time(engine, context.ValueBytes, DurableInFlight, seconds, ref nextId).Latency),
        ];
    }

    private static LatencyHistogram Get(WorkloadContext context, IBenchEngine engine, double seconds)
        => Lanes.Run(1, lane => RecordReader.GetExisting(engine, lane, context.Records, context.ValueBytes, seconds)).Latency;

    private static IEnumerable<Measurement> Both(
        WorkloadContext context, string operation, IBenchEngine engine, Func<double, LatencyHistogram> run)
    {
        run(context.WarmSeconds);
        LatencyHistogram idle = run(context.ReadSeconds);
        LatencyHistogram busy = WhileOverwriting(context, engine, () => run(context.ReadSeconds * BusyStretch));
        foreach (double share in Shares)
        {
            yield return Line(context, $"{operation} state=idle share={share}", idle.MicrosecondsAt(share), "us");
            yield return Line(context, $"{operation} state=busy share={share}", busy.MicrosecondsAt(share), "us");
        }

        yield return Line(context, $"{operation} figure=p99_busy_to_idle", busy.MicrosecondsAt(0.99) / idle.MicrosecondsAt(0.99), "x");
    }

    private static LatencyHistogram WhileOverwriting(WorkloadContext context, IBenchEngine engine, Func<LatencyHistogram> run)
    {
        using var isOver = new CancellationTokenSource();
        Task<long> writes = Task.Factory.StartNew(
            () => MixedWorkload.OverwriteUntil(context, engine, seed: 1, isOver.Token),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            return run();
        }
        finally
        {
            isOver.Cancel();
            BenchmarkException.Require(writes.GetAwaiter().GetResult() > 0, "Nothing was overwritten meanwhile.");
        }
    }

    private static Measurement Line(WorkloadContext context, string variant, double figure, string unit)
        => new(context.Workload, context.ValueBytes, Threads: 1, variant, figure) { Unit = unit };
}
