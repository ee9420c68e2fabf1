using System.Net;
using Keystone.Database;
using Keystone.Model;
using Keystone.Orleans.Silo.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>
/// A real silo on a real directory and free loopback ports. The first silo of a cluster keeps its membership; further ones join it.
/// Disposing stops it as an operator would.
/// </summary>
internal sealed class TestSilo : IAsyncDisposable
{
    public const string ClusterId = "keystone-tests";

    private static readonly TestClusterPortAllocator Ports = new();

    private readonly IHost _host;

    private TestSilo(IHost host, string name, int siloPort, int gatewayPort)
    {
        _host = host;
        Name = name;
        SiloPort = siloPort;
        GatewayPort = gatewayPort;
    }

    public string Name { get; }

    public int SiloPort { get; }

    public int GatewayPort { get; }

    public IServiceProvider Services => _host.Services;

    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public IKeystoneDatabase Database => Services.GetRequiredService<IKeystoneDatabase>();

    public NodeHost Node => Services.GetRequiredService<NodeHost>();

    public SiloAddress Address => Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    public static async Task<TestSilo> StartAsync(TestSiloPlan plan)
    {
        (int siloPort, int gatewayPort) = FreePorts();
        IPEndPoint? primary = plan.Primary is { } first ? new IPEndPoint(IPAddress.Loopback, first.SiloPort) : null;
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleans(silo =>
        {
            if (plan.HasDefaultNames)
            {
                silo.UseLocalhostClustering(siloPort, gatewayPort, primary);
            }
            else
            {
                silo.UseLocalhostClustering(siloPort, gatewayPort, primary, ClusterId, ClusterId);
            }

            silo.Configure<SiloOptions>(options => options.SiloName = plan.Name);
            if (plan.ProbeTimeout is { } timeout)
            {
                silo.Configure<ClusterMembershipOptions>(options => (options.ProbeTimeout, options.MinProbeTimeout) = (timeout, timeout));
            }

            silo.AddKeystone(options =>
            {
                options.DataPath = plan.DataPath;
                options.Database = plan.Database;
                options.LookAfterStripesEvery = plan.LookAfterStripesEvery;
                foreach (string node in plan.Nodes)
                {
                    options.Nodes.Add(node);
                }
            });
        });
        IHost host = builder.Build();
        try
        {
            await host.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            host.Dispose();
            throw;
        }

        return new TestSilo(host, plan.Name, siloPort, gatewayPort);
    }

    /// <summary>Ports for silos and for clients that nobody uses.</summary>
    public static (int Silo, int Gateway) FreePorts() => Ports.AllocateConsecutivePortPairs(1);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync().ConfigureAwait(false);
        _host.Dispose();
    }
}

/// <summary>What a test wants of a silo.</summary>
internal sealed record TestSiloPlan(string Name, string DataPath)
{
    /// <summary>A small database, so that a test makes no files for nothing.</summary>
    public static KeystoneDatabaseOptions SmallDatabase { get; } = new()
    {
        StripeCount = 16,
        WriteBufferBytesMax = 16 << 20,
        LogBytesMax = 16 << 20,
        SegmentBytes = 2 << 20,
        BlockCacheBytes = 4 << 20,
        ReadThreads = 4,
    };

    /// <summary>The silo whose cluster this one joins; null begins a cluster.</summary>
    public TestSilo? Primary { get; init; }

    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>
    /// Whether cluster and service have the names that localhost clustering gives them, as <c>kstone --cluster</c> expects.
    /// </summary>
    public bool HasDefaultNames { get; init; }

    public KeystoneDatabaseOptions Database { get; init; } = SmallDatabase;

    /// <summary>How often membership probes another silo, and how long it waits for the answer; null leaves Orleans' default.</summary>
    public TimeSpan? ProbeTimeout { get; init; }

    /// <summary>How soon a stripe that went out of service is taken again without a call; by default after the tests.</summary>
    public TimeSpan LookAfterStripesEvery { get; init; } = TimeSpan.FromHours(1);
}
