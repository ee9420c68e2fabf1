using System.Net;
using Keystone.Cluster.Tests.Hosting;
using Keystone.Cluster.Tests.Server;
using Keystone.Server;
using Xunit;

namespace Keystone.Cluster.Tests.Cli;

/// <summary>
/// A server in this process that <c>kstone --cluster</c> reaches from outside of it, for all tests of a class; each test has tables or keys
/// of its own.
/// </summary>
public sealed class LiveServer : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();
    private readonly int _gatewayPort = OneServer.FreePort();
    private KeystoneServer _server = null!;

    /// <summary>The value of <c>--cluster</c>.</summary>
    internal string Gateway => $"{IPAddress.Loopback}:{_gatewayPort}";

    internal string DataPath => _directory.PathOf("db");

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("Logging__LogLevel__Keystone", "Warning");
        var options = new ServerOptions(DataPath)
        {
            Port = 0,
            MetricsPort = 0,
            SiloPort = OneServer.FreePort(),
            GatewayPort = _gatewayPort,
        };
        _server = await KeystoneServer.StartAsync(options, MemoryBudget.Of(512L << 20)).ConfigureAwait(false);
    }

    /// <summary>A path beside the database at which nothing is yet.</summary>
    internal string PathOf(string name) => _directory.PathOf(name);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        _directory.Dispose();
    }
}
