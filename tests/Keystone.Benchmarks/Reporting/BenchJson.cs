using System.Text.Json;

namespace Keystone.Benchmarks.Reporting;

/// <summary>The figures of a run as one JSON document, with every round and the plan that made them.</summary>
internal static class BenchJson
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    public static void Write(string path, object plan, IReadOnlyList<BenchLine> lines) =>
        File.WriteAllText(path, ToText(plan, lines));

    public static string ToText(object plan, IReadOnlyList<BenchLine> lines)
    {
        var document = new
        {
            Plan = plan,
            Cores = Environment.ProcessorCount,
            Runtime = Environment.Version.ToString(),
            Lines = lines.Select(static line => new
            {
                line.Key.Workload,
                line.Key.ValueBytes,
                line.Key.Threads,
                line.Key.Variant,
                line.Key.Unit,
                Text = line.ToText(),
                line.Figures,
                Ratios = line.Ratios(),
                RatioToBest = line.RatioToBest(),
            }),
        };
        return JsonSerializer.Serialize(document, Format);
    }
}
