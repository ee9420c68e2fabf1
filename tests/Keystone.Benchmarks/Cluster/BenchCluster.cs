using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;
using Keystone.Benchmarks.Workloads;
using Keystone.Orleans.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Keystone.Benchmarks.Cluster;

/// <summary>
/// The silo's process as its parent has it, and the client that is connected to it. Disposing ends both and removes the disk.
/// </summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    public const string SiloCommand = "cluster-silo";

    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(20);

    private readonly Process _silo;
    private readonly IHost _client;
    private readonly string _directory;

    private BenchCluster(Process silo, IHost client, string directory)
    {
        _silo = silo;
        _client = client;
        _directory = directory;
    }

    public KeystoneClient Database => _client.Services.GetRequiredService<KeystoneClient>();

    public IEchoGateway Echo => Grains.GetGrain<IEchoGateway>("0");

    public IInsideGrain Inside => Grains.GetGrain<IInsideGrain>(0);

    private IGrainFactory Grains => _client.Services.GetRequiredService<IGrainFactory>();

    public static async Task<BenchCluster> StartAsync(ClusterPlan plan)
    {
        Directory.CreateDirectory(plan.Directory);
        var request = new BenchSiloRequest(
            Path.Combine(plan.Directory, "disk"), FreePort(), FreePort(), Path.Combine(plan.Directory, "ready"), plan.Durability);
        string requestFile = Path.Combine(plan.Directory, "request.json");
        await File.WriteAllTextAsync(requestFile, JsonSerializer.Serialize(request)).ConfigureAwait(false);
        Process silo = StartSilo(requestFile);
        while (!File.Exists(request.ReadyFile))
        {
            BenchmarkException.Require(!silo.HasExited, "The silo's process ended before it served; its message stands above.");
            await Task.Delay(ReadyPoll).ConfigureAwait(false);
        }

        return new BenchCluster(silo, await ConnectAsync(request.GatewayPort).ConfigureAwait(false), plan.Directory);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.StopAsync().ConfigureAwait(false);
        _client.Dispose();
        _silo.StandardInput.Close();
        await _silo.WaitForExitAsync().ConfigureAwait(false);
        _silo.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<IHost> ConnectAsync(int gatewayPort)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(client =>
        {
            client.UseLocalhostClustering(gatewayPort, BenchSilo.ClusterId, BenchSilo.ClusterId);
            client.AddKeystoneClient();
        });
        IHost host = builder.Build();
        await host.StartAsync().ConfigureAwait(false);
        return host;
    }

    private static Process StartSilo(string requestFile)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        }

        start.ArgumentList.Add(SiloCommand);
        start.ArgumentList.Add(requestFile);
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
