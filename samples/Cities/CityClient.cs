using System.Net;
using Keystone.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Keystone.Samples.Cities;

/// <summary>A program outside of the silo: an Orleans client, and the database of the cluster over it.</summary>
internal sealed class CityClient : IAsyncDisposable
{
    private readonly IHost _host;

    private CityClient(IHost host) => _host = host;

    public IKeystoneDatabase Database => _host.Services.GetRequiredService<IKeystoneDatabase>();

    public static async Task<CityClient> ConnectAsync(int gatewayPort)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseOrleansClient(orleans => orleans
            .UseStaticClustering(new IPEndPoint(IPAddress.Loopback, gatewayPort))
            .AddKeystoneClient());
        IHost host = builder.Build();
        await host.StartAsync();
        return new CityClient(host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
