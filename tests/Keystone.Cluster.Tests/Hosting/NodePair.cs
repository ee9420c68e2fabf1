using Keystone.Cluster.Node;
using Keystone.Database;
using Keystone.Database.Catalog;
using Keystone.Model.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>
/// Two silos, each with half of the stripes on a directory of its own, and a client of the one that stays. That one keeps the membership
/// and owns the first half; the other is a process of its own, so that it can be killed.
/// </summary>
internal sealed class NodePair : IAsyncDisposable
{
    public const string StayingName = "staying";
    public const string GoingName = "going";

    private static readonly string[] Nodes = [StayingName, GoingName];

    private readonly TestDirectory _directory;
    private readonly List<NodeProcess> _gone = [];

    private NodePair(TestDirectory directory, TestSilo staying, NodeProcess going, TestClient client)
    {
        _directory = directory;
        Staying = staying;
        Going = going;
        Client = client;
    }

    public TestSilo Staying { get; }

    /// <summary>The silo that tests kill, freeze and start again.</summary>
    public NodeProcess Going { get; private set; }

    public TestClient Client { get; }

    public static async Task<NodePair> StartAsync(CancellationToken ended)
    {
        var directory = new TestDirectory();
        var plan = new TestSiloPlan(StayingName, directory.PathOf(StayingName)) { Nodes = Nodes };
        TestSilo staying = await TestSilo.StartAsync(plan).ConfigureAwait(false);
        NodeProcess going = await NodeProcess.StartAsync(PlanOfGoing(staying, directory.PathOf(GoingName)), ended).ConfigureAwait(false);
        TestClient client = await TestClient.ConnectAsync(staying).ConfigureAwait(false);
        return new NodePair(directory, staying, going, client);
    }

    /// <summary>Whether the silo that goes owns the stripe of a key of the default table.</summary>
    public static bool IsGoing(ItemKey key)
    {
        int count = TestSiloPlan.SmallDatabase.StripeCount;
        return StripeHash.StripeOf(StripeHash.Of(TableIds.Default, key.PartitionBytes.Span), count) >= count / 2;
    }

    /// <summary>Whether membership still takes the silo that goes, as it is now, for active.</summary>
    public bool GoingIsActive() => Staying.Services.GetRequiredService<IClusterMembershipService>().CurrentSnapshot.Members.Values
        .Any(member => member.SiloAddress.Endpoint.Port == Going.Plan.SiloPort && member.Status == SiloStatus.Active);

    /// <summary>Starts the silo that went, on other ports. Completes when it serves.</summary>
    public Task StartGoingAsync(CancellationToken ended)
    {
        LaunchGoing(GoingName);
        return Going.ReadyAsync(ended);
    }

    /// <summary>Begins to start the silo that went, on other ports and maybe on another directory, whose path is returned.</summary>
    public string LaunchGoing(string directory)
    {
        _gone.Add(Going);
        Going = NodeProcess.Launch(PlanOfGoing(Staying, _directory.PathOf(directory)));
        return Going.Plan.DataPath;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync().ConfigureAwait(false);
        _gone.Append(Going).ToList().ForEach(node => node.Dispose());
        await Staying.DisposeAsync().ConfigureAwait(false);
        _directory.Dispose();
    }

    private static NodePlan PlanOfGoing(TestSilo primary, string path)
    {
        (int silo, int gateway) = TestSilo.FreePorts();
        int stripes = TestSiloPlan.SmallDatabase.StripeCount;
        return new NodePlan(TestSilo.ClusterId, GoingName, Nodes, path, stripes, silo, gateway, primary.SiloPort);
    }
}
