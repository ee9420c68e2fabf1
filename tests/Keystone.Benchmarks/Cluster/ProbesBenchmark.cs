using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Keystone.Benchmarks.Workloads;
using Keystone.Cluster.Tests.Hosting;
using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace Keystone.Benchmarks.Cluster;

/// <summary>
/// The <c>probes</c> command: how long a silo takes to answer the probes by which membership finds out who lives, while its disk
/// answers no read and hundreds wait. Both silos are in this process. The goal is an answer in less than 100 ms.
/// </summary>
internal sealed class ProbesBenchmark
{
    private const int Items = 512;
    private const int Probes = 400;
    private const int StripeCount = 16;
    private const string ProberName = "prober";
    private const string SlowName = "slow";
    private const string ProberType = "Orleans.Runtime.MembershipService.IRemoteSiloProber";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static Command ToCommand()
    {
        var command = new Command("probes", "Membership's probes of a silo whose disk is slow: time to the answer.");
        command.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return command;
    }

    private static async Task RunAsync(CancellationToken cancellationToken)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("keystone-bench-");
        using var well = new GatedReads();
        using var disk = new GatedReads();
        int primary = FreePort();
        using IHost prober = await StartAsync(ProberName, directory, primary, primary, well).ConfigureAwait(false);
        using IHost slow = await StartAsync(SlowName, directory, FreePort(), primary, disk).ConfigureAwait(false);
        IKeystoneDatabase database = slow.Services.GetRequiredService<IKeystoneDatabase>();
        await Task.WhenAll(Enumerable.Range(0, Items).Select(i => database.PutItemAsync(KeystoneDefaults.TableName, ItemOf(i)).AsTask()))
            .ConfigureAwait(false);
        await slow.Services.GetRequiredService<Keystone.Orleans.Silo.Nodes.NodeHost>().Disk.FlushAsync().ConfigureAwait(false);

        Report("well", await ProbeAsync(prober, slow, cancellationToken).ConfigureAwait(false));
        disk.CloseGate();
        Task[] reads = [.. Enumerable.Range(0, Items).Select(i => database
            .GetItemAsync(KeystoneDefaults.TableName, Partition(i), null, cancellationToken).AsTask())];
        double[] latencies = await ProbeAsync(prober, slow, cancellationToken).ConfigureAwait(false);
        BenchmarkException.Require(reads.Any(read => !read.IsCompleted), "The reads ended before the probes: nothing was slow.");
        Report("slow", latencies);

        disk.OpenGate();
        await Task.WhenAll(reads).ConfigureAwait(false);
        await slow.StopAsync(cancellationToken).ConfigureAwait(false);
        await prober.StopAsync(cancellationToken).ConfigureAwait(false);
        directory.Delete(recursive: true);
    }

    /// <summary>Milliseconds of single probes, in order of size. What Orleans probes with is internal to it.</summary>
    private static async Task<double[]> ProbeAsync(IHost prober, IHost slow, CancellationToken cancellationToken)
    {
        Type type = typeof(global::Orleans.Runtime.Silo).Assembly.GetType(ProberType)!;
        object membership = prober.Services.GetRequiredService(type);
        MethodInfo probe = type.GetMethod("Probe")!;
        SiloAddress target = slow.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        double[] latencies = new double[Probes];
        for (int i = 0; i < Probes; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await ((Task)probe.Invoke(membership, [target, i, cancellationToken])!).ConfigureAwait(false);
            latencies[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }

        Array.Sort(latencies);
        return latencies;
    }

    private static void Report(string disk, double[] sorted) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"BENCH probes disk={disk} count={sorted.Length} reads={(disk == "slow" ? Items : 0)} "
        + $"p50_ms={sorted[sorted.Length / 2]:0.00} p99_ms={sorted[sorted.Length * 99 / 100]:0.00} max_ms={sorted[^1]:0.00}"));

    private static async Task<IHost> StartAsync(string name, DirectoryInfo directory, int port, int primaryPort, GatedReads disk)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleans(silo =>
        {
            var primary = new IPEndPoint(IPAddress.Loopback, primaryPort);
            silo.UseLocalhostClustering(port, FreePort(), primary, BenchSilo.ClusterId, BenchSilo.ClusterId);
            silo.Configure<SiloOptions>(options => options.SiloName = name);
            silo.AddKeystone(options =>
            {
                options.DataPath = Path.Combine(directory.FullName, name);
                options.Nodes.Add(ProberName);
                options.Nodes.Add(SlowName);
                options.Database = KeystoneDatabaseOptions.Default with
                {
                    StripeCount = StripeCount,
                    BlockCacheBytes = 0,
                    Store = store => store with { FileSystem = disk },
                };
            });
        });
        IHost host = builder.Build();
        await host.StartAsync().ConfigureAwait(false);
        return host;
    }

    private static AttributeValue Partition(int i) => AttributeValue.Binary(BitConverter.GetBytes(i));

    private static Item ItemOf(int i) => Item.Of((KeystoneDefaults.PartitionKeyName, Partition(i)), ("number", i));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
