using System.Diagnostics;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;
using Keystone.Benchmarks.Running;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// A child process writes records without sync and without a flush and is killed with SIGKILL the moment that the last one is
/// acknowledged. Timed is the opening of what it left, to the first answered read. That every record is found again proves
/// that a put without sync has reached write() in this engine.
/// </summary>
internal static class RecoveryWorkload
{
    private const int WarmShare = 8;

    public static List<Measurement> Reopen(WorkloadContext context)
    {
        Time(context, "recovery-warm", Math.Max(1, context.UnflushedRecords / WarmShare));
        LaneTotal total = Time(context, "recovery", context.UnflushedRecords);
        Measurement measurement = total.ToMeasurement(context.Workload, context.ValueBytes, threads: 1);
        measurement.Extra["open_ms"] = total.Seconds * 1000;
        measurement.Extra["records"] = total.Operations;
        return [measurement];
    }

    /// <summary>What the child does until it is killed.</summary>
    public static void WriteUnflushed(UnflushedRequest request)
    {
        int[] order = RecordOrder.Shuffled(request.Records, seed: 1);
        IBenchEngine engine = EngineCatalog.Open(request.Engine, request.Directory, request.ValueBytes);
        Lanes.Run(1, lane => RecordWriter.PutEach(engine, lane, order, request.ValueBytes, generation: 0));
        File.WriteAllText(request.ReadyFile, string.Empty);

        // The parent ends this process with SIGKILL, so that nothing is closed.
        Thread.Sleep(Timeout.Infinite);
    }

    private static LaneTotal Time(WorkloadContext context, string name, int records)
    {
        string directory = context.ScratchPath(name);
        var request = new UnflushedRequest(context.Engine, directory, context.ValueBytes, records, context.ScratchPath($"{name}.ready"));
        MeasureProcess.WriteAndKill(request, context.ScratchPath($"{name}.json"));

        double cpuBefore = ProcessMeter.CpuSeconds;
        long start = Stopwatch.GetTimestamp();
        using IBenchEngine engine = EngineCatalog.Open(context.Engine, directory, context.ValueBytes);
        byte[] key = new byte[RecordShape.KeyBytes];
        RecordShape.WriteKey(0, key);
        int length = engine.Get(key, new byte[context.ValueBytes]);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double cpuSeconds = ProcessMeter.CpuSeconds - cpuBefore;

        BenchmarkException.Require(length == context.ValueBytes, "The first record did not survive the kill.");
        ScanWorkload.RequireAll(engine, records, context.ValueBytes);
        return new LaneTotal(records, seconds, cpuSeconds, new LatencyHistogram());
    }
}
