using System.Net;
using System.Text;
using Keystone.Cluster.Tests.Hosting;
using Keystone.Database;
using Keystone.Database.Catalog;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Xunit;

namespace Keystone.Cluster.Tests.Cli;

/// <summary><c>kstone --cluster</c> when one of two silos is down.</summary>
[Collection(ProcessTests.Name)]
public sealed class OwnerDownTests : IAsyncLifetime
{
    private const string Staying = "staying";
    private const string Going = "going";
    private const int StripeCount = 16;
    private static readonly string[] Nodes = [Staying, Going];

    private readonly TestDirectory _directory = new();
    private TestSilo _staying = null!;

    private string Gateway => $"{IPAddress.Loopback}:{_staying.GatewayPort}";

    public async ValueTask InitializeAsync()
    {
        var plan = new TestSiloPlan(Staying, _directory.PathOf("a")) { Nodes = Nodes, HasDefaultNames = true };
        _staying = await TestSilo.StartAsync(plan);
        TestSilo going = await TestSilo.StartAsync(plan with { Name = Going, DataPath = _directory.PathOf("b"), Primary = _staying });
        await going.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _staying.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Keys_of_a_silo_that_is_down_are_refused_with_stripe_and_node_and_the_others_are_served()
    {
        (string here, _) = KeyIn(stripe => stripe < StripeCount / 2);
        (string away, int awayStripe) = KeyIn(stripe => stripe >= StripeCount / 2);
        await ProcessRun.OkAsync("put", "--cluster", Gateway, here, """{"n":1}""");
        Assert.Contains("\"n\": 1", await ProcessRun.OkAsync("get", "--cluster", Gateway, here));

        string typed = $"Error: Stripe {awayStripe} belongs to node '{Going}', which is not a member of the cluster now.";
        await FailsAsync(typed, "put", "--cluster", Gateway, away, "{}");
        await FailsAsync(typed, "get", "--cluster", Gateway, away);
        await FailsAsync(typed, "delete", "--cluster", Gateway, away);
        foreach (string command in new[] { "scan", "stats", "verify", "compact" })
        {
            await FailsAsync($" belongs to node '{Going}', which is not a member of the cluster now.", command, "--cluster", Gateway);
        }
    }

    private static async Task FailsAsync(string message, params string[] arguments)
    {
        ProcessEnd end = await ProcessRun.KstoneAsync(arguments);
        Assert.Equal(1, end.ExitCode);
        Assert.Contains(message, end.Error);
        Assert.Single(end.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", end.Output);
    }

    /// <summary>A key of the default table whose stripe is as it should be.</summary>
    private static (string Key, int Stripe) KeyIn(Func<int, bool> isRight)
        => Enumerable.Range(0, 1000)
            .Select(number => $"key-{number}")
            .Select(key => (key, StripeHash.StripeOf(HashOf(key), StripeCount)))
            .First(place => isRight(place.Item2));

    private static ulong HashOf(string key)
        => StripeHash.Of(TableIds.Default, ItemKey.Of(AttributeValue.Binary(Encoding.UTF8.GetBytes(key))).PartitionBytes.Span);
}
