using Grpc.Net.Client;
using Keystone.Grpc.Messages;
using Xunit;

namespace Keystone.Cluster.Tests.Server;

/// <summary>
/// One server as a process of its own, for tests of what it measures: collectors hear every meter of a process, those of other tests too.
/// </summary>
public sealed class OneServerProcess : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("keystone-server-");
    private ServerProcess _server = null!;
    private GrpcChannel _channel = null!;

    internal KeystoneDB.KeystoneDBClient Calls { get; private set; } = null!;

    internal Uri Operations => _server.Operations;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.ServeAsync(Path.Combine(_directory.FullName, "db"), CancellationToken.None).ConfigureAwait(false);
        _channel = GrpcChannel.ForAddress(_server.Address);
        Calls = new KeystoneDB.KeystoneDBClient(_channel);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        Assert.Equal(0, await _server.TerminateAsync(CancellationToken.None).ConfigureAwait(false));
        _server.Dispose();
        _directory.Delete(recursive: true);
    }
}
