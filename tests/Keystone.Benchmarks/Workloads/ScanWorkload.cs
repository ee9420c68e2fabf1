using System.Diagnostics;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// Scans of a settled store: one partition of a hundred records out of a random one, values copied into a page; and every
/// record once, values looked at. Each answer is checked by count, order and the sum of its ids.
/// </summary>
internal static class ScanWorkload
{
    private const int StrideScans = 16;

    public static List<Measurement> Partitions(WorkloadContext context)
    {
        var results = new List<Measurement>();
        using (IBenchEngine engine = context.OpenBase())
        {
            results.Add(TimePartitions(context, engine, context.Records).ToMeasurement(context.Workload, context.ValueBytes, threads: 1));
        }

        int records = context.UnflushedRecords / RecordShape.PartitionRecords * RecordShape.PartitionRecords;
        int[] order = RecordOrder.Shuffled(records, seed: 1);
        using (IBenchEngine engine = context.OpenScratch("memory"))
        {
            RecordWriter.LoadAll(engine, order, context.ValueBytes);
            LaneTotal total = TimePartitions(context, engine, records);
            results.Add(total.ToMeasurement(context.Workload, context.ValueBytes, threads: 1, "state=memtable"));
        }

        return results;
    }

    /// <summary>Records a second, not scans.</summary>
    public static List<Measurement> Everything(WorkloadContext context)
    {
        using IBenchEngine engine = context.OpenBase();
        Lanes.Run(1, lane => ScanAllFor(context, engine, context.WarmSeconds));
        LaneTotal total = Lanes.Run(1, lane => ScanAllFor(context, engine, context.ReadSeconds));
        return [total.ToMeasurement(context.Workload, context.ValueBytes, threads: 1)];
    }

    /// <summary>Throws when the store does not hold the records 0 to <paramref name="records"/> - 1, each once and in order.</summary>
    public static void RequireAll(IBenchEngine engine, int records, int valueBytes)
    {
        var sink = new ScanSink(valueBytes, pageRecords: 0);
        engine.ScanAll(sink);
        RequireAll(sink, records, engine.FullScanRuns);
    }

    private static void RequireAll(ScanSink sink, int records, int runsMax)
    {
        long idSum = (long)records * (records - 1) / 2;
        BenchmarkException.Require(
            sink.Count == records && sink.IdSum == idSum && sink.Wrong == 0 && sink.Runs <= runsMax,
            $"A full scan gave {sink.Count} of {records} records, {sink.Wrong} of them wrong, in {sink.Runs} ascending runs.");
    }

    private static long ScanAllFor(WorkloadContext context, IBenchEngine engine, double seconds)
    {
        var sink = new ScanSink(context.ValueBytes, pageRecords: 0);
        var time = new TimeBox(seconds);
        long operations = 0;
        while (time.HasTurn())
        {
            sink.Reset();
            engine.ScanAll(sink);
            RequireAll(sink, context.Records, engine.FullScanRuns);
            operations += sink.Count;
        }

        return operations;
    }

    private static LaneTotal TimePartitions(WorkloadContext context, IBenchEngine engine, int records)
    {
        Lanes.Run(2, lane => ScanPartitions(engine, lane, records, context.ValueBytes, context.WarmSeconds));
        return Lanes.Run(1, lane => ScanPartitions(engine, lane, records, context.ValueBytes, context.ReadSeconds));
    }

    /// <summary>Scans whole partitions at random until the time is over. An operation is a scan.</summary>
    public static long ScanPartitions(IBenchEngine engine, Lane lane, int records, int valueBytes, double seconds)
    {
        int partitions = records / RecordShape.PartitionRecords;
        Span<byte> from = stackalloc byte[RecordShape.KeyBytes];
        var sink = new ScanSink(valueBytes, RecordShape.PartitionRecords);
        var random = new IdSource(lane.Seed);
        var time = new TimeBox(seconds);
        long operations = 0;
        while (time.HasTurn())
        {
            for (int i = 0; i < StrideScans; i++)
            {
                int partition = random.Below(partitions);
                RecordShape.WritePartitionStart(partition, from);
                sink.Reset();
                long start = Stopwatch.GetTimestamp();
                engine.Scan(from, RecordShape.PartitionRecords, sink);
                lane.Latency.RecordSince(start);
                RequirePartition(sink, partition);
            }

            operations += StrideScans;
        }

        return operations;
    }

    private static void RequirePartition(ScanSink sink, int partition)
    {
        const int Size = RecordShape.PartitionRecords;
        long idSum = ((long)partition * Size * Size) + (Size * (Size - 1) / 2);
        if (sink.Count != Size || sink.IdSum != idSum || sink.Wrong != 0 || sink.Runs != 1)
        {
            throw new BenchmarkException(
                $"Partition {partition} gave {sink.Count} of {Size} records, {sink.Wrong} of them wrong, in {sink.Runs} ascending runs.");
        }
    }
}
