using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Simulation.Laws;
using Keystone.Simulation.Running;
using Keystone.Testing;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Items;

/// <summary>
/// A history of operations on a table that has everything, on a simulated disk, each held against <see cref="ItemsModel"/>: writes under
/// conditions, transactions, reads, sweeps, indexes that come and go, and crashes, some of them in the middle of an operation, after which
/// all of it or nothing is there. Drawn from a seed alone.
/// </summary>
internal sealed class ItemsRun
{
    private const string Path = "/data/db";
    private const string Table = "things";
    private const int Operations = 600;
    private const int CheckEvery = 50;
    private const int ChoresMax = 20_000;

    private static readonly CrashMode[] Modes =
    [
        CrashMode.ProcessKill, CrashMode.DropAll, CrashMode.KeepAll, CrashMode.RandomSectors, CrashMode.RandomBlocks, CrashMode.Prefix,
    ];

    private static readonly IndexDefinition Tags = IndexDefinition.Global(
        "tags", new KeyAttribute("tag", KeyType.String), projection: IndexProjection.All);

    private static readonly IndexDefinition Numbers = IndexDefinition.Local(
        "numbers", new KeyAttribute("p", KeyType.String), new KeyAttribute("n", KeyType.Number), IndexProjection.Include("tag"));

    private readonly Tally _tally;
    private readonly int _seed;
    private Dice _dice;
    private int _lives;
    private SimulatedFileSystem _disk = new();
    private SeededJobHost _host;
    private KeystoneDatabase _database;
    private ItemsModel _model = new();
    private readonly ItemsReader _reader;

    public ItemsRun(int seed, Tally tally)
    {
        _seed = seed;
        _tally = tally;
        _dice = new Dice(seed, thing: 1);
        _disk.AddDirectory("/data");
        _host = new SeededJobHost(seed);
        _database = _host.Await(KeystoneDatabase.CreateAsync(Path, Options()));
        TableDefinition things = new(Table, new KeySchema("p").WithSort("s", KeyType.Number))
        {
            Indexes = [Numbers, Tags],
            Stream = StreamViewType.NewAndOldImages,
        };
        TableDescription made = _host.Await(_database.CreateTableAsync(new CreateTableRequest(things))).Table;
        _host.Await(_database.UpdateTableAsync(new UpdateTableRequest(Table) { EnableTimeToLive = "until" }));
        EndChores();
        _reader = new ItemsReader(Table, made.Streams[0]);
    }

    /// <summary>Runs it, and returns how many operations it had.</summary>
    public long Run()
    {
        for (int i = 1; i <= Operations; i++)
        {
            try
            {
                Step();
                if (i % CheckEvery == 0)
                {
                    Check();
                }
            }
            catch (Exception failure) when (failure is LawFailure or KeystoneException)
            {
                throw new LawFailure($"seed {_seed}, operation {i}, life {_lives}: {failure.Message}\n{failure}");
            }
        }

        Leave();
        return Operations;
    }

    private void Step()
    {
        switch (_dice.Below(200))
        {
            case 0:
                Crash(_disk, "crashes between operations");
                break;
            case 1:
                _host.Await(_database.FlushAsync());
                break;
            case 2 or 3:
                Sweep();
                break;
            case 4:
                ChangeIndex();
                break;
            case < 12:
                CrashWithin();
                break;
            case < 90:
                Write(new ItemsWrite(ref _dice, isOfTransaction: false));
                break;
            case < 120:
                Transact();
                break;
            default:
                Read();
                break;
        }
    }

    private void Write(ItemsWrite write)
    {
        Item? before = _model.Find(write.Key);
        bool holds = write.Condition?.Meaning(before) ?? true;
        (bool done, Item? answer) = write.Send(_host, _database, Table);
        LawFailure.Require(done == holds, $"{write} of {before}: done is {done}");
        LawFailure.Require(answer == before, $"{write} answered {answer}, not {before}");
        if (done)
        {
            _model.Set(write.Key, write.After(before));
        }
    }

