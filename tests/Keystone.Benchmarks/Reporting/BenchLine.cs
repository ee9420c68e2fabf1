using System.Globalization;
using System.Text;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Reporting;

/// <summary>
/// One printed result. The own engine's figure comes first and makes a ratio with every peer; the further figures follow
/// with their engine's name before them.
/// <code>BENCH readrandom value=100 threads=1 keystone=1200000 rocksdb=270000 ratio_rocksdb=4.44 keystone_p50=0.72 ...</code>
/// </summary>
internal sealed record BenchLine(LineKey Key, IReadOnlyList<BenchFigure> Figures)
{
    private const double WholeFrom = 1000;

    private BenchFigure? Own => Figures.FirstOrDefault(static figure => figure.Engine == EngineCatalog.Own);

    /// <summary>The own figure over each peer's, by peer. Empty when the own engine did not run or a peer's figure is zero.</summary>
    public IReadOnlyDictionary<string, double> Ratios()
    {
        var ratios = new Dictionary<string, double>(StringComparer.Ordinal);
        if (Own is { } own)
        {
            foreach (BenchFigure peer in Figures.Where(peer => peer != own && peer.Median > 0))
            {
                ratios[peer.Engine] = own.Median / peer.Median;
            }
        }

        return ratios;
    }

    /// <summary>
    /// The own figure over the best peer's, when several ran: the largest rate, or where the unit is no rate the smallest figure. None
    /// when that is zero, which no other peer stands in for.
    /// </summary>
    public double? RatioToBest()
    {
        double[] peers = [.. Figures.Where(peer => peer != Own && peer.Engine != EngineCatalog.Limit).Select(static peer => peer.Median)];
        if (Own is not { } own || peers.Length < 2)
        {
            return null;
        }

        double best = Key.Unit == Measurement.RateUnit ? peers.Max() : peers.Min();
        return best > 0 ? own.Median / best : null;
    }

    public string ToText()
    {
        var text = new StringBuilder($"BENCH {Key.Workload} value={Key.ValueBytes} threads={Key.Threads}");
        if (Key.Variant.Length > 0)
        {
            text.Append(' ').Append(Key.Variant);
        }

        foreach (BenchFigure figure in Figures)
        {
            text.Append(CultureInfo.InvariantCulture, $" {figure.Engine}={Format(figure.Median)}");
        }

        foreach ((string peer, double ratio) in Ratios())
        {
            text.Append(CultureInfo.InvariantCulture, $" ratio_{peer}={ratio:0.00}");
        }

        if (RatioToBest() is { } best)
        {
            text.Append(CultureInfo.InvariantCulture, $" ratio_best={best:0.00}");
        }

        AppendRest(text);
        return text.ToString();
    }

    private void AppendRest(StringBuilder text)
    {
        if (Key.Unit != Measurement.RateUnit)
        {
            text.Append(" unit=").Append(Key.Unit);
        }

        foreach (BenchFigure figure in Figures)
        {
            foreach ((string name, double value) in figure.Extra)
            {
                text.Append(CultureInfo.InvariantCulture, $" {figure.Engine}_{name}={Format(value)}");
            }
        }
    }

    private static string Format(double value) =>
        value.ToString(value >= WholeFrom ? "0" : value >= 10 ? "0.0" : "0.###", CultureInfo.InvariantCulture);
}
