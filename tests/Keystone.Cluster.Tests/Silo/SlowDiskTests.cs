using Keystone.Cluster.Tests.Hosting;
using Keystone.Model;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Cluster.Tests.Silo;

/// <summary>
/// A disk that answers no read until the test lets it. What it must not do to the silo is told by order and not by a clock: the silo gives
/// many answers while every read that was begun still waits.
/// </summary>
public sealed class SlowDiskTests : IDisposable
{
    private const int TimeoutMilliseconds = 120_000;
    private const int Items = 512;
    private const int MembershipProbes = 5;
    private const int Probes = 10;

    /// <summary>The threads of the disk, all of which wait with a read.</summary>
    private static readonly int ReadersMin = TestSiloPlan.SmallDatabase.ReadThreads;

    /// <summary>Membership sends a probe so often, and calls it missed when it has no answer by then.</summary>
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);

    private static readonly string[] Nodes = ["prober", "slow"];

    private readonly TestDirectory _directory = new();
    private readonly GatedReads _disk = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _disk.OpenGate();
        _disk.Dispose();
        _directory.Dispose();
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_silo_answers_probes_while_no_read_of_its_disk_is_answered()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await using TestSilo prober = await StartProberAsync();
        await using TestSilo slow = await StartSlowAsync(prober);
        await ProbeAsync(prober, slow);
        Task<Item?>[] reads = await BeginReadsAsync(slow, ended);
        try
        {
            for (int i = 0; i < Probes; i++)
            {
                await ProbeAsync(prober, slow);
            }

            Assert.True(_disk.Waiting >= ReadersMin, "A read was let in.");
        }
        finally
        {
            _disk.OpenGate();
        }

        await RequireFoundAsync(reads);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task Membership_misses_no_probe_of_a_silo_where_hundreds_of_reads_wait_for_the_disk()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await using TestSilo prober = await StartProberAsync(ProbeTimeout);
        await using TestSilo slow = await StartSlowAsync(prober);
        using var probes = new ProbeCounts(prober);
        await Eventually.HoldsAsync(() => probes.Answered > 0, ended);
        Task<Item?>[] reads = await BeginReadsAsync(slow, ended);
        try
        {
            int before = probes.Answered;
            await Eventually.HoldsAsync(() => probes.Answered >= before + MembershipProbes, ended);
            Assert.Equal(0, probes.Missed);
            Assert.True(_disk.Waiting >= ReadersMin, "A read was let in.");
        }
        finally
        {
            _disk.OpenGate();
        }

        await RequireFoundAsync(reads);
    }

    private Task<TestSilo> StartProberAsync(TimeSpan? probeTimeout = null)
        => TestSilo.StartAsync(new TestSiloPlan("prober", _directory.PathOf("a")) { Nodes = Nodes, ProbeTimeout = probeTimeout });

    /// <summary>A silo whose items are on its disk and nowhere in memory.</summary>
    private async Task<TestSilo> StartSlowAsync(TestSilo prober)
    {
        TestSilo slow = await TestSilo.StartAsync(new TestSiloPlan("slow", _directory.PathOf("b"))
        {
            Nodes = Nodes,
            Primary = prober,
            Database = TestSiloPlan.SmallDatabase with { BlockCacheBytes = 0, Store = store => store with { FileSystem = _disk } },
        });
        await Task.WhenAll(Enumerable.Range(0, Items).Select(
            i => slow.Database.PutItemAsync(KeystoneDefaults.TableName, ItemOf(i), Cancellation).AsTask()));
        await slow.Node.Disk.FlushAsync();
        return slow;
    }

    /// <summary>Begins all reads, and returns when as many as the disk has threads for are at the gate.</summary>
    private async Task<Task<Item?>[]> BeginReadsAsync(TestSilo slow, CancellationToken ended)
    {
        _disk.CloseGate();
        Task<Item?>[] reads = [.. Enumerable.Range(0, Items).Select(i => slow.Database
            .GetItemAsync(KeystoneDefaults.TableName, Partition(i), null, ended).AsTask())];
        await Eventually.HoldsAsync(() => _disk.Waiting >= ReadersMin, ended);
        return reads;
    }

    /// <summary>The reads find what is there when the disk is well.</summary>
    private static async Task RequireFoundAsync(Task<Item?>[] reads)
        => Assert.Equal(Enumerable.Range(0, Items).Select(ItemOf), await Task.WhenAll(reads));

    /// <summary>Asks a system target of the slow silo, as membership's own probes do.</summary>
    private static Task ProbeAsync(TestSilo prober, TestSilo slow)
        => prober.Grains.GetGrain<IManagementGrain>(0).GetRuntimeStatistics([slow.Address]);

    private static AttributeValue Partition(int i) => AttributeValue.Binary(BitConverter.GetBytes(i));

    private static Item ItemOf(int i) => Item.Of((KeystoneDefaults.PartitionKeyName, Partition(i)), ("number", i));
}
