using Keystone.Benchmarks.Measuring;
using Keystone.Tests.Testing;
using Xunit;

namespace Keystone.Tests.Benchmarks;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_at_most_a_sixteenth_above_the_truth()
    {
        var histogram = new LatencyHistogram();
        for (int nanoseconds = 1; nanoseconds <= 100_000; nanoseconds++)
        {
            histogram.Record(nanoseconds);
        }

        Assert.InRange(histogram.MicrosecondsAt(0.50), 50.0, 50.0 * 17 / 16);
        Assert.InRange(histogram.MicrosecondsAt(0.99), 99.0, 99.0 * 17 / 16);
        Assert.InRange(histogram.MicrosecondsAt(1.00), 100.0, 100.0 * 17 / 16);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(1_000_000_007)]
    [InlineData(long.MaxValue / 2)]
    public void One_latency_is_its_own_percentile(long nanoseconds)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(nanoseconds);
        Assert.InRange(histogram.MicrosecondsAt(0.5), nanoseconds / 1000.0, nanoseconds / 1000.0 * 17 / 16);
    }

    [Fact]
    public void Histograms_add_up()
    {
        var low = new LatencyHistogram();
        var high = new LatencyHistogram();
        low.Record(10);
        high.Record(1_000_000);
        low.Add(high);
        Assert.Equal(2, low.Count);
        Assert.Equal(0.010, low.MicrosecondsAt(0.5));
        Assert.True(low.MicrosecondsAt(1.0) >= 1000);
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(1);
        Assert.Equal(0, Allocations.Of(Record));

        void Record()
        {
            for (int i = 0; i < 10_000; i++)
            {
                histogram.Record(i);
            }
        }
    }
}
