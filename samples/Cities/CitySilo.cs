using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Keystone.Samples.Cities;

/// <summary>A silo with a Keystone database. In a service this is the program; here it shares one with its client.</summary>
internal sealed class CitySilo : IAsyncDisposable
{
    private readonly IHost _host;

    private CitySilo(IHost host) => _host = host;

    public static async Task<CitySilo> StartAsync(string path, int siloPort, int gatewayPort)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseOrleans(orleans => orleans
            .UseLocalhostClustering(siloPort, gatewayPort)
            .AddKeystone(keystone => keystone.DataPath = path));
        IHost host = builder.Build();
        await host.StartAsync();
        return new CitySilo(host);
    }

    /// <summary>
    /// Lets calls end and closes the disk. Without it nothing acknowledged would be lost either; the next start reads the log.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
