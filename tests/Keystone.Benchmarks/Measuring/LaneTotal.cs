namespace Keystone.Benchmarks.Measuring;

/// <summary>What all lanes of a run did together.</summary>
/// <param name="Operations">Sum over the lanes.</param>
/// <param name="Seconds">From the common start to the end of the last lane.</param>
/// <param name="CpuSeconds">Processor time of the whole process meanwhile, the engine's own threads included.</param>
/// <param name="Latency">The sampled latencies of all lanes.</param>
internal sealed record LaneTotal(long Operations, double Seconds, double CpuSeconds, LatencyHistogram Latency)
{
    /// <summary>The run as one line's figure, with latencies and processor time beside it.</summary>
    public Measurement ToMeasurement(string workload, int valueBytes, int threads, string variant = "")
    {
        var measurement = new Measurement(workload, valueBytes, threads, variant, Operations / Seconds);
        measurement.Extra["cpu_us"] = CpuSeconds * 1_000_000 / Math.Max(1, Operations);
        if (Latency.Count > 0)
        {
            measurement.Extra["p50"] = Latency.MicrosecondsAt(0.50);
            measurement.Extra["p99"] = Latency.MicrosecondsAt(0.99);
        }

        return measurement;
    }
}
