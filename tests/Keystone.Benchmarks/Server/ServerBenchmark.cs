using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Keystone.Benchmarks.Workloads;
using Keystone.Grpc;
using Keystone.Model;

namespace Keystone.Benchmarks.Server;

/// <summary>
/// What a server costs before it does anything: time from the start of the process to the first answered call, on a new directory, and
/// resident memory when it has rested. Medians of fresh processes. <c>--limit-files</c> and <c>--limit-memory</c> hold it to a small
/// machine's limits.
/// </summary>
internal sealed class ServerBenchmark
{
    private const int Rounds = 5;
    private const string Program = "kstone-server";
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan StartTimeMax = TimeSpan.FromSeconds(60);

    private readonly string _program;
    private readonly int? _openFilesMax;
    private readonly int? _memoryMiBMax;

    private ServerBenchmark(string program, int? openFilesMax, int? memoryMiBMax)
    {
        _program = program;
        _openFilesMax = openFilesMax;
        _memoryMiBMax = memoryMiBMax;
    }

    public static Command ToCommand()
    {
        var program = new Option<FileInfo>("--program")
        {
            Description = $"The program {Program}; built with -c Release.",
            DefaultValueFactory = _ => new FileInfo(Path.Combine("artifacts", "bin", "Keystone.Server", "release", Program)),
        };
        var files = new Option<int?>("--limit-files") { Description = "Open files that the process may have." };
        var memory = new Option<int?>("--limit-memory") { Description = "Memory that the server is told it may use, MiB." };
        var command = new Command("server", "A server at rest: resident memory, and time to the first answered call.")
        {
            program, files, memory,
        };
        command.SetAction((parsed, cancellationToken) => new ServerBenchmark(
            parsed.GetValue(program)!.FullName, parsed.GetValue(files), parsed.GetValue(memory)).RunAsync(cancellationToken));
        return command;
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        double[] resident = new double[Rounds];
        double[] firstCall = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            (resident[round], firstCall[round]) = await MeasureAsync(cancellationToken).ConfigureAwait(false);
        }

        Array.Sort(resident);
        Array.Sort(firstCall);
        string limits = (_openFilesMax is { } files ? $" limit_files={files}" : "") + (_memoryMiBMax is { } mib ? $" limit_mib={mib}" : "");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"BENCH server{limits} rss_mib={resident[Rounds / 2]:0} first_call_ms={firstCall[Rounds / 2]:0}"));
    }

    private async Task<(double ResidentMiB, double FirstCallMilliseconds)> MeasureAsync(CancellationToken cancellationToken)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("keystone-bench-");
        int port = FreePort();
        long start = Stopwatch.GetTimestamp();
        using Process server = Start(Path.Combine(directory.FullName, "db"), port);
        try
        {
            await AskUntilAnsweredAsync(server, port, start, cancellationToken).ConfigureAwait(false);
            double firstCall = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            await Task.Delay(Rest, cancellationToken).ConfigureAwait(false);
            server.Refresh();
            return (server.WorkingSet64 / (double)(1 << 20), firstCall);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            directory.Delete(recursive: true);
        }
    }

    private static async Task AskUntilAnsweredAsync(Process server, int port, long start, CancellationToken cancellationToken)
    {
        byte[] key = [1];
        while (true)
        {
            using var client = new KeystoneGrpcClient(new Uri($"http://127.0.0.1:{port}"));
            try
            {
                await client.GetAsync(key, default, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (KeystoneException refusal) when (refusal.IsRetryable)
            {
                if (server.HasExited || Stopwatch.GetElapsedTime(start) > StartTimeMax)
                {
                    throw new BenchmarkException($"{Program} has not answered a call: {refusal.Message}");
                }

                await Task.Delay(AskAgainAfter, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The shell sets the limit and becomes the server: the measured process is the server itself.</summary>
    private Process Start(string directory, int port)
    {
        string limit = _openFilesMax is { } files ? $"ulimit -n {files}; " : "";
        string[] arguments =
        [
            "-c", limit + "exec \"$0\" \"$@\"", _program, "--db-path", directory, $"--port={port}", $"--metrics-port={FreePort()}",
            $"--silo-port={FreePort()}", $"--gateway-port={FreePort()}", .. MemoryLimit(),
        ];
        var start = new ProcessStartInfo("/bin/sh", arguments)
        {
            RedirectStandardOutput = true,
            Environment = { ["Logging__LogLevel__Keystone"] = "Warning" },
        };
        return Process.Start(start) ?? throw new BenchmarkException($"{_program} did not start");
    }

    private string[] MemoryLimit() => _memoryMiBMax is { } mib ? [$"--memory-limit={mib}"] : [];

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
