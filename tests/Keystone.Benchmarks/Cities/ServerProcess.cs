using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Keystone.Benchmarks.Workloads;

namespace Keystone.Benchmarks.Cities;

/// <summary>A <c>kstone-server</c> of its own on free ports. Disposing kills it if nobody has.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    public const string Name = "kstone-server";

    private readonly Process _process;
    private readonly TaskCompletionSource<(long Replayed, double Seconds)> _opened =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process, int gatewayPort)
    {
        _process = process;
        GatewayPort = gatewayPort;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
    }

    /// <summary>Where Orleans clients come in.</summary>
    public int GatewayPort { get; }

    public bool IsRunning => !_process.HasExited;

    public static ServerProcess Start(string program, string directory)
    {
        int gatewayPort = FreePort();
        string[] arguments =
        [
            "--db-path", directory, "--port=0", "--metrics-port=0", $"--silo-port={FreePort()}", $"--gateway-port={gatewayPort}",
        ];
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            Environment = { ["Logging__LogLevel__Keystone"] = "Information" },
        };
        Process process = Process.Start(start) ?? throw new BenchmarkException($"{program} did not start");
        return new ServerProcess(process, gatewayPort);
    }

    /// <summary>What the server says of opening its disk: operations replayed from the log, and the time.</summary>
    public Task<(long Replayed, double Seconds)> OpenedAsync(CancellationToken cancellationToken)
        => _opened.Task.WaitAsync(cancellationToken);

    /// <summary>SIGKILL, to this process and no other.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (IsRunning)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            _opened.TrySetException(new BenchmarkException($"{Name} ended and did not say that it has opened its disk."));
            return;
        }

        Match match = Opened().Match(line);
        if (match.Success)
        {
            long replayed = long.Parse(match.Groups["replayed"].ValueSpan, CultureInfo.InvariantCulture);
            _opened.TrySetResult((replayed, double.Parse(match.Groups["seconds"].ValueSpan, CultureInfo.InvariantCulture)));
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"(?<replayed>\d+) operations replayed from the log.* Opening took (?<seconds>[\d.]+) s")]
    private static partial Regex Opened();
}
