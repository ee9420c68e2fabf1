using System.Xml.Linq;
using Keystone.Benchmarks.Measuring;
using Keystone.Benchmarks.Reporting;
using Xunit;

namespace Keystone.Tests.Benchmarks;

public sealed class RatioChartTests
{
    [Fact]
    public void A_bar_for_each_engine_shows_how_many_times_the_reference_it_reaches()
    {
        BenchLine line = new(
            new LineKey("readrandom", 100, 1, string.Empty, Measurement.RateUnit),
            [Figure("keystone", 400), Figure("rocksdb", 100), Figure("lmdb", 50)]);

        string svg = new RatioChart("rocksdb").ToSvg([line]);

        XNamespace space = "http://www.w3.org/2000/svg";
        string[] texts = [.. XDocument.Parse(svg).Descendants(space + "text").Select(text => text.Value)];
        Assert.Contains("readrandom 100 B, 1", texts);
        Assert.Equal(["4.00", "1.00", "0.50"], texts.Where(text => text is "4.00" or "1.00" or "0.50"));
    }

    [Fact]
    public void Lines_that_are_no_rates_or_lack_the_reference_are_left_out()
    {
        BenchLine bytes = new(new LineKey("alloc", 100, 1, "op=get", "bytes/op"), [Figure("keystone", 1), Figure("rocksdb", 1)]);
        BenchLine alone = new(new LineKey("fullscan", 100, 1, string.Empty, Measurement.RateUnit), [Figure("keystone", 1)]);

        string svg = new RatioChart("rocksdb").ToSvg([bytes, alone]);

        Assert.DoesNotContain("alloc", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("fullscan", svg, StringComparison.Ordinal);
    }

    private static BenchFigure Figure(string engine, double rate) => new(engine, rate, [rate], new Dictionary<string, double>());
}
