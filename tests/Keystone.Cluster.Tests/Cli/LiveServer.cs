using System.Net;
using Keystone.Cluster.Tests.Hosting;
using Keystone.Cluster.Tests.Server;
using Xunit;

namespace Keystone.Cluster.Tests.Cli;

/// <summary>
/// A server as a process, which <c>kstone --cluster</c> reaches, for all tests of a class; each test has tables or keys of its own.
/// </summary>
public sealed class LiveServer : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();
    private readonly int _gatewayPort = OneServer.FreePort();
    private ProcessRun _server = null!;

    /// <summary>The value of <c>--cluster</c>.</summary>
    internal string Gateway => $"{IPAddress.Loopback}:{_gatewayPort}";

    internal string DataPath => _directory.PathOf("db");

    public async ValueTask InitializeAsync()
    {
        _server = ProcessRun.Start(
            Path.Combine(AppContext.BaseDirectory, "kstone-server"),
            [
                "--db-path", DataPath, "--port=0", "--metrics-port=0",
                $"--silo-port={OneServer.FreePort()}", $"--gateway-port={_gatewayPort}",
            ]);
        await _server.OutputHoldsAsync("(gRPC)").ConfigureAwait(false);
    }

    /// <summary>A path beside the database at which nothing is yet.</summary>
    internal string PathOf(string name) => _directory.PathOf(name);

    public async ValueTask DisposeAsync()
    {
        await _server.SignalAsync("TERM").ConfigureAwait(false);
        ProcessEnd end = await _server.EndAsync().ConfigureAwait(false);
        _server.Dispose();
        _directory.Dispose();
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
    }
}
