using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Server;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Keystone.Cluster.Tests.Server;

/// <summary>One server in this process and a channel to it, for all tests of a class; each test has partition keys of its own.</summary>
public sealed class OneServer : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("keystone-server-");
    private KeystoneServer _server = null!;
    private GrpcChannel _channel = null!;

    internal KeystoneDB.KeystoneDBClient Calls { get; private set; } = null!;

    internal Uri Address => _server.Address;

    /// <summary>The database itself, for what the contract has no calls for.</summary>
    internal IKeystoneDatabase Database => _server.Services.GetRequiredService<IKeystoneDatabase>();

    public async ValueTask InitializeAsync()
    {
        _server = await KeystoneServer.StartAsync(OptionsOf(_directory), MemoryBudget.Of(512L << 20)).ConfigureAwait(false);
        _channel = GrpcChannel.ForAddress(_server.Address);
        Calls = new KeystoneDB.KeystoneDBClient(_channel);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync().ConfigureAwait(false);
        _directory.Delete(recursive: true);
    }

    /// <summary>A server on a directory of its own and on free ports, that says little.</summary>
    internal static ServerOptions OptionsOf(DirectoryInfo directory)
    {
        Environment.SetEnvironmentVariable("Logging__LogLevel__Keystone", "Warning");
        return new ServerOptions(Path.Combine(directory.FullName, "db"))
        {
            Port = 0,
            MetricsPort = 0,
            SiloPort = FreePort(),
            GatewayPort = FreePort(),
        };
    }

    /// <summary>A port of the loopback address that nobody listened on a moment ago.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
