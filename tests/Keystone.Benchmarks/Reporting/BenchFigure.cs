using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Reporting;

/// <summary>One engine's figure in a line.</summary>
/// <param name="Engine">Its name in the catalog.</param>
/// <param name="Median">The middle of its rounds.</param>
/// <param name="Rounds">Every round, in order of time.</param>
/// <param name="Extra">Medians of the further figures.</param>
internal sealed record BenchFigure(string Engine, double Median, IReadOnlyList<double> Rounds, IReadOnlyDictionary<string, double> Extra)
{
    public static BenchFigure Of(string engine, IReadOnlyList<Measurement> rounds)
    {
        var extra = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (string name in rounds[0].Extra.Keys)
        {
            extra[name] = MedianOf([.. rounds.Select(round => round.Extra[name])]);
        }

        double[] rates = [.. rounds.Select(static round => round.Rate)];
        return new BenchFigure(engine, MedianOf(rates), rates, extra);
    }

    /// <summary>The middle one; of an even count the mean of the two in the middle.</summary>
    public static double MedianOf(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
