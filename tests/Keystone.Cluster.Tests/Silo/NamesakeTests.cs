using Keystone.Cluster.Tests.Hosting;
using Xunit;

namespace Keystone.Cluster.Tests.Silo;

/// <summary>
/// A second member with the name of a node: refused when the first one lives, let in when that is silent. That a killed silo lets its
/// successor in is in <see cref="KilledSiloTests"/>.
/// </summary>
public sealed class NamesakeTests : IDisposable
{
    private const int TimeoutMilliseconds = 120_000;

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_silo_with_the_name_of_one_that_lives_does_not_start_and_leaves_no_trace()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        string[] nodes = ["first", "second"];
        await using TestSilo first = await TestSilo.StartAsync(new TestSiloPlan("first", _directory.PathOf("a")) { Nodes = nodes });
        var plan = new TestSiloPlan("second", _directory.PathOf("b")) { Nodes = nodes, Primary = first };
        await using TestSilo second = await TestSilo.StartAsync(plan);

        OrleansConfigurationException refused = await Assert.ThrowsAsync<OrleansConfigurationException>(
            () => TestSilo.StartAsync(plan with { DataPath = _directory.PathOf("c") }).WaitAsync(ended));

        Assert.Contains("'second'", refused.Message);
        Assert.Contains(second.Address.ToString(), refused.Message);
        Assert.Contains(_directory.PathOf("b"), refused.Message);
        Assert.False(Directory.Exists(_directory.PathOf("c")));
        Assert.All(second.Node.OwnedStripes, stripe => Assert.True(second.Node.IsServing(stripe)));
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_silo_that_hangs_does_not_keep_another_of_its_name_from_opening_its_own_disk()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await using NodePair pair = await NodePair.StartAsync(ended);
        await pair.Going.FreezeAsync(ended);

        string path = pair.LaunchGoing("another disk");

        await Eventually.HoldsAsync(() => File.Exists(Path.Combine(path, "CURRENT")) || !pair.Going.IsRunning, ended);
        Assert.True(pair.Going.IsRunning);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_silo_that_hangs_keeps_its_directory()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await using NodePair pair = await NodePair.StartAsync(ended);
        await pair.Going.FreezeAsync(ended);

        NodeStartException refused = await Assert.ThrowsAsync<NodeStartException>(() => pair.StartGoingAsync(ended));

        Assert.Contains(pair.Going.Plan.DataPath, refused.Message);
    }
}
