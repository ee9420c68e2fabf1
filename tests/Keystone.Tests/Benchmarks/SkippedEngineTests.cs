using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;
using Keystone.Benchmarks.Reporting;
using Keystone.Benchmarks.Workloads;
using Xunit;

namespace Keystone.Tests.Benchmarks;

/// <summary>Where an engine cannot do something there is a reason and no figure.</summary>
public sealed class SkippedEngineTests
{
    [Fact]
    public void A_skipped_engine_has_a_line_with_the_reason()
    {
        Assert.Equal(
            "BENCH fillbatch value=100 engine=zonetree skipped=\"no 'batch' of its own\"",
            SkippedLine.ToText("fillbatch", 100, "zonetree", "no \"batch\"\nof its own"));
    }

    [Fact]
    public void A_skipped_workload_names_no_engine()
    {
        Assert.Equal("BENCH readcold value=400 skipped=\"no right\"", SkippedLine.ToText("readcold", 400, engine: null, "no right"));
    }

    [Fact]
    public void A_skipped_engine_makes_no_ratio_and_the_best_of_the_others_does()
    {
        var table = new BenchTable(["keystone", "rocksdb", "lmdb", "zonetree"]);
        foreach ((string engine, double rate) in (ReadOnlySpan<(string, double)>)[("keystone", 600), ("rocksdb", 100), ("lmdb", 300)])
        {
            table.Add(engine, [new Measurement("fillbatch", 100, 1, "", rate)]);
        }

        table.Add("zonetree", []);
        BenchLine line = Assert.Single(table.ToLines());
        Assert.Equal(["rocksdb", "lmdb"], line.Ratios().Keys);
        Assert.Equal(2, line.RatioToBest());
    }

    [Fact]
    public void A_workload_that_needs_batches_says_that_the_engine_has_none()
    {
        using var engine = new MapEngine { HasBatches = false };
        Assert.Throws<EngineLacksException>(
            () => Lanes.Run(1, lane => RecordWriter.PutBatches(engine, lane, RecordOrder.Ascending(100), valueBytes: 64, generation: 0)));
    }

    [Fact]
    public void A_store_can_be_loaded_without_batches()
    {
        const int Records = 250;
        using var engine = new MapEngine { HasBatches = false };
        RecordWriter.LoadAll(engine, RecordOrder.Shuffled(Records, seed: 1), valueBytes: 64);
        ScanWorkload.RequireAll(engine, Records, valueBytes: 64);
    }
}
