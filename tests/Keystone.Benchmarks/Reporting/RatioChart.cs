using System.Globalization;
using System.Text;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Reporting;

/// <summary>
/// The rates of a run as a picture: a group of bars for each line, one for each engine, each as a multiple of the reference peer's rate,
/// on a logarithmic scale. SVG, so that it can be looked at beside the text and compared with the one before.
/// </summary>
internal sealed class RatioChart(string reference)
{
    private const int Width = 960;
    private const int Left = 330;
    private const int Right = 70;
    private const int Top = 46;
    private const int BarHeight = 11;
    private const int GroupGap = 9;
    private const double RatioMin = 0.01;
    private const double RatioMax = 100;

    private static readonly string[] Colors = ["#1f6feb", "#8b949e", "#2da44e", "#bf8700", "#8250df", "#cf222e"];

    public string ToSvg(IReadOnlyList<BenchLine> lines)
    {
        BenchLine[] drawn = [.. lines.Where(IsDrawn)];
        string[] engines = [.. drawn.SelectMany(static l => l.Figures).Select(static f => f.Engine).Distinct()];
        int height = Top + drawn.Sum(HeightOf) + 30;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" ")
            .Append("font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        AppendLegend(svg, engines);
        AppendScale(svg, height);
        int y = Top;
        foreach (BenchLine line in drawn)
        {
            AppendGroup(svg, line, engines, y);
            y += HeightOf(line);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static int HeightOf(BenchLine line) => (line.Figures.Count * BarHeight) + GroupGap;

    private static double XOf(double ratio)
    {
        double share = Math.Log10(Math.Clamp(ratio, RatioMin, RatioMax) / RatioMin) / Math.Log10(RatioMax / RatioMin);
        return Left + (share * (Width - Left - Right));
    }

    private bool IsDrawn(BenchLine line)
        => line.Key.Unit == Measurement.RateUnit && line.Figures.Any(f => f.Engine == reference && f.Median > 0);

    private void AppendLegend(StringBuilder svg, string[] engines)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"8\" y=\"18\">operations a second, as multiples of {reference}</text>\n");
        int x = Left;
        for (int i = 0; i < engines.Length; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"9\" width=\"10\" height=\"10\" fill=\"{ColorOf(i)}\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{x + 14}\" y=\"18\">{engines[i]}</text>\n");
            x += 100;
        }
    }

    private static void AppendScale(StringBuilder svg, int height)
    {
        for (double ratio = RatioMin; ratio <= RatioMax; ratio *= 10)
        {
            double x = XOf(ratio);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:F1}\" y1=\"{Top - 8}\" x2=\"{x:F1}\" y2=\"{height - 20}\" ")
                .Append(ratio == 1 ? "stroke=\"black\"/>" : "stroke=\"#d0d7de\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{x:F1}\" y=\"{height - 8}\" text-anchor=\"middle\">{ratio}x</text>\n");
        }
    }

    private void AppendGroup(StringBuilder svg, BenchLine line, string[] engines, int y)
    {
        double one = line.Figures.First(f => f.Engine == reference).Median;
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + BarHeight - 1}\" text-anchor=\"end\">")
            .Append(NameOf(line.Key)).Append("</text>\n");
        foreach (BenchFigure figure in line.Figures)
        {
            double ratio = figure.Median / one;
            double zero = XOf(1);
            double x = XOf(ratio);
            double width = Math.Max(1, Math.Abs(x - zero));
            string color = ColorOf(Array.IndexOf(engines, figure.Engine));
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Math.Min(zero, x):F1}\" y=\"{y}\" width=\"{width:F1}\" ")
                .Append(CultureInfo.InvariantCulture, $"height=\"{BarHeight - 2}\" fill=\"{color}\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Math.Max(zero, x) + 3:F1}\" y=\"{y + BarHeight - 2}\" font-size=\"9\">")
                .Append(CultureInfo.InvariantCulture, $"{ratio:0.00}</text>\n");
            y += BarHeight;
        }
    }

    private static string ColorOf(int engine) => Colors[engine % Colors.Length];

    private static string NameOf(LineKey key)
        => $"{key.Workload} {key.ValueBytes} B, {key.Threads}{(key.Variant.Length == 0 ? string.Empty : $", {key.Variant}")}";
}
