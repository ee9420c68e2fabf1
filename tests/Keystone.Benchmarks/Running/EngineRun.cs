using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;
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
            _output.WriteLine($"BENCH {workload} value={valueBytes} skipped=\"{obstacle}\"");
            return [];
        }

        List<string> engines = EnginesFor(workload);
        var table = new BenchTable(engines);

        // A count of bytes does not drift with the machine: one round says it.
        int rounds = workload == WorkloadCatalog.Alloc ? 1 : _plan.Rounds;
        for (int round = 0; round < rounds; round++)
        {
            IEnumerable<string> turns = round % 2 == 0 ? engines : Enumerable.Reverse(engines);
            foreach (string engine in turns)
            {
                table.Add(engine, Measure(engine, workload, valueBytes));
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

    private List<Measurement> Measure(string engine, string workload, int valueBytes)
    {
        string baseDirectory = Path.Combine(_root, $"base-{engine}-{valueBytes}");
        if (WorkloadCatalog.NeedsBase(workload) && _prepared.Add(baseDirectory))
        {
            MeasureIn(engine, WorkloadCatalog.Prepare, valueBytes, baseDirectory);
        }

        return MeasureIn(engine, workload, valueBytes, baseDirectory);
    }

    private List<Measurement> MeasureIn(string engine, string workload, int valueBytes, string baseDirectory)
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
