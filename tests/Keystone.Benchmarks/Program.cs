using System.CommandLine;
using System.Text.Json;
using Keystone.Benchmarks.Cities;
using Keystone.Benchmarks.Cluster;
using Keystone.Benchmarks.Items;
using Keystone.Benchmarks.Micro;
using Keystone.Benchmarks.Running;
using Keystone.Benchmarks.Server;
using Keystone.Benchmarks.Workloads;

namespace Keystone.Benchmarks;

/// <summary>
/// The benchmarks. The hidden commands are what <c>engine</c> and <c>cluster</c> start themselves, in processes of their own.
/// </summary>
internal static class Program
{
    private const int Failure = 1;

    private static int Main(string[] arguments)
    {
        var root = new RootCommand("Benchmarks of Keystone.Orleans, side by side with its peers.")
        {
            new EngineCommand().ToCommand(),
            SstBenchmark.ToCommand(),
            MemTableBenchmark.ToCommand(),
            ReplayBenchmark.ToCommand(),
            LogBenchmark.ToCommand(),
            ItemsCommand.ToCommand(),
            new ClusterCommand().ToCommand(),
            ProbesBenchmark.ToCommand(),
            ServerBenchmark.ToCommand(),
            new CitiesCommand().ToCommand(),
            MeasureCommand(),
            WriteUnflushedCommand(),
            ClusterSiloCommand(),
        };
        try
        {
            return root.Parse(arguments).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (BenchmarkException error)
        {
            Console.Error.WriteLine(error.Message);
            return Failure;
        }
    }

    private static Command MeasureCommand()
    {
        var request = new Argument<string>("request");
        var answer = new Argument<string>("answer");
        var command = new Command(MeasureProcess.MeasureCommand) { request, answer };
        command.Hidden = true;
        command.SetAction(parsed => MeasureProcess.Answer(parsed.GetValue(request)!, parsed.GetValue(answer)!));
        return command;
    }

    private static Command ClusterSiloCommand()
    {
        var request = new Argument<string>("request");
        var command = new Command(BenchCluster.SiloCommand) { request };
        command.Hidden = true;
        command.SetAction((parsed, _) =>
            BenchSilo.RunAsync(JsonSerializer.Deserialize<BenchSiloRequest>(File.ReadAllText(parsed.GetValue(request)!))!));
        return command;
    }

    private static Command WriteUnflushedCommand()
    {
        var request = new Argument<string>("request");
        var command = new Command(MeasureProcess.WriteCommand) { request };
        command.Hidden = true;
        command.SetAction(parsed =>
            RecoveryWorkload.WriteUnflushed(JsonSerializer.Deserialize<UnflushedRequest>(File.ReadAllText(parsed.GetValue(request)!))!));
        return command;
    }
}
