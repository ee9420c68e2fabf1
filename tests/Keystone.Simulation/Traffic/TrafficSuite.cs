using System.Diagnostics;
using System.Globalization;

namespace Keystone.Simulation.Traffic;

/// <summary>
/// Far more traffic than memory: a process of its own with the budgets of a server of 512 MiB writes and scans gigabytes over 256 stripes,
/// while this one watches the most that it ever had resident, as the kernel counts it. The process ends by itself and checks all that it
/// wrote; above the limit, or with a wrong answer, the suite fails.
/// </summary>
internal sealed class TrafficSuite(int seed, double gibibytes)
{
    public const long LimitBytes = 512L << 20;

    /// <summary>What a server of this limit gives the managed heap.</summary>
    private const long HeapBytes = 192L << 20;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>From the command line: the suite, or the process that it watches.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args[0] == TrafficWriter.Verb)
        {
            return await TrafficWriter.RunAsync(args);
        }

        int seed = int.Parse(Option("--seed") ?? "1", CultureInfo.InvariantCulture);
        bool hasPassed = new TrafficSuite(seed, double.Parse(Option("--gib") ?? "1", CultureInfo.InvariantCulture)).Run(Console.Out);
        Console.WriteLine(hasPassed ? "1 passed, 0 failed" : "0 passed, 1 failed");
        return hasPassed ? 0 : 1;

        string? Option(string name) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;
    }

    private bool Run(TextWriter report)
    {
        string directory = Directory.CreateTempSubdirectory("kstone-traffic-").FullName;
        Stopwatch watch = Stopwatch.StartNew();
        try
        {
            using Process process = Start(directory);
            Task<string> said = process.StandardOutput.ReadToEndAsync();
            Task<string> complained = process.StandardError.ReadToEndAsync();
            long peak = Watch(process);
            report.Write(said.Result);
            report.WriteLine(
                $"traffic: seed {seed}, peak {peak / 1048576.0:F0} MiB of {LimitBytes >> 20}, {watch.Elapsed.TotalSeconds:F0} s");
            bool isWell = process.ExitCode == 0 && peak is > 0 and <= LimitBytes;
            if (!isWell)
            {
                report.WriteLine(
                    $"FAILED traffic seed {seed}: peak {peak:N0} bytes, exit code {process.ExitCode}: {complained.Result}");
            }

            return isWell;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private Process Start(string directory)
    {
        bool isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (isHosted)
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Keystone.Simulation.dll"));
        }

        long bytes = (long)(gibibytes * (1L << 30));
        foreach (string argument in new[] { TrafficWriter.Verb, Path.Combine(directory, "store"), $"{seed}", $"{bytes}" })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapBytes.ToString("x", CultureInfo.InvariantCulture);
        return Process.Start(start)!;
    }

    /// <summary>Until the process has ended, or has more than it may: then it is killed.</summary>
    private static long Watch(Process process)
    {
        long peak = 0;
        while (!process.WaitForExit(PollInterval))
        {
            process.Refresh();
            peak = Math.Max(peak, PeakOf(process.Id));
            if (peak > LimitBytes)
            {
                process.Kill();
            }
        }

        process.WaitForExit();
        return peak;
    }

    /// <summary>The kernel's high-water mark of resident memory; 0 when the process has just ended.</summary>
    private static long PeakOf(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status")
                .FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            string? kibibytes = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2];
            return kibibytes is null ? 0 : long.Parse(kibibytes, CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