    private void Transact()
    {
        ItemsWrite[] writes = Writes(out TransactWriteItemsRequest request);
        bool[] hold = [.. writes.Select(write => write.Condition?.Meaning(_model.Find(write.Key)) ?? true)];
        try
        {
            _host.Await(_database.TransactWriteItemsAsync(request));
            LawFailure.Require(hold.All(one => one), $"a transaction of {string.Join(", ", writes)} was done");
            Apply(_model, writes);
        }
        catch (KeystoneException cancelled) when (cancelled.Code == KeystoneErrorCode.TransactionCanceled)
        {
            LawFailure.Require(
                hold.SequenceEqual(cancelled.CancellationReasons.Select(reason => reason.Name == "None")),
                $"a transaction of {string.Join(", ", writes)} was cancelled because of "
                + string.Join(", ", cancelled.CancellationReasons));
        }
    }

    private ItemsWrite[] Writes(out TransactWriteItemsRequest request)
    {
        Dictionary<ItemKey, ItemsWrite> writes = [];
        int count = 2 + _dice.Below(4);
        while (writes.Count < count)
        {
            ItemsWrite write = new(ref _dice, isOfTransaction: true);
            writes[write.Key] = write;
        }

        request = new TransactWriteItemsRequest([.. writes.Values.Select(write => write.ToTransactWrite(Table))]);
        return [.. writes.Values];
    }

    private static void Apply(ItemsModel model, IEnumerable<ItemsWrite> writes)
    {
        foreach (ItemsWrite write in writes)
        {
            model.Set(write.Key, write.After(model.Find(write.Key)));
        }
    }

    private void Read()
    {
        ItemKey key = ItemsWrite.DrawKey(ref _dice);
        GetItemResult got = _host.Await(_database.GetItemAsync(new GetItemRequest(Table, key)));
        LawFailure.Require(got.Item?.ToItem() == _model.Find(key), $"{key} is {got.Item?.ToItem()}, not {_model.Find(key)}");
        string partition = key.Partition.AsString();
        long from = _dice.Below(10);
        long to = from + _dice.Below(10);
        bool backward = _dice.Chance(0.5);
        Phrase<bool> filter = Phrases.Condition(ref _dice);
        QueryRequest query = new(Table)
        {
            KeyConditionExpression = "p = :p AND s BETWEEN :from AND :to",
            FilterExpression = filter.Text.Contains("(p)", StringComparison.Ordinal) ? null : filter.Text,
            ExpressionAttributeValues = new Dictionary<string, AttributeValue>(
                filter.Text.Contains("(p)", StringComparison.Ordinal) || filter.Values is null ? [] : filter.Values)
            {
                [":p"] = partition,
                [":from"] = from,
                [":to"] = to,
            },
            Backward = backward,
            Limit = 1 + _dice.Below(5),
        };
        IEnumerable<Item> wanted = _model.Query(partition, from, to).Where(item => query.FilterExpression is null || filter.Meaning(item));
        Item[] found = ItemsReader.All(_host, _database, query);
        LawFailure.Require(
            found.SequenceEqual(backward ? wanted.Reverse() : wanted),
            $"{query}: {string.Join<Item>(", ", found)}, not {string.Join(", ", wanted)}");
    }

    private void Sweep()
    {
        _host.Clock.Advance(TimeSpan.FromSeconds(1 + _dice.Below(200)));
        _host.Await(new ValueTask(_database.Disk.SweepAsync()));
        foreach (ItemKey key in _model.Expired(_host.Clock.GetUtcNow().ToUnixTimeSeconds()))
        {
            _tally.Note("expired items");
            _model.Set(key, null, isByService: true);
        }
    }

    private void ChangeIndex()
    {
        // The end of a filling under way is waited for outside of the turns of this run; real threads do that in the fast tests.
        EndChores();
        bool isThere = _database.Disk.Catalog.Current.Find(Table)!.Indexes.Length == 2;
        UpdateTableRequest change = new(Table) { DeleteIndex = isThere ? Tags.Name : null, CreateIndex = isThere ? null : Tags };
        _host.Await(_database.UpdateTableAsync(change));
        _tally.Note(isThere ? "indexes removed" : "indexes added");
        if (_dice.Chance(0.5))
        {
            EndChores();
        }
    }

