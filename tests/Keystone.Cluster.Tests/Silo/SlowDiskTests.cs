using Keystone.Cluster.Tests.Hosting;
using Keystone.Model;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Cluster.Tests.Silo;

/// <summary>
/// A disk whose every read takes a second. What it must not do to the silo is told by order and not by a clock: many answers of the silo
/// come one after the other before a single read has ended.
/// </summary>
public sealed class SlowDiskTests : IDisposable
{
    private const int Items = 64;

    /// <summary>Ten in less than the second of one read: each takes less than 100 ms.</summary>
    private const int Probes = 10;

    private static readonly TimeSpan ReadDelay = TimeSpan.FromSeconds(1);

    private readonly TestDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_silo_answers_probes_while_every_read_of_its_disk_takes_a_second()
    {
        var disk = new SlowReads();
        await using TestSilo prober = await TestSilo.StartAsync(
            new TestSiloPlan("prober", _directory.PathOf("a")) { Nodes = ["prober", "slow"] });
        await using TestSilo slow = await TestSilo.StartAsync(new TestSiloPlan("slow", _directory.PathOf("b"))
        {
            Nodes = ["prober", "slow"],
            Primary = prober,
            Database = TestSiloPlan.SmallDatabase with { BlockCacheBytes = 0, Store = store => store with { FileSystem = disk } },
        });
        for (int i = 0; i < Items; i++)
        {
            await slow.Database.PutItemAsync(KeystoneDefaults.TableName, ItemOf(i), Cancellation);
        }

        await slow.Node.Disk.FlushAsync();
        await ProbeAsync(prober, slow);
        disk.Delay = ReadDelay;
        Task<Item?>[] reads = [.. Enumerable.Range(0, Items).Select(i => slow.Database
            .GetItemAsync(KeystoneDefaults.TableName, Partition(i), null, Cancellation).AsTask())];
        for (int i = 0; i < Probes; i++)
        {
            await ProbeAsync(prober, slow);
        }

        Assert.Equal(0, disk.Ended);
        Assert.Contains(reads, read => !read.IsCompleted);
        disk.Delay = TimeSpan.Zero;
        Item?[] found = await Task.WhenAll(reads);
        Assert.Equal(Enumerable.Range(0, Items).Select(ItemOf), found);
    }

    /// <summary>Asks a system target of the slow silo, as membership's own probes do.</summary>
    private static Task ProbeAsync(TestSilo prober, TestSilo slow)
        => prober.Grains.GetGrain<IManagementGrain>(0).GetRuntimeStatistics([slow.Address]);

    private static AttributeValue Partition(int i) => AttributeValue.Binary(BitConverter.GetBytes(i));

    private static Item ItemOf(int i) => Item.Of((KeystoneDefaults.PartitionKeyName, Partition(i)), ("number", i));
}
