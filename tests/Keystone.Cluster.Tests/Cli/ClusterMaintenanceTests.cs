using System.Text.Json.Nodes;
using Keystone.Cluster.Tests.Hosting;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Maintenance;
using Xunit;

namespace Keystone.Cluster.Tests.Cli;

/// <summary>stats, verify and compact against running silos.</summary>
[Collection(ProcessTests.Name)]
public sealed class ClusterMaintenanceTests(LiveServer server) : IClassFixture<LiveServer>
{
    private const int Items = 400;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_server_is_measured_compacted_and_verified_and_a_damaged_file_is_named()
    {
        string file = server.PathOf("items.jsonl");
        string text = new('x', 500);
        IEnumerable<string> lines = Enumerable.Range(0, Items).Select(i => $$"""{"id":"item-{{i}}","text":"{{text}}"}""");
        await File.WriteAllLinesAsync(file, lines, Cancellation);
        await ProcessRun.OkAsync("tables", "create", "--cluster", server.Gateway, "many", "--partition-key", "id:S");
        await ProcessRun.OkAsync("import", "--cluster", server.Gateway, file, "--table", "many");

        JsonNode before = await StatsAsync();
        Assert.Equal(256, (int)before["stripes"]!);
        Assert.Equal(1, (int)before["disks"]!);
        Assert.Equal(2, (int)before["tables"]!);
        Assert.True((long)before["memoryEntries"]! >= Items);
        Assert.True((long)before["logBytes"]! > 0);

        string compacted = await ProcessRun.OkAsync("compact", "--cluster", server.Gateway);
        Assert.StartsWith($"Compacted: {server.Gateway}, table files 0 B before, ", compacted);
        JsonNode after = await StatsAsync();
        Assert.Equal(0, (long)after["memoryEntries"]!);
        Assert.True((long)after["tableFileEntries"]! >= Items);
        int files = (int)after["tableFiles"]!;
        Assert.Equal((int)after["stripesUsed"]!, files);
        Assert.StartsWith($"Verified: {files} table files, ", await ProcessRun.OkAsync("verify", "--cluster", server.Gateway));

        string damaged = Directory.EnumerateFiles(server.DataPath, "*.sst").Order(StringComparer.Ordinal).Last();
        byte[] bytes = await File.ReadAllBytesAsync(damaged, Cancellation);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes, Cancellation);
        ProcessEnd verified = await ProcessRun.KstoneAsync("verify", "--cluster", server.Gateway);
        Assert.Equal(1, verified.ExitCode);
        Assert.Matches($@"^Error: stripe \d+: .*{Path.GetFileName(damaged)}.*offset \d+", verified.Error);
        Assert.EndsWith(", 1 damaged\n", verified.Output);
    }

    private async Task<JsonNode> StatsAsync()
        => JsonNode.Parse(await ProcessRun.OkAsync("stats", "--cluster", server.Gateway, "--output", "json"))!;
}

/// <summary>Maintenance by stripe through every way in: the client, and each of two silos.</summary>
public sealed class StripeMaintenanceTests(TwoSilos cluster) : IClassFixture<TwoSilos>
{
    private static readonly string[] BothNodes = [TwoSilos.GoingName, "staying"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_way_in_reaches_the_stripes_of_both_silos()
    {
        await FillAsync("every");
        IKeystoneMaintenance[] ways = [cluster.Client.Database, WayOf(cluster.Staying), WayOf(cluster.Going)];
        foreach (IKeystoneMaintenance way in ways)
        {
            IReadOnlyList<StripeStatistics> stripes = await way.GetStatisticsAsync(Cancellation);
            Assert.Equal(16, stripes.Count);
            Assert.Equal(BothNodes, stripes.Select(stripe => stripe.Node!).Distinct().Order());
            Assert.Equal(2, stripes.Select(stripe => stripe.DiskId).Distinct().Count());
            Assert.All(stripes, stripe => Assert.True(stripe.IsUsed));

            Told told = new();
            await way.CompactAsync(told, Cancellation);
            Assert.Equal(Enumerable.Range(1, 16).Select(done => new MaintenanceProgress(done, 16)), told.All);
            DatabaseVerification found = await way.VerifyAsync(cancellationToken: Cancellation);
            Assert.True(found.IsSound);
            Assert.True(found.Files >= 16);
            Assert.Equal(0, (await way.GetStatisticsAsync(Cancellation)).Sum(stripe => stripe.MemoryEntries));
        }
    }

    [Fact]
    public async Task A_stripe_that_does_not_exist_is_refused_by_name()
    {
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            async () => await cluster.Client.Database.TryCompactStripeAsync(16, Cancellation));
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refused.Code);
        Assert.Contains("stripes 0 to 15", refused.Message);
    }

    [Fact]
    public async Task Maintenance_that_is_cancelled_ends_between_stripes()
    {
        await FillAsync("cancelled");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Told told = new() { OnTold = stop.Cancel };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await cluster.Client.Database.VerifyAsync(told, stop.Token));
        Assert.InRange(told.All.Count, 1, 15);
    }

    private async Task FillAsync(string text)
    {
        for (int i = 0; i < 200; i++)
        {
            await cluster.Client.Database.PutItemAsync(
                KeystoneDefaults.TableName,
                Item.Of((KeystoneDefaults.PartitionKeyName, AttributeValue.Binary([(byte)i])), ("text", text)),
                Cancellation);
        }
    }

    private static IKeystoneMaintenance WayOf(TestSilo silo)
        => (IKeystoneMaintenance)silo.Services.GetService(typeof(IKeystoneMaintenance))!;

    /// <summary>Remembers what it was told. Told by one thread at a time.</summary>
    private sealed class Told : IProgress<MaintenanceProgress>
    {
        public List<MaintenanceProgress> All { get; } = [];

        public Action OnTold { get; init; } = () => { };

        public void Report(MaintenanceProgress value)
        {
            All.Add(value);
            OnTold();
        }
    }
}
