using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>Point reads of a settled store whose caches are as warm as they get, and of a store that holds all in memory.</summary>
internal static class ReadWorkload
{
    private const int HotShare = 10;

    private static readonly int[] ThreadCounts = [1, 2];

    private delegate long ReadLoop(IBenchEngine engine, Lane lane, int limit, int valueBytes, double seconds);

    public static List<Measurement> Existing(WorkloadContext context) =>
        [
            .. OnBase(context, RecordReader.GetExisting, hot: context.Records / HotShare),
            InMemory(context, RecordReader.GetExisting),
        ];

    public static List<Measurement> Missing(WorkloadContext context) =>
        [.. OnBase(context, RecordReader.GetMissing, hot: 0), InMemory(context, RecordReader.GetMissing)];

    /// <summary>Reads everything once with two threads, then runs the timed loop until its code is compiled for good.</summary>
    private static void Warm(WorkloadContext context, IBenchEngine engine, ReadLoop loop, int records)
    {
        Lanes.Run(2, lane => RecordReader.GetAll(engine, lane, records, context.ValueBytes));
        Lanes.Run(2, lane => loop(engine, lane, records, context.ValueBytes, context.WarmSeconds));
    }

    private static IEnumerable<Measurement> OnBase(WorkloadContext context, ReadLoop loop, int hot)
    {
        using IBenchEngine engine = context.OpenBase();
        Warm(context, engine, loop, context.Records);
        foreach (int threads in ThreadCounts)
        {
            LaneTotal total = Lanes.Run(threads, lane => loop(engine, lane, context.Records, context.ValueBytes, context.ReadSeconds));
            yield return total.ToMeasurement(context.Workload, context.ValueBytes, threads);
        }

        if (hot > 0)
        {
            LaneTotal total = Lanes.Run(1, lane => loop(engine, lane, hot, context.ValueBytes, context.ReadSeconds));
            yield return total.ToMeasurement(context.Workload, context.ValueBytes, threads: 1, "set=hottest10");
        }
    }

    private static Measurement InMemory(WorkloadContext context, ReadLoop loop)
    {
        int records = context.UnflushedRecords;
        using IBenchEngine engine = context.OpenScratch("memory");
        int[] order = RecordOrder.Shuffled(records, seed: 1);
        RecordWriter.LoadAll(engine, order, context.ValueBytes);
        Warm(context, engine, loop, records);
        LaneTotal total = Lanes.Run(1, lane => loop(engine, lane, records, context.ValueBytes, context.ReadSeconds));
        return total.ToMeasurement(context.Workload, context.ValueBytes, threads: 1, "state=memtable");
    }
}
