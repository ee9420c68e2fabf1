using System.Net;
using System.Text.Json;
using Keystone.Benchmarks.Measuring;
using Keystone.Database;
using Keystone.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Keystone.Benchmarks.Cluster;

/// <summary>How the process of the silo is told what to do.</summary>
/// <param name="Directory">Where its disk is.</param>
/// <param name="SiloPort">Its port for silos.</param>
/// <param name="GatewayPort">Its port for clients.</param>
/// <param name="ReadyFile">The file that it makes when it serves.</param>
/// <param name="Durability">What must hold before a write is answered.</param>
internal sealed record BenchSiloRequest(string Directory, int SiloPort, int GatewayPort, string ReadyFile, DatabaseDurability Durability);

/// <summary>Measures inside of the silo's process, for the benchmark outside.</summary>
[Alias("bench.IInside")]
public interface IInsideGrain : IGrainWithIntegerKey
{
    /// <summary>Runs one workload of one engine and returns the measurement as JSON.</summary>
    [Alias("measure")]
    [ResponseTimeout("00:05:00")]
    Task<string> MeasureAsync(string workload, string engine, int inFlight, double seconds);
}

/// <summary>The silo of the cluster benchmark, in a process of its own. It runs until its standard input ends.</summary>
internal static class BenchSilo
{
    public const string ClusterId = "keystone-bench";

    public static async Task RunAsync(BenchSiloRequest request)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleans(silo =>
        {
            var primary = new IPEndPoint(IPAddress.Loopback, request.SiloPort);
            silo.UseLocalhostClustering(request.SiloPort, request.GatewayPort, primary, ClusterId, ClusterId);
            silo.AddKeystone(options =>
            {
                options.DataPath = request.Directory;
                options.Database = KeystoneDatabaseOptions.Default with { Durability = request.Durability };
            });
        });
        using IHost host = builder.Build();
        await host.StartAsync().ConfigureAwait(false);
        await ClusterOperations.FillAsync(host.Services.GetRequiredService<IKeystoneDatabase>()).ConfigureAwait(false);
        await File.WriteAllTextAsync(request.ReadyFile, "").ConfigureAwait(false);
        await Console.In.ReadToEndAsync().ConfigureAwait(false);
        await host.StopAsync().ConfigureAwait(false);
    }
}

/// <summary>Runs its loops on the thread pool: what is measured are callers inside of the silo that are no grains.</summary>
[GrainType("bench.inside")]
[Reentrant]
internal sealed class InsideGrain(IKeystoneDatabase database, IGrainFactory factory) : Grain, IInsideGrain
{
    public async Task<string> MeasureAsync(string workload, string engine, int inFlight, double seconds)
    {
        IEchoGrain[] echoes = EchoGateway.EchoesOf(factory);
        int turn = 0;
        FlightOperation operation = (workload, engine) switch
        {
            (ClusterCommand.InSiloGet, ClusterCommand.Own) => ClusterOperations.Get(database),
            (ClusterCommand.InSiloPut, ClusterCommand.Own) => ClusterOperations.Put(database),
            (ClusterCommand.InSiloGet, _) => ClusterOperations.EchoGet(call => Next().GetAsync(call)),
            _ => ClusterOperations.EchoPut(call => Next().PutAsync(call)),
        };
        Measurement measured = await Task.Run(() => FlightLoop.RunAsync(workload, inFlight, seconds, operation));
        return JsonSerializer.Serialize(measured);

        IEchoGrain Next() => echoes[(uint)Interlocked.Increment(ref turn) % (uint)echoes.Length];
    }
}
