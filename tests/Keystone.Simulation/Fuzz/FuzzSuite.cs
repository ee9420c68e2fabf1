using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Keystone.Simulation.Fuzz.Targets;

namespace Keystone.Simulation.Fuzz;

/// <summary>
/// The readers of log, tables, manifest and identity are given what mutators make of real files, guided by the branches that the engine
/// takes. What enters is a copy of this program whose engine was rewritten (<see cref="EngineRewriter"/>): it counts its branches, and its
/// native memory ends at pages that nobody may touch. What leaves is a count for each reader, and the inputs that broke a promise, as
/// files in artifacts/fuzz. What always holds: a reader gives an answer or refuses with Corrupt or NewerFormat; no process dies, no input
/// takes a second of a processor or 64 MiB, no native byte is left over. The mutators put checksums right again, so that what lies behind
/// them is reached: these promises hold for bytes that were written by somebody else, too.
/// </summary>
internal sealed class FuzzSuite(int firstSeed, TimeSpan time, long executionsMin) : IDisposable
{
    public const string WorkerVerb = "fuzz-worker";

    /// <summary>A worker whose count stands still for so long hangs: far above what an input may take on the slowest machine.</summary>
    private static readonly TimeSpan StandstillMax = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly string _program = Directory.CreateTempSubdirectory("kstone-fuzz-").FullName;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<WorkerProcess> _workers = [];

    /// <summary>From the command line: the suite, or a worker of it.</summary>
    public static int Run(string[] args)
    {
        if (args[0] == WorkerVerb)
        {
            return FuzzWorker.RunAlone(args);
        }

        int seed = int.Parse(Option("--seed") ?? "1", CultureInfo.InvariantCulture);
        TimeSpan time = TimeSpan.FromSeconds(double.Parse(Option("--seconds") ?? "60", CultureInfo.InvariantCulture));
        long minimum = long.Parse(Option("--minimum") ?? "0", CultureInfo.InvariantCulture);
        using FuzzSuite suite = new(seed, time, minimum);
        bool hasPassed = suite.Run(Console.Out, Option("--case"), Option("--input"));
        Console.WriteLine(hasPassed ? "1 passed, 0 failed" : "0 passed, 1 failed");
        return hasPassed ? 0 : 1;

        string? Option(string name) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;
    }

    /// <summary>Runs and reports. With an input it runs nothing else.</summary>
    private bool Run(TextWriter report, string? target, string? input)
    {
        EngineRewriter.Copy(AppContext.BaseDirectory, _program);
        string[] replay = input is null ? [] : ["--case", target ?? "", "--input", Path.GetFullPath(input)];
        int workers = input is null ? Environment.ProcessorCount : 1;
        for (int i = 0; i < workers; i++)
        {
            _workers.Add(new WorkerProcess(_program, Path.Combine(_program, $"worker-{i}"), [$"{firstSeed + i}", .. replay]));
        }

        WorkerProcess? failed = WaitForEnd();
        Report(report);
        if (failed is not null)
        {
            Describe(report, failed);
            return false;
        }

        long least = FuzzTarget.All.Min(Executions);
        if (input is null && least < executionsMin)
        {
            report.WriteLine($"FAILED fuzz: {least:N0} inputs of one reader are fewer than the {executionsMin:N0} that have to be tried");
            return false;
        }

        return true;
    }

    public void Dispose()
    {
        _workers.ForEach(worker => worker.Dispose());
        Directory.Delete(_program, recursive: true);
    }

    /// <summary>Waits until enough was tried or the time is over. Returns the worker that failed.</summary>
    private WorkerProcess? WaitForEnd()
    {
        while (true)
        {
            bool isEnough = _watch.Elapsed >= time || (executionsMin > 0 && FuzzTarget.All.All(t => Executions(t) >= executionsMin));
            if (isEnough)
            {
                _workers.ForEach(worker => worker.State.Stop());
            }

            if (_workers.Find(worker => worker.HasFailed || worker.StandsStill(StandstillMax)) is { } failed)
            {
                return failed;
            }

            if (_workers.TrueForAll(worker => worker.HasEnded))
            {
                return null;
            }

            Thread.Sleep(PollInterval);
        }
    }

    private long Executions(FuzzTarget target) => _workers.Sum(worker => worker.State.Executions(target.Index));

    private void Report(TextWriter report)
    {
        long all = FuzzTarget.All.Sum(Executions);
        int lastSeed = firstSeed + _workers.Count - 1;
        report.WriteLine($"fuzz: {all:N0} inputs, seeds {firstSeed} to {lastSeed}, {_watch.Elapsed.TotalSeconds:F0} s");
        foreach (FuzzTarget target in FuzzTarget.All)
        {
            byte[] seen = new byte[EdgeMap.Bytes];
            foreach (WorkerProcess worker in _workers)
            {
                ReadOnlySpan<byte> its = worker.State.Seen(target.Index);
                for (int i = 0; i < seen.Length; i++)
                {
                    seen[i] |= its[i];
                }
            }

            report.WriteLine(
                $"fuzz: {target.Name}: {Executions(target):N0} inputs, "
                + $"{_workers.Sum(w => w.State.Accepted(target.Index)):N0} read to the end, "
                + $"{seen.Count(b => b != 0):N0} edges, {seen.Sum(b => BitOperations.PopCount(b)):N0} with how often they were taken, "
                + $"{_workers.Sum(w => w.State.Kept(target.Index)):N0} inputs kept");
        }
    }

    /// <summary>What the worker was at is the input that broke something; it is kept and can be run again.</summary>
    private static void Describe(TextWriter report, WorkerProcess failed)
    {
        byte[] input = failed.State.Input(out int index);
        FuzzTarget target = FuzzTarget.All[index];
        string folder = Path.Combine("artifacts", "fuzz");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{target.Name}-{Convert.ToHexString(SHA256.HashData(input))[..12]}.bin");
        File.WriteAllBytes(path, input);
        report.WriteLine($"FAILED fuzz case {target.Name}, {input.Length} bytes in {path}: {failed.End()}");
        report.WriteLine(
            $"replay: dotnet run -c Release --project tests/Keystone.Simulation -- fuzz --case {target.Name} --input {path}");
    }
}
