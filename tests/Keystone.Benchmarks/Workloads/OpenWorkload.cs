using System.Diagnostics;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// What it costs to have a store of this size: the opening of a settled one up to the first answered read, in milliseconds, and what the
/// process has in memory then. The best of some openings, since the first one of a process compiles its code.
/// </summary>
internal static class OpenWorkload
{
    private const int Openings = 5;

    public static List<Measurement> Time(WorkloadContext context)
    {
        double best = Enumerable.Range(0, Openings).Min(_ => OpenOnce(context));
        return
        [
            Line(context, "figure=open", best, "ms"),
            Line(context, "figure=memory", ProcessMeter.PeakMemoryMiB, "MiB"),
        ];
    }

    private static double OpenOnce(WorkloadContext context)
    {
        byte[] key = new byte[RecordShape.KeyBytes];
        RecordShape.WriteKey(0, key);
        long start = Stopwatch.GetTimestamp();
        using IBenchEngine engine = context.OpenBase();
        int length = engine.Get(key, new byte[context.ValueBytes]);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        BenchmarkException.Require(length == context.ValueBytes, "The first record was not there.");
        return milliseconds;
    }

    private static Measurement Line(WorkloadContext context, string variant, double figure, string unit)
        => new(context.Workload, context.ValueBytes, Threads: 1, variant, figure) { Unit = unit };
}
