using Keystone.Orleans.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>An Orleans client in a host of its own, connected over the loopback interface to the gateways of the silos given.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly IHost _host;

    private TestClient(IHost host) => _host = host;

    public KeystoneClient Database => _host.Services.GetRequiredService<KeystoneClient>();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static Task<TestClient> ConnectAsync(params IReadOnlyList<TestSilo> silos) => ConnectAsync(static _ => { }, silos);

    public static async Task<TestClient> ConnectAsync(Action<KeystoneClientOptions> configure, params IReadOnlyList<TestSilo> silos)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(client =>
        {
            client.UseLocalhostClustering([.. silos.Select(silo => silo.GatewayPort)], TestSilo.ClusterId, TestSilo.ClusterId);
            client.AddKeystoneClient(configure);
        });
        IHost host = builder.Build();
        await host.StartAsync().ConfigureAwait(false);
        return new TestClient(host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync().ConfigureAwait(false);
        _host.Dispose();
    }
}
