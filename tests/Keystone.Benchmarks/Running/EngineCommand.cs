using System.CommandLine;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Reporting;
using Keystone.Benchmarks.Workloads;

namespace Keystone.Benchmarks.Running;

/// <summary>The <c>engine</c> command: what it accepts, and the plan that this makes.</summary>
internal sealed class EngineCommand
{
    private const int FullRecords = 1_000_000;
    private const int QuickRecords = 100_000;
    private const int RoundsDefault = 3;
    private const string ChartReference = "rocksdb";
    private const double FullReadSeconds = 2;
    private const double QuickReadSeconds = 0.15;
    private const double FullWarmSeconds = 1;
    private const double QuickWarmSeconds = 0.15;

    private readonly Option<string[]> _against = new("--against")
    {
        Description = $"Peers to run beside the own engine: {string.Join(' ', EngineCatalog.Peers)}; all, none.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => ["rocksdb"],
    };

    private readonly Option<bool> _quick = new("--quick")
    {
        Description = "Less data and shorter loops: all workloads in under two minutes.",
    };

    private readonly Option<string[]> _workloads = ListOption(
        "--workloads", $"Which of: {string.Join(' ', WorkloadCatalog.Names)}. All by default.");

    private readonly Option<string[]> _values = ListOption("--values", "Value sizes in bytes. 100 by default.");

    private readonly Option<int?> _records = new("--records") { Description = "Records of the data: 1,000,000, or 100,000 with --quick." };

    private readonly Option<int> _rounds = new("--rounds")
    {
        Description = "Rounds; the median of them is printed.",
        DefaultValueFactory = static _ => RoundsDefault,
    };

    private readonly Option<FileInfo?> _json = new("--json") { Description = "Also writes all figures to this file." };

    private readonly Option<FileInfo?> _chart = new("--chart")
    {
        Description = "Also draws the rates, as multiples of RocksDB's, into this SVG file.",
    };

    private readonly Option<DirectoryInfo> _directory = new("--directory")
    {
        Description = "Where the stores lie. It must be on the disk that is to be measured.",
        DefaultValueFactory = static _ => new DirectoryInfo(Path.Combine("artifacts", "bench")),
    };

    public Command ToCommand()
    {
        var command = new Command("engine", "Compares the storage engine with its peers, side by side on the same data.")
        {
            _against, _quick, _workloads, _values, _records, _rounds, _json, _chart, _directory,
        };
        command.SetAction(Run);
        return command;
    }

    private static Option<string[]> ListOption(string name, string description) =>
        new(name)
        {
            Description = description,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = static _ => [],
        };

    private int Run(ParseResult parsed)
    {
        EnginePlan plan = PlanOf(parsed);
        Console.WriteLine(
            $"# records={plan.Records} rounds={plan.Rounds} cores={Environment.ProcessorCount} runtime={Environment.Version} " +
            $"directory={Path.GetFullPath(plan.Directory)}");
        List<BenchLine> lines = new EngineRun(plan, Console.Out).Execute();
        if (parsed.GetValue(_json) is { } file)
        {
            BenchJson.Write(file.FullName, plan, lines);
        }

        if (parsed.GetValue(_chart) is { } chart)
        {
            File.WriteAllText(chart.FullName, new RatioChart(ChartReference).ToSvg(lines));
        }

        return 0;
    }

    private EnginePlan PlanOf(ParseResult parsed)
    {
        bool quick = parsed.GetValue(_quick);
        var plan = new EnginePlan
        {
            Engines = EngineCatalog.EnginesAgainst(SplitList(parsed.GetValue(_against)!)),
            Workloads = WorkloadsOf(parsed.GetValue(_workloads)!),
            Values = ValuesOf(parsed.GetValue(_values)!),
            Records = parsed.GetValue(_records) ?? (quick ? QuickRecords : FullRecords),
            Rounds = parsed.GetValue(_rounds),
            ReadSeconds = quick ? QuickReadSeconds : FullReadSeconds,
            WarmSeconds = quick ? QuickWarmSeconds : FullWarmSeconds,
            Directory = parsed.GetValue(_directory)!.FullName,
        };
        BenchmarkException.Require(plan.Rounds > 0, "--rounds must be at least 1.");
        BenchmarkException.Require(
            plan.Records >= Data.RecordShape.PartitionRecords && plan.Records % Data.RecordShape.PartitionRecords == 0,
            $"--records must be a multiple of {Data.RecordShape.PartitionRecords}.");
        return plan;
    }

    private static List<string> WorkloadsOf(string[] given)
    {
        List<string> asked = SplitList(given);
        foreach (string name in asked)
        {
            BenchmarkException.Require(WorkloadCatalog.Names.Contains(name), $"--workloads {name}: there is no such workload.");
        }

        return asked.Count > 0 ? asked : [.. WorkloadCatalog.Names];
    }

    private static List<int> ValuesOf(string[] given)
    {
        var values = new List<int>();
        foreach (string text in SplitList(given))
        {
            BenchmarkException.Require(
                int.TryParse(text, out int bytes) && bytes >= Data.RecordShape.ValueBytesMin,
                $"--values {text}: a value has at least {Data.RecordShape.ValueBytesMin} bytes.");
            values.Add(bytes);
        }

        return values.Count > 0 ? values : [100];
    }

    private static List<string> SplitList(string[] given) =>
        [.. given.SelectMany(static part => part.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
