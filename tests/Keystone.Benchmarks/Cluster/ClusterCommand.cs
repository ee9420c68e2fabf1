using System.CommandLine;
using System.Text.Json;
using Keystone.Benchmarks.Measuring;
using Keystone.Benchmarks.Reporting;
using Keystone.Benchmarks.Workloads;
using Keystone.Database;

namespace Keystone.Benchmarks.Cluster;

/// <summary>
/// The <c>cluster</c> command: gets and puts through an Orleans client and the gateway grain beside a bare echo with the same messages and
/// two hops, and calls inside of the silo beside a bare call of a local grain. The silo has a process of its own; this one is the client.
/// In every round the two take turns, and the next round takes them in the opposite order.
/// </summary>
internal sealed class ClusterCommand
{
    public const string Own = "keystone";
    public const string Echo = "echo";
    public const string InSiloGet = "insiloget";
    public const string InSiloPut = "insiloput";
    public const string ClusterGet = "clusterget";
    public const string ClusterPut = "clusterput";

    private const int RoundsDefault = 3;
    private const double FullSeconds = 3;
    private const double QuickSeconds = 0.5;

    private static readonly string[] Engines = [Own, Echo];
    private static readonly string[] Workloads = [ClusterGet, ClusterPut, InSiloGet, InSiloPut];
    private static readonly int[] InFlight = [1, 64, 512];

    private readonly Option<bool> _quick = new("--quick") { Description = "Shorter loops." };

    private readonly Option<bool> _buffered = new("--buffered")
    {
        Description = "Puts are answered before they are on stable storage, which is as little as the echo does.",
    };

    private readonly Option<int> _rounds = new("--rounds")
    {
        Description = "Rounds; the median of them is printed.",
        DefaultValueFactory = static _ => RoundsDefault,
    };

    private readonly Option<FileInfo?> _json = new("--json") { Description = "Also writes all figures to this file." };

    private readonly Option<DirectoryInfo> _directory = new("--directory")
    {
        Description = "Where the disk of the silo lies.",
        DefaultValueFactory = static _ => new DirectoryInfo(Path.Combine("artifacts", "bench")),
    };

    public Command ToCommand()
    {
        var command = new Command("cluster", "Compares calls of a Keystone cluster with the bare Orleans calls that they are made of.")
        {
            _quick, _buffered, _rounds, _json, _directory,
        };
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var plan = new ClusterPlan(
            parsed.GetValue(_rounds),
            parsed.GetValue(_quick) ? QuickSeconds : FullSeconds,
            parsed.GetValue(_buffered) ? DatabaseDurability.Buffered : DatabaseDurability.Synced,
            Path.Combine(parsed.GetValue(_directory)!.FullName, $"cluster-{Environment.ProcessId}"));
        BenchmarkException.Require(plan.Rounds > 0, "--rounds must be at least 1.");
        Console.WriteLine(
            $"# cluster rounds={plan.Rounds} seconds={plan.Seconds} durability={plan.Durability} cores={Environment.ProcessorCount} "
            + $"runtime={Environment.Version}");
        await using BenchCluster cluster = await BenchCluster.StartAsync(plan).ConfigureAwait(false);
        var lines = new List<BenchLine>();
        foreach (string workload in Workloads)
        {
            foreach (int inFlight in InFlight)
            {
                BenchLine line = await MeasureAsync(cluster, plan, workload, inFlight).ConfigureAwait(false);
                Console.WriteLine(line.ToText());
                lines.Add(line);
            }
        }

        if (parsed.GetValue(_json) is { } file)
        {
            BenchJson.Write(file.FullName, plan, lines);
        }

        return 0;
    }

    private static async Task<BenchLine> MeasureAsync(BenchCluster cluster, ClusterPlan plan, string workload, int inFlight)
    {
        var table = new BenchTable(Engines);
        for (int round = 0; round < plan.Rounds; round++)
        {
            foreach (string engine in round % 2 == 0 ? Engines : Engines.Reverse())
            {
                table.Add(engine, [await MeasureAsync(cluster, workload, engine, inFlight, plan.Seconds).ConfigureAwait(false)]);
            }
        }

        return table.ToLines()[0];
    }

    private static async Task<Measurement> MeasureAsync(BenchCluster cluster, string workload, string engine, int inFlight, double seconds)
    {
        if (workload is InSiloGet or InSiloPut)
        {
            string measured = await cluster.Inside.MeasureAsync(workload, engine, inFlight, seconds).ConfigureAwait(false);
            return JsonSerializer.Deserialize<Measurement>(measured)!;
        }

        FlightOperation operation = (workload, engine) switch
        {
            (ClusterGet, Own) => ClusterOperations.Get(cluster.Database),
            (ClusterPut, Own) => ClusterOperations.Put(cluster.Database),
            (ClusterGet, _) => ClusterOperations.EchoGet(cluster.Echo.GetAsync),
            _ => ClusterOperations.EchoPut(cluster.Echo.PutAsync),
        };
        return await FlightLoop.RunAsync(workload, inFlight, seconds, operation).ConfigureAwait(false);
    }
}

/// <summary>What a run of the cluster benchmark does.</summary>
internal sealed record ClusterPlan(int Rounds, double Seconds, DatabaseDurability Durability, string Directory);
