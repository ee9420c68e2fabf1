using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;
using Keystone.Benchmarks.Workloads;
using Xunit;

namespace Keystone.Tests.Benchmarks;

/// <summary>A figure counts only if its answers were right: every loop is shown an engine that is, and one that is not.</summary>
public sealed class RecordLoopTests
{
    private const int Records = 1_000;
    private const int ValueBytes = 64;
    private const double Seconds = 0.001;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Lanes_put_every_record_once_between_them(int lanes)
    {
        using var engine = new MapEngine();
        int[] order = RecordOrder.Shuffled(Records, seed: 1);
        LaneTotal total = Lanes.Run(lanes, lane => RecordWriter.PutEach(engine, lane, order, ValueBytes, generation: 0));
        Assert.Equal(Records, total.Operations);
        ScanWorkload.RequireAll(engine, Records, ValueBytes);
    }

    [Fact]
    public void Batches_put_every_record_once()
    {
        using var engine = new MapEngine();
        int[] order = RecordOrder.Shuffled(Records - 1, seed: 1);
        LaneTotal total = Lanes.Run(2, lane => RecordWriter.PutBatches(engine, lane, order, ValueBytes, generation: 0));
        Assert.Equal(Records - 1, total.Operations);
        ScanWorkload.RequireAll(engine, Records - 1, ValueBytes);
    }

    [Fact]
    public void Right_answers_are_believed()
    {
        using MapEngine engine = Filled(new MapEngine());
        Assert.True(Lanes.Run(2, lane => RecordReader.GetExisting(engine, lane, Records, ValueBytes, Seconds)).Operations > 0);
        Assert.True(Lanes.Run(2, lane => RecordReader.GetMissing(engine, lane, Records, ValueBytes, Seconds)).Operations > 0);
        Assert.Equal(Records, Lanes.Run(2, lane => RecordReader.GetAll(engine, lane, Records, ValueBytes)).Operations);
        Assert.True(Lanes.Run(1, lane => ScanWorkload.ScanPartitions(engine, lane, Records, ValueBytes, Seconds)).Operations > 0);
    }

    [Fact]
    public void A_lost_record_is_noticed()
    {
        using MapEngine engine = Filled(new MapEngine { LosesEvery = 100 });
        Assert.Throws<BenchmarkException>(() => ScanWorkload.RequireAll(engine, Records, ValueBytes));
        Assert.Throws<BenchmarkException>(() => Lanes.Run(2, lane => RecordReader.GetAll(engine, lane, Records, ValueBytes)));
    }

    [Fact]
    public void A_changed_value_is_noticed()
    {
        using MapEngine engine = Filled(new MapEngine { Flips = true });
        Assert.Throws<BenchmarkException>(
            () => Lanes.Run(1, lane => RecordReader.GetExisting(engine, lane, Records, ValueBytes, Seconds)));
    }

    [Fact]
    public void An_invented_record_is_noticed()
    {
        using MapEngine engine = Filled(new MapEngine { Invents = true });
        Assert.Throws<BenchmarkException>(
            () => Lanes.Run(1, lane => RecordReader.GetMissing(engine, lane, Records, ValueBytes, Seconds)));
    }

    [Fact]
    public void A_scan_that_skips_a_record_is_noticed()
    {
        using MapEngine engine = Filled(new MapEngine { Skips = true });
        Assert.Throws<BenchmarkException>(
            () => Lanes.Run(1, lane => ScanWorkload.ScanPartitions(engine, lane, Records, ValueBytes, Seconds)));
        Assert.Throws<BenchmarkException>(() => ScanWorkload.RequireAll(engine, Records, ValueBytes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Durable_writers_have_ids_of_their_own_and_miss_what_was_lost(bool blocks)
    {
        using var engine = new MapEngine { DurablePutBlocks = blocks };
        long nextId = 0;
        LaneTotal first = DurableWorkload.Time(engine, ValueBytes, inFlight: 4, Seconds, ref nextId);
        LaneTotal second = DurableWorkload.Time(engine, ValueBytes, inFlight: 3, Seconds, ref nextId);
        var sink = new ScanSink(ValueBytes, pageRecords: 0);
        engine.ScanAll(sink);
        Assert.Equal(first.Operations + second.Operations, sink.Count);
        Assert.Equal(first.Operations, first.Latency.Count);

        using var losing = new MapEngine { DurablePutBlocks = blocks, LosesEvery = 1 };
        Assert.Throws<BenchmarkException>(() => DurableWorkload.Time(losing, ValueBytes, inFlight: 4, Seconds, ref nextId));
    }

    [Fact]
    public void A_sink_counts_what_is_out_of_order_or_of_the_wrong_length()
    {
        byte[] key = new byte[RecordShape.KeyBytes];
        byte[] value = new byte[ValueBytes];
        var sink = new ScanSink(ValueBytes, pageRecords: 1);
        foreach (int id in (int[])[5, 6, 2])
        {
            RecordShape.WriteKey(id, key);
            RecordShape.WriteValue(id, generation: 0, value);
            sink.Add(key, value);
        }

        sink.Add(key, value.AsSpan(1));
        Assert.Equal((4, 15, 3, 1), (sink.Count, sink.IdSum, sink.Runs, sink.Wrong));
    }

    [Fact]
    public void An_error_in_a_lane_is_thrown_when_all_have_ended()
    {
        int ended = 0;
        Assert.Throws<BenchmarkException>(() => Lanes.Run(3, lane =>
        {
            BenchmarkException.Require(lane.Index != 1, "the second lane fails");
            Interlocked.Increment(ref ended);
            return 1;
        }));
        Assert.Equal(2, ended);
    }

    private static MapEngine Filled(MapEngine engine)
    {
        int[] order = RecordOrder.Shuffled(Records, seed: 1);
        Lanes.Run(1, lane => RecordWriter.PutEach(engine, lane, order, ValueBytes, generation: 0));
        return engine;
    }
}
