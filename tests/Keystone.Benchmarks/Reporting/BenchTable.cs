using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Reporting;

/// <summary>Collects the figures of all rounds of one workload and makes lines of their medians, in the order in which they came.</summary>
internal sealed class BenchTable
{
    private readonly IReadOnlyList<string> _engines;
    private readonly OrderedDictionary<LineKey, Dictionary<string, List<Measurement>>> _rows = [];

    public BenchTable(IReadOnlyList<string> engines)
    {
        _engines = engines;
    }

    public void Add(string engine, IEnumerable<Measurement> measurements)
    {
        foreach (Measurement measurement in measurements)
        {
            var key = new LineKey(measurement.Workload, measurement.ValueBytes, measurement.Threads, measurement.Variant, measurement.Unit);
            if (!_rows.TryGetValue(key, out Dictionary<string, List<Measurement>>? row))
            {
                row = new Dictionary<string, List<Measurement>>(StringComparer.Ordinal);
                _rows.Add(key, row);
            }

            if (!row.TryGetValue(engine, out List<Measurement>? rounds))
            {
                rounds = [];
                row.Add(engine, rounds);
            }

            rounds.Add(measurement);
        }
    }

    public List<BenchLine> ToLines() => [.. _rows.Select(row => new BenchLine(row.Key, FiguresOf(row.Value)))];

    private List<BenchFigure> FiguresOf(Dictionary<string, List<Measurement>> row) =>
        [.. _engines.Where(row.ContainsKey).Select(engine => BenchFigure.Of(engine, row[engine]))];
}
