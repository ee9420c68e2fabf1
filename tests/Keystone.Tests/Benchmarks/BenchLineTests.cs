using System.Text.Json;
using Keystone.Benchmarks.Measuring;
using Keystone.Benchmarks.Reporting;
using Keystone.Benchmarks.Running;
using Xunit;

namespace Keystone.Tests.Benchmarks;

public sealed class BenchLineTests
{
    [Fact]
    public void A_line_has_medians_the_ratio_to_each_peer_and_what_stands_beside_them()
    {
        BenchLine line = Assert.Single(LinesOf(
            ("keystone", [4000, 1000, 2000]),
            ("rocksdb", [900, 1000, 500])));
        Assert.Equal(
            "BENCH readrandom value=100 threads=2 keystone=2000 rocksdb=900.0 ratio_rocksdb=2.22 keystone_p50=1.5 rocksdb_p50=1.5",
            line.ToText());
    }

    [Fact]
    public void Without_the_own_engine_there_is_no_ratio()
    {
        BenchLine line = Assert.Single(LinesOf(("rocksdb", [900, 1000, 500])));
        Assert.DoesNotContain("ratio", line.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Against_several_peers_the_best_one_makes_a_ratio_too()
    {
        BenchLine line = Assert.Single(LinesOf(("keystone", [3000]), ("rocksdb", [1000]), ("lmdb", [2000])));
        Assert.Contains("ratio_rocksdb=3.00 ratio_lmdb=1.50 ratio_best=1.50", line.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_less_is_better_the_best_peer_is_the_smallest()
    {
        var table = new BenchTable(["keystone", "rocksdb", "lmdb"]);
        foreach ((string engine, double mebibytes) in (ReadOnlySpan<(string, double)>)[("keystone", 50), ("rocksdb", 100), ("lmdb", 25)])
        {
            table.Add(engine, [new Measurement("memory", 100, 1, "workload=fillseq", mebibytes) { Unit = "MiB" }]);
        }

        Assert.Contains("ratio_best=2.00", Assert.Single(table.ToLines()).ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_best_peer_of_zero_makes_no_ratio_and_the_second_best_does_not_stand_in()
    {
        var table = new BenchTable(["keystone", "rocksdb", "lmdb", "zonetree"]);
        foreach ((string engine, double bytes) in (ReadOnlySpan<(string, double)>)
            [("keystone", 0.5), ("rocksdb", 1), ("lmdb", 0), ("zonetree", 145)])
        {
            table.Add(engine, [new Measurement("alloc", 100, 1, "op=put", bytes) { Unit = "bytes/op" }]);
        }

        BenchLine line = Assert.Single(table.ToLines());
        Assert.Null(line.RatioToBest());
        Assert.Equal(["rocksdb", "zonetree"], line.Ratios().Keys);
    }

    [Fact]
    public void Lines_with_another_variant_stand_apart()
    {
        var table = new BenchTable(["rocksdb"]);
        table.Add("rocksdb", [new Measurement("fillseq", 100, 1, "", 5), new Measurement("fillseq", 100, 1, "until=settled", 4)]);
        Assert.Equal(
            ["BENCH fillseq value=100 threads=1 rocksdb=5", "BENCH fillseq value=100 threads=1 until=settled rocksdb=4"],
            table.ToLines().Select(static line => line.ToText()));
    }

    [Fact]
    public void The_document_holds_every_round()
    {
        var plan = new EnginePlan
        {
            Engines = ["keystone", "rocksdb"],
            Workloads = ["readrandom"],
            Values = [100],
            Records = 100,
            Rounds = 3,
            ReadSeconds = 1,
            WarmSeconds = 1,
            Directory = "somewhere",
        };
        string json = BenchJson.ToText(plan, LinesOf(("keystone", [4000, 1000, 2000]), ("rocksdb", [900, 1000, 500])));
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement line = document.RootElement.GetProperty("lines")[0];
        Assert.Equal("readrandom", line.GetProperty("workload").GetString());
        Assert.Equal(
            [4000, 1000, 2000],
            line.GetProperty("figures")[0].GetProperty("rounds").EnumerateArray().Select(static round => round.GetDouble()));
        Assert.Equal(2000 / 900.0, line.GetProperty("ratios").GetProperty("rocksdb").GetDouble(), precision: 6);
    }

    [Fact]
    public void The_median_of_an_even_count_is_between_the_two_in_the_middle()
    {
        Assert.Equal(2.5, BenchFigure.MedianOf([4, 1, 3, 2]));
    }

    private static List<BenchLine> LinesOf(params ReadOnlySpan<(string Engine, double[] Rates)> engines)
    {
        var table = new BenchTable([.. engines.ToArray().Select(static engine => engine.Engine)]);
        foreach ((string engine, double[] rates) in engines)
        {
            foreach (double rate in rates)
            {
                var measurement = new Measurement("readrandom", 100, 2, "", rate);
                if (rates.Length == 3)
                {
                    measurement.Extra["p50"] = 1.5;
                }

                table.Add(engine, [measurement]);
            }
        }

        return table.ToLines();
    }
}
