using System.Diagnostics;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// Puts all records into an empty store without sync: in order, at random, or at random in batches of a hundred. Timed to the last
/// acknowledgement, and again until nothing is left to flush or compact. Then every record is counted.
/// </summary>
internal static class FillWorkload
{
    private const ulong OrderSeed = 0xF111;
    private const int WarmRecords = 20_000;

    private delegate long FillLoop(IBenchEngine engine, Lane lane, ReadOnlySpan<int> ids, int valueBytes, long generation);

    public static List<Measurement> Sequential(WorkloadContext context) =>
        Run(context, RecordOrder.Ascending(context.Records), RecordWriter.PutEach, [1, 2]);

    public static List<Measurement> Random(WorkloadContext context) =>
        Run(context, RecordOrder.Shuffled(context.Records, OrderSeed), RecordWriter.PutEach, [1, 2]);

    public static List<Measurement> Batches(WorkloadContext context) =>
        Run(context, RecordOrder.Shuffled(context.Records, OrderSeed), RecordWriter.PutBatches, [1]);

    /// <summary>Fills the base at random, and leaves it settled, compacted and counted. Gives a note and no figure.</summary>
    public static List<Measurement> Prepare(WorkloadContext context)
    {
        int[] order = RecordOrder.Shuffled(context.Records, OrderSeed);
        using IBenchEngine engine = context.OpenBase();
        RecordWriter.LoadAll(engine, order, context.ValueBytes);
        engine.Settle();
        engine.Compact();
        ScanWorkload.RequireAll(engine, context.Records, context.ValueBytes);
        Console.WriteLine($"# {context.Engine} value={context.ValueBytes} base store: {engine.Describe()}");
        return [];
    }

    private static List<Measurement> Run(WorkloadContext context, int[] order, FillLoop loop, ReadOnlySpan<int> threadCounts)
    {
        Warm(context, loop);
        var results = new List<Measurement>();
        foreach (int threads in threadCounts)
        {
            using IBenchEngine engine = context.OpenScratch($"fill-{threads}");
            LaneTotal total = Lanes.Run(threads, lane => loop(engine, lane, order, context.ValueBytes, generation: 0));
            long start = Stopwatch.GetTimestamp();
            engine.Settle();
            double settleSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            ScanWorkload.RequireAll(engine, context.Records, context.ValueBytes);

            results.Add(total.ToMeasurement(context.Workload, context.ValueBytes, threads));
            double settledRate = total.Operations / (total.Seconds + settleSeconds);
            results.Add(new Measurement(context.Workload, context.ValueBytes, threads, "until=settled", settledRate));
        }

        return results;
    }

    private static void Warm(WorkloadContext context, FillLoop loop)
    {
        int[] order = RecordOrder.Shuffled(Math.Min(WarmRecords, context.Records), OrderSeed);
        var time = new TimeBox(context.WarmSeconds);
        using IBenchEngine engine = context.OpenScratch("warm");
        while (time.HasTurn())
        {
            Lanes.Run(1, lane => loop(engine, lane, order, context.ValueBytes, generation: 0));
        }
    }
}
