using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Model.Streams;
using Keystone.Testing;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Database.Streams;

/// <summary>
/// Writes and sweeps of a table with a stream and expiry on a simulated disk, which is forked before each call that writes: whatever a
/// crash
/// at that call leaves is opened, and the changes of the stream, one after the other, make the table that is there.
/// </summary>
public sealed class StreamCrashTests
{
    private const string Path = "/data/db";
    private const string Table = "things";
    private const int Steps = 40;

    private static readonly CrashMode[] Modes = [CrashMode.ProcessKill, CrashMode.DropAll, CrashMode.RandomSectors, CrashMode.Prefix];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_call_the_crash_comes_at_the_changes_of_the_stream_make_the_table(int seed)
    {
        List<(SimulatedFileSystem Disk, string Place)> forks = [];
        SimulatedFileSystem disk = new();
        disk.AddDirectory("/data");
        SeededJobHost host = new(seed);
        KeystoneDatabase database = host.Await(KeystoneDatabase.CreateAsync(Path, OptionsFor(disk, host)));
        TableDefinition things = new(Table, new KeySchema("id", KeyType.Number)) { Stream = StreamViewType.NewAndOldImages };
        host.Await(database.CreateTableAsync(new CreateTableRequest(things), TestContext.Current.CancellationToken));
        UpdateTableRequest expiry = new(Table) { EnableTimeToLive = "until" };
        host.Await(database.UpdateTableAsync(expiry, TestContext.Current.CancellationToken));
        disk.OnCall = (call, path, number) =>
        {
            if (call.IsWrite())
            {
                string place = $"seed {seed}, call {number}, {call} of {path}";
                forks.AddRange(Modes.Select(mode => (disk.AfterCrash(mode, seed), $"{mode} at {place}")));
            }
        };
        Dice dice = new((ulong)seed);
        for (int step = 0; step < Steps; step++)
        {
            Step(host, database, new Dice(dice.Next()));
            if (step % 10 == 9)
            {
                host.Await(new ValueTask(database.Disk.SweepAsync()));
            }
        }

        disk.OnCall = null;
        int removed = Check(host, database, "at the end");
        Assert.True(removed > 0, "nothing expired");
        Assert.True(forks.Count > 100, $"only {forks.Count} forks");
        foreach ((SimulatedFileSystem left, string place) in forks)
        {
            SeededJobHost again = new(seed);
            Check(again, again.Await(KeystoneDatabase.OpenAsync(Path, OptionsFor(left, again))), place);
        }
    }

    private static void Step(SeededJobHost host, KeystoneDatabase database, Dice dice)
    {
        int id = dice.Below(5);
        if (dice.Chance(0.25))
        {
            host.Await(database.DeleteItemAsync(new DeleteItemRequest(Table, ItemKey.Of(id))));
            return;
        }

        long now = host.Time.GetUtcNow().ToUnixTimeSeconds();
        long until = now + (dice.Chance(0.3) ? -10 : 10_000);
        host.Await(database.PutItemAsync(Table, Item.Of(("id", id), ("x", dice.Below(1000)), ("until", until))));
    }

    /// <summary>Returns how many changes the service made.</summary>
    private static int Check(SeededJobHost host, KeystoneDatabase database, string place)
    {
        StreamDescription stream = host.Await(database.DescribeTableAsync(new DescribeTableRequest(Table))).Table.Streams[0];
        List<ChangeRecord> changes = [];
        foreach (StreamShard shard in StreamShard.Of(stream))
        {
            GetShardIteratorRequest start = new(StreamArn.Of(Table, stream).ToString(), shard.Id, ShardIteratorKind.TrimHorizon);
            string iterator = host.Await(database.GetShardIteratorAsync(start)).ShardIterator;
            changes.AddRange(host.Await(database.GetRecordsAsync(new GetRecordsRequest(iterator))).Records);
        }

        Dictionary<Item, Item> made = [];
        foreach (ChangeRecord change in changes.OrderBy(change => change.Number))
        {
            Item key = change.Key.ToItem();
            Assert.True(change.OldImage?.ToItem() == made.GetValueOrDefault(key), $"{place}: {change.Number} has another item before");
            made.Remove(key);
            if (change.NewImage is { } now)
            {
                made[key] = now.ToItem();
            }
        }

        IEnumerable<Item> items = host.Await(database.ScanPageAsync(new ScanRequest(Table))).Items.Select(item => item.ToItem());
        Assert.True(made.Values.ToHashSet().SetEquals(items), place);
        host.Await(database.Disk.Engine.DisposeAsync());
        return changes.Count(change => change.IsByService);
    }

    private static KeystoneDatabaseOptions OptionsFor(SimulatedFileSystem disk, SeededJobHost host)
    {
        ulong ids = 0;
        return new KeystoneDatabaseOptions
        {
            StripeCount = 4,
            SegmentBytes = 16 << 10,
            LogBytesMax = 64 << 10,
            WriteBufferBytesMax = 64 << 10,
            BlockCacheBytes = 64 << 10,
            ReadThreads = 1,
            Limits = new ItemLimits { ItemBytesMax = 4 << 10 },
            Time = host.Time,
            JobHost = host,
            BackfillBytesPerSecondMax = null,
            Background = work => work(),
            Store = options => options with
            {
                FileSystem = disk,
                HugePages = false,
                ManifestBytesMin = 4096,
                NewId = () => new UInt128((ulong)host.Seed, ++ids),
            },
        };
    }
}
