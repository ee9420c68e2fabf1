using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Reporting;
using Keystone.Benchmarks.Workloads;

namespace Keystone.Benchmarks.Running;

/// <summary>
/// Goes through a plan. Enters: engines, workloads, value sizes, rounds. Leaves: one line for each workload, value size and
/// number of callers, printed as soon as all its rounds are done. Always holds: within a round the engines take turns on the same data, and
/// the round after it takes them in the opposite order, so that neither always has the colder machine.
/// </summary>
internal sealed class EngineRun
{
    private readonly EnginePlan _plan;
    private readonly TextWriter _output;
    private readonly string _root;
    private readonly HashSet<string> _prepared = new(StringComparer.Ordinal);
    private int _scratches;

    public EngineRun(EnginePlan plan, TextWriter output)
    {
        _plan = plan;
        _output = output;
        _root = Path.Combine(Path.GetFullPath(plan.Directory), $"run-{Environment.ProcessId}");
    }

    /// <summary>Runs everything and returns the lines. The stores are removed, also after a failure.</summary>
    public List<BenchLine> Execute()
    {
        try
        {
            var lines = new List<BenchLine>();
            foreach (int valueBytes in _plan.Values)
            {
                foreach (string workload in _plan.Workloads)
                {
                    lines.AddRange(RunWorkload(workload, valueBytes));
                }

                RemoveStores();
            }

            return lines;
        }
        finally
        {
            RemoveStores();
        }
    }

    private List<BenchLine> RunWorkload(string workload, int valueBytes)
    {
        if (workload == WorkloadCatalog.ReadCold && ColdWorkload.Obstacle() is { } obstacle)
        {
            _output.WriteLine(SkippedLine.ToText(workload, valueBytes, engine: null, obstacle));
            return [];
        }

        List<string> engines = EnginesFor(workload);
        var table = new BenchTable(engines);
        var skipped = new HashSet<string>(StringComparer.Ordinal);

        // A count of bytes does not drift with the machine: one round says it.
        int rounds = workload == WorkloadCatalog.Alloc ? 1 : _plan.Rounds;
        for (int round = 0; round < rounds; round++)
        {
            IEnumerable<string> turns = round % 2 == 0 ? engines : Enumerable.Reverse(engines);
            foreach (string engine in turns.Where(engine => !skipped.Contains(engine)))
            {
                MeasureAnswer answer = Measure(engine, workload, valueBytes);
                table.Add(engine, answer.Figures);
                if (answer.Skipped is { } reason)
                {
                    skipped.Add(engine);
                    _output.WriteLine(SkippedLine.ToText(workload, valueBytes, engine, reason));
                }
            }
        }

        List<BenchLine> lines = table.ToLines();
        lines.ForEach(line => _output.WriteLine(line.ToText()));
        return lines;
    }

    private List<string> EnginesFor(string workload) =>
        workload == WorkloadCatalog.Durable
            ? [.. _plan.Engines.SelectMany(static engine => EngineCatalog.DurableVariantsOf(engine).Prepend(engine))]
            : [.. _plan.Engines];

    private MeasureAnswer Measure(string engine, string workload, int valueBytes)
    {
        string baseDirectory = Path.Combine(_root, $"base-{engine}-{valueBytes}");
        if (WorkloadCatalog.NeedsBase(workload) && !_prepared.Contains(baseDirectory))
        {
            MeasureAnswer prepared = MeasureIn(engine, WorkloadCatalog.Prepare, valueBytes, baseDirectory);
            if (prepared.Skipped is not null)
            {
                return prepared;
            }

            _prepared.Add(baseDirectory);
        }

        return MeasureIn(engine, workload, valueBytes, baseDirectory);
    }

    private MeasureAnswer MeasureIn(string engine, string workload, int valueBytes, string baseDirectory)
    {
        string scratch = Path.Combine(_root, $"scratch-{_scratches++}");
        try
        {
            return MeasureProcess.Measure(new WorkloadContext(
                engine, workload, valueBytes, _plan.Records, _plan.ReadSeconds, _plan.WarmSeconds, baseDirectory, scratch));
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private void RemoveStores()
    {
        _prepared.Clear();
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }
}
