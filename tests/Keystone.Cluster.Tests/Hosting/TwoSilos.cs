using Xunit;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>Two silos, each with half of the stripes on a directory of its own, and a client of the one that stays.</summary>
public sealed class TwoSilos : IAsyncLifetime
{
    public const string GoingName = "going";

    private const string StayingName = "staying";
    private static readonly string[] Nodes = [StayingName, GoingName];

    private readonly TestDirectory _directory = new();
    private TestSilo? _going;

    /// <summary>The silo that keeps the membership; it owns the first half.</summary>
    internal TestSilo Staying { get; private set; } = null!;

    /// <summary>The silo that tests stop and start.</summary>
    internal TestSilo Going => _going!;

    internal TestClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Staying = await TestSilo.StartAsync(new TestSiloPlan(StayingName, _directory.PathOf("a")) { Nodes = Nodes }).ConfigureAwait(false);
        await StartGoingAsync().ConfigureAwait(false);
        Client = await TestClient.ConnectAsync(Staying).ConfigureAwait(false);
    }

    public async Task StartGoingAsync()
    {
        var plan = new TestSiloPlan(GoingName, _directory.PathOf("b")) { Nodes = Nodes, Primary = Staying };
        _going = await TestSilo.StartAsync(plan).ConfigureAwait(false);
    }

    public async Task StopGoingAsync()
    {
        await Going.DisposeAsync().ConfigureAwait(false);
        _going = null;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync().ConfigureAwait(false);
        if (_going is not null)
        {
            await StopGoingAsync().ConfigureAwait(false);
        }

        await Staying.DisposeAsync().ConfigureAwait(false);
        _directory.Dispose();
    }
}
