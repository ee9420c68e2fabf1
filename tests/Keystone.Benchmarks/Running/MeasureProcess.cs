using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;
using Keystone.Benchmarks.Workloads;

namespace Keystone.Benchmarks.Running;

/// <summary>
/// The processes in which the benchmark measures. Each workload of each engine in each round has one of its own, so no heap, cache
/// or compiled code of one engine stands beside another, and its peak memory is that of this workload alone. Parent and
/// child are the same program; they pass JSON files.
/// </summary>
internal static class MeasureProcess
{
    public const string MeasureCommand = "measure";
    public const string WriteCommand = "write-unflushed";

    private static readonly TimeSpan ChildTimeMax = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(2);

    /// <summary>Runs one workload in a child and returns its figures, or why there are none.</summary>
    public static MeasureAnswer Measure(WorkloadContext context)
    {
        Directory.CreateDirectory(context.ScratchDirectory);
        string request = context.ScratchPath("request.json");
        string answer = context.ScratchPath("answer.json");
        File.WriteAllText(request, JsonSerializer.Serialize(context));
        using Process child = Start(MeasureCommand, request, answer);
        bool ended = child.WaitForExit(ChildTimeMax);
        if (!ended)
        {
            child.Kill(entireProcessTree: true);
        }

        string end = ended ? $"ended with exit code {child.ExitCode}; its message stands above" : $"took longer than {ChildTimeMax}";
        BenchmarkException.Require(ended && child.ExitCode == 0, $"{context.Workload} on {context.Engine} {end}.");
        return JsonSerializer.Deserialize<MeasureAnswer>(File.ReadAllText(answer))!;
    }

    /// <summary>The child's side of <see cref="Measure"/>.</summary>
    public static void Answer(string request, string answer)
    {
        WorkloadContext context = JsonSerializer.Deserialize<WorkloadContext>(File.ReadAllText(request))!;
        File.WriteAllText(answer, JsonSerializer.Serialize(AnswerOf(context)));
    }

    /// <summary>Lets a child write and kills it with SIGKILL as soon as its last put is acknowledged.</summary>
    public static void WriteAndKill(UnflushedRequest request, string requestFile)
    {
        File.WriteAllText(requestFile, JsonSerializer.Serialize(request));
        using Process child = Start(WriteCommand, requestFile);
        while (!File.Exists(request.ReadyFile) && !child.HasExited)
        {
            // The child is another process: a file is all that it can say, and nothing is timed while it writes.
            Thread.Sleep(ReadyPoll);
        }

        BenchmarkException.Require(!child.HasExited, "The writing process ended by itself before it could be killed.");
        child.Kill();
        child.WaitForExit();
    }

    private static MeasureAnswer AnswerOf(WorkloadContext context)
    {
        try
        {
            List<Measurement> figures = WorkloadCatalog.Run(context);
            if (context.Workload is not (WorkloadCatalog.Prepare or WorkloadCatalog.Alloc))
            {
                string variant = $"workload={context.Workload}";
                figures.Add(
                    new Measurement("memory", context.ValueBytes, Threads: 1, variant, ProcessMeter.PeakMemoryMiB) { Unit = "MiB" });
            }

            return new MeasureAnswer(figures, Skipped: null);
        }
        catch (EngineLacksException lack)
        {
            return new MeasureAnswer([], lack.Message);
        }
    }

    private static Process Start(params ReadOnlySpan<string> arguments)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program);
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
