using Keystone.Database;
using Keystone.Database.Catalog;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Testing;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Database.Indexes;

/// <summary>
/// Writes to a table with indexes on a simulated disk, which is forked before each call that writes: whatever a crash at that call leaves
/// is opened, and every index is the projection of the table.
/// </summary>
public sealed class IndexCrashTests
{
    private const string Path = "/data/db";
    private const string Table = "things";
    private const int Steps = 40;

    private static readonly CrashMode[] Modes = [CrashMode.ProcessKill, CrashMode.DropAll, CrashMode.RandomSectors, CrashMode.Prefix];

    private static TableDefinition Things { get; } = new(Table, new KeySchema("p").WithSort("s", KeyType.Number))
    {
        Indexes =
        [
            IndexDefinition.Local("local", new KeyAttribute("p", KeyType.String), new KeyAttribute("n", KeyType.Number)),
            IndexDefinition.Global("global", new KeyAttribute("n", KeyType.Number), projection: IndexProjection.KeysOnly),
        ],
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_call_the_crash_comes_at_an_index_is_the_projection_of_its_table(int seed)
    {
        List<(SimulatedFileSystem Disk, string Place)> forks = [];
        SimulatedFileSystem disk = new();
        disk.AddDirectory("/data");
        SeededJobHost host = new(seed);
        KeystoneDatabase database = host.Await(KeystoneDatabase.CreateAsync(Path, OptionsFor(disk, host)));
        host.Await(database.CreateTableAsync(new CreateTableRequest(Things), TestContext.Current.CancellationToken));
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
            if (step == Steps / 2)
            {
                host.Await(database.FlushAsync());
            }
        }

        disk.OnCall = null;
        Check(host, database, "at the end");
        host.Await(database.DisposeAsync());
        Assert.True(forks.Count > 100, $"only {forks.Count} forks");
        foreach ((SimulatedFileSystem left, string place) in forks)
        {
            SeededJobHost again = new(seed);
            KeystoneDatabase opened = again.Await(KeystoneDatabase.OpenAsync(Path, OptionsFor(left, again)));
            Check(again, opened, place);
            again.Await(opened.DisposeAsync());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_call_the_crash_comes_at_an_index_that_is_being_added_becomes_the_projection_of_its_table(int seed)
    {
        List<(SimulatedFileSystem Disk, string Place)> forks = [];
        SimulatedFileSystem disk = new();
        disk.AddDirectory("/data");
        SeededJobHost host = new(seed);
        KeystoneDatabase database = host.Await(KeystoneDatabase.CreateAsync(Path, OptionsFor(disk, host)));
        TableDefinition without = new(Table, Things.Key);
        host.Await(database.CreateTableAsync(new CreateTableRequest(without), TestContext.Current.CancellationToken));
        Dice dice = new((ulong)seed);
        for (int step = 0; step < Steps; step++)
        {
            Step(host, database, new Dice(dice.Next()));
        }

        disk.OnCall = (call, path, number) =>
        {
            if (call.IsWrite())
            {
                string place = $"seed {seed}, call {number}, {call} of {path}";
                forks.AddRange(Modes.Select(mode => (disk.AfterCrash(mode, seed), $"{mode} at {place}")));
            }
        };
        UpdateTableRequest addition = new(Table) { CreateIndex = Things.Indexes[1] };
        host.Await(database.UpdateTableAsync(addition, TestContext.Current.CancellationToken));
        for (int step = 0; step < Steps / 4; step++)
        {
            Step(host, database, new Dice(dice.Next()));
        }

        CheckGlobal(host, database, "at the end");
        disk.OnCall = null;
        host.Await(database.DisposeAsync());
        Assert.True(forks.Count > 50, $"only {forks.Count} forks");
        int added = 0;
        foreach ((SimulatedFileSystem left, string place) in forks)
        {
            SeededJobHost again = new(seed);
            KeystoneDatabase opened = again.Await(KeystoneDatabase.OpenAsync(Path, OptionsFor(left, again)));
            if (opened.Disk.Catalog.Current.Find(Table)!.Indexes.Length == 1)
            {
                added++;
                CheckGlobal(again, opened, place);
            }

            again.Await(opened.DisposeAsync());
        }

        Assert.InRange(added, 1, forks.Count - 1);
    }

    private static void CheckGlobal(SeededJobHost host, KeystoneDatabase database, string place)
    {
        const int RoundsMax = 1000;
        for (int round = 0; database.Disk.HasChores; round++)
        {
            Assert.True(round < RoundsMax, $"{place}: the index is never filled");
            host.Await(database.SyncAsync());
        }

        Assert.True(database.Disk.Catalog.Current.Find(Table)!.Indexes[0].IsReadable, place);
        Assert.Equal(0, DatabaseFixture.CountKeys(database, TableIds.Backfills));

        Item[] items = Scan(host, database, null);
        Item[] keys = [.. items.Select(item => Item.Of(("p", item["p"]), ("s", item["s"]), ("n", item["n"])))];
        Item[] global = Scan(host, database, "global");
        Assert.True(keys.Length == global.Length && keys.ToHashSet().SetEquals(global), place);
    }

    private static void Step(SeededJobHost host, KeystoneDatabase database, Dice dice)
    {
        ItemKey key = ItemKey.Of($"p{dice.Below(3)}", dice.Below(3));
        if (dice.Chance(0.25))
        {
            host.Await(database.DeleteItemAsync(new DeleteItemRequest(Table, key)));
            return;
        }

        Item item = Item.Of(("p", key.Partition), ("s", key.Sort!), ("n", dice.Below(5)), ("x", dice.Below(100)));
        host.Await(database.PutItemAsync(Table, item));
    }

    private static void Check(SeededJobHost host, KeystoneDatabase database, string place)
    {
        Item[] items = Scan(host, database, null);
        Assert.True(items.ToHashSet().SetEquals(Scan(host, database, "local")), place);
        Item[] keys = [.. items.Select(item => Item.Of(("p", item["p"]), ("s", item["s"]), ("n", item["n"])))];
        Item[] global = Scan(host, database, "global");
        Assert.True(keys.Length == global.Length && keys.ToHashSet().SetEquals(global), place);
    }

    private static Item[] Scan(SeededJobHost host, KeystoneDatabase database, string? index)
        => [.. host.Await(database.ScanPageAsync(new ScanRequest(Table) { IndexName = index })).Items.Select(item => item.ToItem())];

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