    /// <summary>A crash at some call of an operation: it is there as a whole, or not at all.</summary>
    private void CrashWithin()
    {
        int calls = 1 + _dice.Below(6);
        CrashMode mode = Modes[_dice.Below(Modes.Length)];
        SimulatedFileSystem? left = null;
        ItemsModel before = _model.Copy();
        _disk.OnCall = (call, _, _) =>
        {
            if (call.IsWrite() && --calls == 0)
            {
                left = _disk.AfterCrash(mode, _seed + _lives);
            }
        };
        Transact();
        _disk.OnCall = null;
        if (left is null)
        {
            return;
        }

        ItemsModel after = _model;
        Crash(left, "crashes within operations");
        HashSet<Item> items = [.. ItemsReader.All(_host, _database, new ScanRequest(Table))];
        _model = items.SetEquals(after.Items) ? after : before;
        LawFailure.Require(items.SetEquals(_model.Items), "after a crash the table is neither what it was nor what it was to become");
    }

    private void Crash(SimulatedFileSystem disk, string kind)
    {
        _tally.Note(kind);
        _lives++;
        TimeSpan elapsed = _host.Clock.Elapsed;
        SimulatedFileSystem left = ReferenceEquals(disk, _disk)
            ? disk.AfterCrash(Modes[_dice.Below(Modes.Length)], _seed + _lives)
            : disk;
        Leave();
        _disk = left;
        _host = new SeededJobHost(_seed + _lives);
        _host.Clock.Advance(elapsed);
        _database = _host.Await(KeystoneDatabase.OpenAsync(Path, Options()));
    }

    /// <summary>Gives back what a life has that nobody looks at any more: its crash was noted before.</summary>
    private void Leave()
    {
        EndChores();
        _host.Await(_database.Disk.Engine.DisposeAsync());
    }

    private void Check()
    {
        HashSet<Item> items = [.. ItemsReader.All(_host, _database, new ScanRequest(Table) { Limit = 1 + _dice.Below(20) })];
        LawFailure.Require(items.SetEquals(_model.Items), "the table has other items");
        CheckNumbers();
        if (_database.Disk.Catalog.Current.Find(Table)!.Indexes.Length == 2)
        {
            EndChores();
            Item[] tags = ItemsReader.All(_host, _database, new ScanRequest(Table) { IndexName = Tags.Name, Limit = 1 + _dice.Below(20) });
            Item[] wanted = _model.With("tag", AttributeKind.String);
            LawFailure.Require(tags.Length == wanted.Length && tags.ToHashSet().SetEquals(wanted), "the global index has other entries");
        }

        _reader.Check(_host, _database, _model.Changes);
        _model.ForgetChanges();
    }

    /// <summary>The local index of each partition: in the order of the numbers, with what it projects.</summary>
    private void CheckNumbers()
    {
        foreach (IGrouping<string, Item> partition in _model.With("n", AttributeKind.Number).GroupBy(item => item["p"].AsString()))
        {
            QueryRequest query = new(Table, partition.Key) { IndexName = Numbers.Name, Limit = 1 + _dice.Below(5) };
            Item[] entries = ItemsReader.All(_host, _database, query);
            Item[] wanted = [.. partition.Select(item => Item.Of([.. Projected(item)]))];
            LawFailure.Require(
                entries.Length == wanted.Length && entries.ToHashSet().SetEquals(wanted), "the local index has other entries");
            LawFailure.Require(
                entries.Select(entry => (long)entry["n"].AsNumber()).SequenceEqual(
                    wanted.Select(entry => (long)entry["n"].AsNumber()).Order()),
                "the local index has another order");
        }
    }

    private static IEnumerable<(string Name, AttributeValue Value)> Projected(Item item)
        => item.Where(attribute => attribute.Key is "p" or "s" or "n" or "tag").Select(attribute => (attribute.Key, attribute.Value));

    private void EndChores()
    {
        for (int round = 0; _database.Disk.IsFilling; round++)
        {
            LawFailure.Require(round < ChoresMax, "an index is never filled");
            _host.Await(_database.SyncAsync());
        }
    }

    private KeystoneDatabaseOptions Options()
    {
        SimulatedFileSystem disk = _disk;
        SeededJobHost host = _host;
        ulong ids = 0;
        return new KeystoneDatabaseOptions
        {
            StripeCount = 4,
            SegmentBytes = 64 << 10,
            LogBytesMax = 256 << 10,
            WriteBufferBytesMax = 64 << 10,
            BlockCacheBytes = 64 << 10,
            ReadThreads = 1,
            Limits = new ItemLimits { ItemBytesMax = 4 << 10 },
            Time = host.Time,
            JobHost = host,
            BackfillBytesPerSecondMax = null,
            SweepInterval = KeystoneDatabaseOptions.SweepIntervalMax,
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
