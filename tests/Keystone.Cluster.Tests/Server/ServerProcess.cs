using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Keystone.Cluster.Tests.Server;

/// <summary>The program itself, as a process of its own.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private readonly Process _process;

    /// <summary>Reads what the process says from now on, so that it never waits for its reader.</summary>
    private readonly Task<string> _log;
    private readonly Task<string> _errors;

    private ServerProcess(Process process, int port, int metricsPort)
    {
        _process = process;
        _log = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
        Address = new Uri($"http://127.0.0.1:{port}");
        Operations = new Uri($"http://127.0.0.1:{metricsPort}");
    }

    public Uri Address { get; }

    public Uri Operations { get; }

    public string Name => _process.ProcessName;

    /// <summary>The most memory that the process has had resident, in bytes.</summary>
    public long ResidentBytesMax
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(CancellationToken ended, params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(ended);
        Task<string> error = process.StandardError.ReadToEndAsync(ended);
        await process.WaitForExitAsync(ended).ConfigureAwait(false);
        return (process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
    }

    /// <summary>The arguments of a server on a directory with ports of its own.</summary>
    public static string[] On(string directory) =>
    [
        "--db-path", directory, "--port=0", "--metrics-port", "0", $"--silo-port={OneServer.FreePort()}",
        "--gateway-port", OneServer.FreePort().ToString(CultureInfo.InvariantCulture), "--memory-limit=512",
    ];

    /// <summary>Starts a server and waits for the line in which it says where it is.</summary>
    public static async Task<ServerProcess> ServeAsync(string directory, CancellationToken ended, int? openFilesMax = null)
    {
        Process process = Start(On(directory), openFilesMax);
        while (await process.StandardOutput.ReadLineAsync(ended).ConfigureAwait(false) is { } line)
        {
            Match match = Serving().Match(line);
            if (match.Success)
            {
                return new ServerProcess(process, Port(match.Groups["port"]), Port(match.Groups["metrics"]));
            }
        }

        await process.WaitForExitAsync(ended).ConfigureAwait(false);
        throw new InvalidOperationException($"The server ended with {process.ExitCode}.");
    }

    /// <summary>Asks the process to stop as an operator does, and waits for its exit code.</summary>
    public async Task<int> TerminateAsync(CancellationToken ended)
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(ended).ConfigureAwait(false);
        await _process.WaitForExitAsync(ended).ConfigureAwait(false);
        Assert.Equal("", await _errors.ConfigureAwait(false));
        string log = await _log.ConfigureAwait(false);
        Assert.Contains("The managed heap has 192 MiB", log);
        Assert.Contains("Stopped", log);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>With a limit on open files, a shell sets it and then becomes the server.</summary>
    private static Process Start(string[] arguments, int? openFilesMax = null)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "kstone-server");
        ProcessStartInfo start = openFilesMax is { } files
            ? new("/bin/sh", ["-c", $"ulimit -n {files.ToString(CultureInfo.InvariantCulture)}; exec \"$0\" \"$@\"", program, .. arguments])
            : new(program, arguments);
        start = new ProcessStartInfo(start.FileName, start.ArgumentList)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Logging__LogLevel__Keystone"] = "Information" },
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The server did not start.");
    }

    private static int Port(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^kstone-server .*:(?<port>\d+) \(gRPC\), .*:(?<metrics>\d+) \(metrics\)")]
    private static partial Regex Serving();
}
