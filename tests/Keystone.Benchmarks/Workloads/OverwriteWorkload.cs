using System.Diagnostics;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// Overwrites every record of a settled store three times, each time in another order. Beside the rate: bytes passed to
/// write calls for a byte of user data, log included, and bytes on disk for a live byte, both once settled.
/// </summary>
internal static class OverwriteWorkload
{
    private const int Passes = 3;
    private const int WarmRecords = 20_000;

    public static List<Measurement> Run(WorkloadContext context)
    {
        Warm(context);
        int[][] orders = [.. Enumerable.Range(1, Passes).Select(pass => RecordOrder.Shuffled(context.Records, (ulong)pass))];
        using IBenchEngine engine = context.OpenCopyOfBase();
        long writtenBefore = ProcessMeter.BytesWritten;
        LaneTotal total = Lanes.Run(1, lane => OverwriteAll(context, engine, lane, orders));
        long start = Stopwatch.GetTimestamp();
        engine.Settle();
        double settleSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long written = ProcessMeter.BytesWritten - writtenBefore;
        ScanWorkload.RequireAll(engine, context.Records, context.ValueBytes);

        double live = (double)context.Records * (RecordShape.KeyBytes + context.ValueBytes);
        double disk = ProcessMeter.DiskBytes(context.ScratchPath(WorkloadContext.CopyName));
        return
        [
            total.ToMeasurement(context.Workload, context.ValueBytes, threads: 1),
            Line(context, "until=settled", total.Operations / (total.Seconds + settleSeconds), Measurement.RateUnit),
            Line(context, "figure=written_per_byte", written / (live * Passes), "x"),
            Line(context, "figure=disk_per_live_byte", disk / live, "x"),
        ];
    }

    private static Measurement Line(WorkloadContext context, string variant, double rate, string unit) =>
        new(context.Workload, context.ValueBytes, Threads: 1, variant, rate) { Unit = unit };

    private static void Warm(WorkloadContext context)
    {
        int[] order = RecordOrder.Shuffled(Math.Min(WarmRecords, context.Records), seed: Passes + 1);
        var time = new TimeBox(context.WarmSeconds);
        using IBenchEngine engine = context.OpenScratch("warm");
        while (time.HasTurn())
        {
            Lanes.Run(1, lane => OverwriteAll(context, engine, lane, [order]));
        }
    }

    private static long OverwriteAll(WorkloadContext context, IBenchEngine engine, Lane lane, int[][] orders)
    {
        long operations = 0;
        for (int pass = 0; pass < orders.Length; pass++)
        {
            operations += RecordWriter.PutEach(engine, lane, orders[pass], context.ValueBytes, generation: pass + 1);
        }

        return operations;
    }
}
