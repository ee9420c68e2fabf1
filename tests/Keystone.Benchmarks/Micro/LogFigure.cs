using System.Globalization;
using Keystone.Benchmarks.Measuring;
using Keystone.Benchmarks.Reporting;

namespace Keystone.Benchmarks.Micro;

/// <summary>What one way did in one round with groups of one size.</summary>
/// <param name="Way">Its name.</param>
/// <param name="GroupBytes">Length of every group, without what a way pads it with.</param>
/// <param name="Beside">What else the disk had to do.</param>
internal sealed record LogRound(string Way, int GroupBytes, string Beside)
{
    public LatencyHistogram Latencies { get; } = new();

    public double Seconds { get; set; }

    public long CompactedBytes { get; set; }

    public double GroupsPerSecond => Latencies.Count / Seconds;
}

/// <summary>One printed line: the medians of the rounds.</summary>
/// <param name="Way">How the groups were written.</param>
/// <param name="GroupBytes">Length of every group.</param>
/// <param name="Beside">What else the disk had to do.</param>
/// <param name="Ops">Groups a second.</param>
/// <param name="P50Microseconds">Half of the groups were durable within this time.</param>
/// <param name="P99Microseconds">99 of 100 groups were durable within this time.</param>
/// <param name="Ratio">Groups a second over those of the engine's way, the median of the ratios within a round.</param>
/// <param name="CompactedMiB">MiB a second that the compaction wrote meanwhile.</param>
/// <param name="OpsOfRounds">Groups a second of every round, in order of time.</param>
internal sealed record LogFigure(
    string Way,
    int GroupBytes,
    string Beside,
    double Ops,
    double P50Microseconds,
    double P99Microseconds,
    double Ratio,
    double CompactedMiB,
    double[] OpsOfRounds)
{
    private const double Mebibyte = 1 << 20;
    private const double P50 = 0.50;
    private const double P99 = 0.99;

    /// <summary>The figure of a way whose rounds stand beside those of the engine's way.</summary>
    public static LogFigure Of(IReadOnlyList<LogRound> rounds, IReadOnlyList<LogRound> engines)
    {
        double[] ops = [.. rounds.Select(static round => round.GroupsPerSecond)];
        return new LogFigure(
            rounds[0].Way,
            rounds[0].GroupBytes,
            rounds[0].Beside,
            BenchFigure.MedianOf(ops),
            MedianOf(rounds, static round => round.Latencies.MicrosecondsAt(P50)),
            MedianOf(rounds, static round => round.Latencies.MicrosecondsAt(P99)),
            BenchFigure.MedianOf([.. ops.Zip(engines, static (own, engine) => own / engine.GroupsPerSecond)]),
            MedianOf(rounds, static round => round.CompactedBytes / Mebibyte / round.Seconds),
            ops);
    }

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"BENCH log way={Way} group={GroupBytes} beside={Beside} ops={Ops:0} p50_us={P50Microseconds:0} p99_us={P99Microseconds:0} "
        + $"ratio_{LogWay.DataSync.Name}={Ratio:0.00} compaction_mib_s={CompactedMiB:0}");

    private static double MedianOf(IReadOnlyList<LogRound> rounds, Func<LogRound, double> figure) =>
        BenchFigure.MedianOf([.. rounds.Select(figure)]);
}
