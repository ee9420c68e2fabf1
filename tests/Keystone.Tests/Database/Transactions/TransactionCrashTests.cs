using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Testing;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Database.Transactions;

/// <summary>
/// Transactions with tokens on a simulated disk, which is forked before each call that writes: whatever a crash at that call leaves, each
/// transaction has happened wholly or not at all, none that was answered is lost, and sending all of them again does each once.
/// </summary>
public sealed class TransactionCrashTests
{
    private const string Path = "/data/db";
    private const string Table = "accounts";
    private const int Accounts = 6;
    private const int Transfers = 24;

    private static readonly CrashMode[] Modes = [CrashMode.ProcessKill, CrashMode.DropAll, CrashMode.RandomSectors, CrashMode.Prefix];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_call_the_crash_comes_at_a_transaction_is_all_or_nothing_and_done_once(int seed)
    {
        List<(SimulatedFileSystem Disk, int Done, string Place)> forks = [];
        SimulatedFileSystem disk = new();
        disk.AddDirectory("/data");
        SeededJobHost host = new(seed);
        KeystoneDatabase database = host.Await(KeystoneDatabase.CreateAsync(Path, OptionsFor(disk, host)));
        CancellationToken cancel = TestContext.Current.CancellationToken;
        host.Await(database.CreateTableAsync(Table, new KeySchema("id", KeyType.Number), cancel));
        int done = 0;
        disk.OnCall = (call, path, number) =>
        {
            if (call.IsWrite())
            {
                forks.AddRange(Modes.Select(mode => (disk.AfterCrash(mode, seed), done, $"{mode} at call {number}, {call} of {path}")));
            }
        };
        for (; done < Transfers; done++)
        {
            host.Await(database.TransactWriteItemsAsync(Transfer(seed, done), cancel));
            if (done == Transfers / 2)
            {
                host.Await(database.FlushAsync());
            }
        }

        disk.OnCall = null;
        string end = Held(host, database);
        host.Await(database.DisposeAsync());
        Assert.True(forks.Count > 100, $"only {forks.Count} forks");
        foreach ((SimulatedFileSystem left, int answered, string place) in forks)
        {
            SeededJobHost again = new(seed);
            KeystoneDatabase opened = again.Await(KeystoneDatabase.OpenAsync(Path, OptionsFor(left, again)));
            string held = Held(again, opened);
            bool isWhole = held == After(seed, answered) || held == After(seed, answered + 1);
            Assert.True(isWhole, $"seed {seed}, {place}: {held} after {answered}");
            for (int i = 0; i < Transfers; i++)
            {
                again.Await(opened.TransactWriteItemsAsync(Transfer(seed, i), cancel));
            }

            Assert.True(Held(again, opened) == end, $"seed {seed}, {place}: sent again");
            again.Await(opened.DisposeAsync());
        }
    }

    private static TransactWriteItemsRequest Transfer(int seed, int number)
    {
        (int from, int to, int amount) = Drawn(seed, number);
        return new TransactWriteItemsRequest([Add(from, -amount), Add(to, amount)]) { ClientRequestToken = $"transfer {number}" };
    }

    private static (int From, int To, int Amount) Drawn(int seed, int number)
    {
        Dice dice = new(seed, number);
        int from = dice.Below(Accounts);
        return (from, (from + 1 + dice.Below(Accounts - 1)) % Accounts, 1 + dice.Below(9));
    }

    private static TransactWrite Add(int account, int amount)
        => TransactWrite.Update(Table, ItemKey.Of(account), "ADD balance :amount") with
        {
            ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":amount"] = amount },
        };

    private static string After(int seed, int transfers)
    {
        SortedDictionary<int, int> balances = [];
        for (int i = 0; i < transfers; i++)
        {
            (int from, int to, int amount) = Drawn(seed, i);
            balances[from] = balances.GetValueOrDefault(from) - amount;
            balances[to] = balances.GetValueOrDefault(to) + amount;
        }

        return string.Join(" ", balances.Select(balance => $"{balance.Key}:{balance.Value}"));
    }

    private static string Held(SeededJobHost host, KeystoneDatabase database)
    {
        ScanResult scan = host.Await(database.ScanPageAsync(new ScanRequest(Table)));
        IEnumerable<(int Id, int Balance)> accounts = scan.Items.Select(
            item => ((int)item["id"].AsNumber(), (int)item["balance"].AsNumber()));
        return string.Join(" ", accounts.OrderBy(account => account.Id).Select(account => $"{account.Id}:{account.Balance}"));
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
