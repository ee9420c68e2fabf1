using Xunit;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>One silo and one client for all tests of a class, each of which has tables of its own.</summary>
public sealed class OneSilo : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();

    internal TestSilo Silo { get; private set; } = null!;

    internal TestClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Silo = await TestSilo.StartAsync(new TestSiloPlan("alone", _directory.PathOf("disk"))).ConfigureAwait(false);
        Client = await TestClient.ConnectAsync(Silo).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync().ConfigureAwait(false);
        await Silo.DisposeAsync().ConfigureAwait(false);
        _directory.Dispose();
    }
}
