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
    private const int TimeoutMilliseconds = 120_000;
    private const int Items = 512;

    /// <summary>Membership sends one in the time of one read; the silo's items are enough for many more.</summary>
    private const int MembershipProbes = 5;

    /// <summary>Ten in less than the second of one read: each takes less than 100 ms.</summary>
    private const int Probes = 10;

    private static readonly string[] Nodes = ["prober", "slow"];
    private static readonly TimeSpan ReadDelay = TimeSpan.FromSeconds(1);

    private readonly TestDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_silo_answers_probes_while_every_read_of_its_disk_takes_a_second()
    {
        await using TestSilo prober = await StartProberAsync();
        var disk = new SlowReads();
        await using TestSilo slow = await StartSlowAsync(prober, disk);
        await ProbeAsync(prober, slow);
        Task<Item?>[] reads = BeginReads(slow, disk);
        for (int i = 0; i < Probes; i++)
        {
            await ProbeAsync(prober, slow);
        }

        Assert.Equal(0, disk.Ended);
        await EndAsync(reads, disk);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task Membership_misses_no_probe_of_a_silo_where_hundreds_of_reads_wait_for_the_disk()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await using TestSilo prober = await StartProberAsync(probeTimeout: ReadDelay);
        var disk = new SlowReads();
        await using TestSilo slow = await StartSlowAsync(prober, disk);
        using var probes = new ProbeCounts(prober);
        await Eventually.HoldsAsync(() => probes.Answered > 0, ended);
        Task<Item?>[] reads = BeginReads(slow, disk);

        // A probe that took as long as one read would be a missed one.
        int before = probes.Answered;
        await Eventually.HoldsAsync(() => probes.Answered >= before + MembershipProbes, ended);

        Assert.Equal(0, probes.Missed);
        await EndAsync(reads, disk);
    }

    private Task<TestSilo> StartProberAsync(TimeSpan? probeTimeout = null)
        => TestSilo.StartAsync(new TestSiloPlan("prober", _directory.PathOf("a")) { Nodes = Nodes, ProbeTimeout = probeTimeout });

    /// <summary>A silo whose items are on its disk and nowhere in memory.</summary>
    private async Task<TestSilo> StartSlowAsync(TestSilo prober, SlowReads disk)
    {
        TestSilo slow = await TestSilo.StartAsync(new TestSiloPlan("slow", _directory.PathOf("b"))
        {
            Nodes = Nodes,
            Primary = prober,
            Database = TestSiloPlan.SmallDatabase with { BlockCacheBytes = 0, Store = store => store with { FileSystem = disk } },
        });
        await Task.WhenAll(Enumerable.Range(0, Items).Select(
            i => slow.Database.PutItemAsync(KeystoneDefaults.TableName, ItemOf(i), Cancellation).AsTask()));
        await slow.Node.Disk.FlushAsync();
        return slow;
    }

    private static Task<Item?>[] BeginReads(TestSilo slow, SlowReads disk)
    {
        disk.Delay = ReadDelay;
        return [.. Enumerable.Range(0, Items).Select(i => slow.Database
            .GetItemAsync(KeystoneDefaults.TableName, Partition(i), null, Cancellation).AsTask())];
    }

    /// <summary>The reads still waited when the probes were answered, and find what is there when the disk is well.</summary>
    private static async Task EndAsync(Task<Item?>[] reads, SlowReads disk)
    {
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
