using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>
/// The life of some tables on a simulated disk, which is forked before each call that writes: whatever a crash at that call leaves is
/// opened, and has to hold what was acknowledged by then, or that and the whole of what was under way.
/// </summary>
public sealed class CatalogCrashTests
{
    private const string Path = "/data/db";

    private static readonly CrashMode[] Modes = [CrashMode.ProcessKill, CrashMode.DropAll, CrashMode.RandomSectors, CrashMode.Prefix];

    private static readonly string[] Script =
    [
        "create one", "put one 1", "put one 2", "create two", "put two 1", "delete one", "create one", "put one 3", "delete two",
        "put one 4", "delete one",
    ];

    private readonly List<Fork> _forks = [];
    private int _done = -1;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_call_the_crash_comes_at_tables_are_whole_or_gone(int seed)
    {
        SimulatedFileSystem disk = new();
        disk.AddDirectory("/data");
        disk.OnCall = (call, path, number) =>
        {
            if (call.IsWrite())
            {
                string place = $"seed {seed}, call {number}, {call} of {path}";
                _forks.AddRange(Modes.Select(mode => new Fork(disk.AfterCrash(mode, seed), _done, $"{mode} at {place}")));
            }
        };
        Run(disk, seed);
        Assert.True(_forks.Count > 100, $"only {_forks.Count} forks");
        foreach (Fork fork in _forks)
        {
            Check(fork, seed);
        }
    }

    private void Run(SimulatedFileSystem disk, int seed)
    {
        SeededJobHost host = new(seed);
        KeystoneDatabase database = host.Await(KeystoneDatabase.CreateAsync(Path, OptionsFor(disk, host)));
        _done = 0;
        foreach (string step in Script)
        {
            string[] words = step.Split(' ');
            switch (words[0])
            {
                case "create":
                    host.Await(database.CreateTableAsync(words[1], new KeySchema("id", KeyType.Number)));
                    break;
                case "put":
                    host.Await(database.PutItemAsync(words[1], Item.Of(("id", int.Parse(words[2])))));
                    break;
                default:
                    host.Await(database.DeleteTableAsync(new DeleteTableRequest(words[1])));
                    break;
            }

            _done++;
            if (_done == 4)
            {
                host.Await(database.FlushAsync());
            }
        }

        host.Await(database.DisposeAsync());
    }

    private static void Check(Fork fork, int seed)
    {
        SeededJobHost host = new(seed);
        KeystoneDatabaseOptions options = OptionsFor(fork.Disk, host);
        KeystoneDatabase database;
        try
        {
            database = host.Await(
                fork.Done < 0 ? KeystoneDatabase.OpenOrCreateAsync(Path, options) : KeystoneDatabase.OpenAsync(Path, options));
        }
        catch (KeystoneException failure)
        {
            throw new InvalidOperationException($"{fork.Place}: {failure.Code}: {failure.Message}", failure);
        }

        string held = Held(host, database);
        int done = Math.Max(0, fork.Done);
        Assert.True(
            held == Expected(done) || (done < Script.Length && held == Expected(done + 1)),
            $"{fork.Place}, {fork.Done} steps done: the database holds {held}, expected {Expected(done)}");
        DatabaseFixture.RequireNoOrphans(database);
        host.Await(database.CreateTableAsync("after", new KeySchema("id")));
        host.Await(database.DisposeAsync());
    }

    private static string Held(SeededJobHost host, KeystoneDatabase database)
    {
        List<string> tables = [];
        foreach (string name in host.Await(database.ListTablesAsync(new ListTablesRequest())).TableNames)
        {
            ScanResult scan = host.Await(database.ScanPageAsync(new ScanRequest(name)));
            tables.Add($"{name}({string.Join(",", scan.Items.Select(item => item["id"].ToString()).Order())})");
        }

        return string.Join(" ", tables);
    }

    private static string Expected(int steps)
    {
        SortedDictionary<string, SortedSet<string>> tables = new(StringComparer.Ordinal) { ["default"] = [] };
        foreach (string[] words in Script.Take(steps).Select(step => step.Split(' ')))
        {
            switch (words[0])
            {
                case "create":
                    tables.Add(words[1], []);
                    break;
                case "put":
                    tables[words[1]].Add(AttributeValue.Number(words[2]).ToString());
                    break;
                default:
                    tables.Remove(words[1]);
                    break;
            }
        }

        return string.Join(" ", tables.Select(table => $"{table.Key}({string.Join(",", table.Value)})"));
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
            Limits = new Keystone.Model.Schema.ItemLimits { ItemBytesMax = 4 << 10 },
            Time = host.Time,
            JobHost = host,
            Store = options => options with
            {
                FileSystem = disk,
                HugePages = false,
                ManifestBytesMin = 4096,
                NewId = () => new UInt128((ulong)host.Seed, ++ids),
            },
        };
    }

    /// <summary>What a crash left, and how many steps of the script were acknowledged by then; -1 before the creation was.</summary>
    private sealed record Fork(SimulatedFileSystem Disk, int Done, string Place);
}
