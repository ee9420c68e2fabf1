using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Compaction;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Rot;

/// <summary>
/// A store of about 70 KiB with every kind of file in it, written by one caller whose writes are synced one by one. Knows what each of
/// its bytes is worth, so that whoever damages one knows what has to come of it.
/// </summary>
internal sealed class RotStore
{
    public const string Directory = "/store";

    private const int Stripes = 2;
    private const int Writes = 100;

    private static readonly int[] Flushes = [40, 60, 80];

    private readonly SimulatedFileSystem _disk = new();
    private readonly Random _random;
    private readonly int _seed;
    private int _ids;

    /// <summary>Writes the store, and closes it or cuts it off behind a group that no other one covers.</summary>
    public RotStore(int seed, bool isClosed)
    {
        _seed = seed;
        _random = new Random(seed);
        SeededJobHost host = new(seed);
        StorageEngine engine = StorageEngine.Create(Directory, OptionsOn(_disk, host));
        host.Await(engine.ClaimAsync(Enumerable.Range(0, Stripes).Select(s => new StripeClaim(s, 1))));
        StoreCheck.Serve(engine);
        for (int i = 0; i < Writes; i++)
        {
            Write(engine, host, i);
            if (Flushes.Contains(i))
            {
                host.Await(engine.FlushAsync());
                Older.Add(_disk.Clone());
            }
        }

        host.Await(engine.SettleAsync());
        for (int i = 0; i < 20; i++)
        {
            Write(engine, host, i);
        }

        // A log that rests says of its last group that it was synced; the manifest does so too.
        host.RunFor(TimeSpan.FromSeconds(1));
        Older.Add(_disk.Clone());
        CoveredCount = History.Count;
        if (isClosed)
        {
            host.Await(engine.DisposeAsync());
            Left = _disk.Clone();
        }
        else
        {
            Write(engine, host, 31);
            Left = _disk.AfterCrash(CrashMode.DropAll, seed);
            host.Await(engine.DisposeAsync());
        }

        Ranges = Left.Files().ToDictionary(path => path, RangesOf);
    }

    public History History { get; } = new();

    /// <summary>How many batches have a group that a later one says was durable.</summary>
    public int CoveredCount { get; }

    /// <summary>The disk as it was left.</summary>
    public SimulatedFileSystem Left { get; }

    /// <summary>The disk as it was at earlier moments.</summary>
    public List<SimulatedFileSystem> Older { get; } = [];

    /// <summary>The bytes of each file that mean something; what is in none of these is looked at by nobody.</summary>
    public IReadOnlyDictionary<string, LiveRange[]> Ranges { get; }

    /// <summary>Options to open a copy of it.</summary>
    public StoreOptions OptionsOn(IFileSystem files, SeededJobHost host) => new()
    {
        JobHost = host,
        FileSystem = files,
        StripeCount = Stripes,
        SegmentBytes = 16 << 10,
        LogBytesMax = 64 << 10,
        WriteBufferBytesMax = 64 << 10,
        BlockCacheBytes = 1 << 20,
        BlockBytes = 512,
        Compression = _seed % 3 == 0 ? Compression.Lz4 : Compression.None,
        ManifestBytesMin = 4096,
        BallastBytes = 4096,
        ReadThreads = 1,
        ReplayThreads = 1,
        HugePages = false,
        NewId = () => new UInt128((ulong)_seed, (ulong)++_ids),
        Compaction = new CompactionOptions { Level0FilesMax = 2, LevelBytesMin = 8 << 10, FileBytesFirst = 4 << 10 },
    };

    /// <summary>
    /// What becomes of damage that touches these ranges. A group is missed when some group of its log that is still whole says that it was
    /// durable. Where the manifest has lost its end unnoticed, other files may be named no more, and damage to them means nothing.
    /// </summary>
    public LiveKind KindOf(IReadOnlyCollection<LiveRange> touched)
    {
        bool IsMissed(LiveRange range)
            => range.Log == LogOf.None
            || Ranges.Values.Any(ranges => Array.Exists(
                ranges, r => r.Log == range.Log && r.DurableThrough >= range.Number && !touched.Contains(r)));

        return touched.Count == 0 ? LiveKind.Nothing
            : touched.Any(range => range.Log == LogOf.Files && !IsMissed(range)) ? LiveKind.Uncovered
            : touched.Any(IsMissed) ? LiveKind.Covered
            : LiveKind.Uncovered;
    }

    /// <summary>The ranges that have one of these bytes.</summary>
    public IEnumerable<LiveRange> Touched(string path, long offset)
        => Ranges[path].Where(range => range.Start <= offset && offset < range.End);

    /// <summary>
    /// The blocks of all tables, which are those that reads of every key ask for, and the groups of log and manifest.
    /// </summary>
    public List<(string Path, long Offset, int Bytes)> Blocks()
    {
        SimulatedFileSystem copy = Left.Clone();
        FaultyFileSystem calls = new(copy, new FaultScript(seed: 0));
        SeededJobHost host = new(_seed);
        StorageEngine engine = StorageEngine.Open(Directory, OptionsOn(calls, host) with { BlockCacheBytes = 0 });
        StoreCheck.Serve(engine);
        StoreCheck.RequireState(engine, History.StateAfter(History.Count), snapshot: null);
        host.Await(engine.DisposeAsync());
        IEnumerable<(string Path, long Offset, int Bytes)> blocks = calls.Operations.Last()
            .Where(o => o.Call == FileCall.Read && o.Path.EndsWith(".sst", StringComparison.Ordinal) && Left.Files().Contains(o.Path))
            .Select(o => (o.Path, o.Offset, o.Bytes));
        IEnumerable<(string Path, long Offset, int Bytes)> groups = Ranges
            .Where(r => !r.Key.EndsWith(".sst", StringComparison.Ordinal))
            .SelectMany(r => r.Value.Select(range => (r.Key, range.Start, (int)(range.End - range.Start))));
        return [.. blocks.Concat(groups).Distinct()];
    }

    private LiveRange[] RangesOf(string path)
    {
        MemoryAccount account = new("rot");
        UInt128 storeId = StoreIdentity.Read(Left, Directory).StoreId;
        ManifestFile manifests = new(Left, Directory, storeId, account);
        long manifest = manifests.ReadCurrent();
        ManifestState state = manifests.Read(manifest, Stripes, out _);
        switch (FileNames.Parse(Path.GetFileName(path), out long number))
        {
            case FileKind.Manifest:
                return [.. GroupsOf(path, storeId, (ulong)number, GroupKind.Manifest)];
            case FileKind.Segment:
                ulong generation = state.SegmentsInOrder.Single(s => s.FileNumber == number).Generation;
                return [.. GroupsOf(path, storeId, generation, GroupKind.Commit)];
            case FileKind.Ballast:
                return [];
            case FileKind.Sst when !state.FileNumbers().Contains(number):
                // The power was lost before its removal was durable; the next life makes up for it.
                return [];
            default:
                return [new LiveRange(path, 0, Left.ReadAll(path).Length, LogOf.None, 0, 0)];
        }
    }

    /// <summary>A segment that is a spare again holds groups of an earlier use, which do not count.</summary>
    private List<LiveRange> GroupsOf(string path, UInt128 storeId, ulong generation, GroupKind kind)
    {
        using IFile file = Left.Open(path, writable: false);
        using GroupReader reader = new(file, storeId, generation, kind, new MemoryAccount("rot"));
        List<LiveRange> groups = [];
        while (reader.TryReadNext())
        {
            GroupHeader header = reader.Header;
            long end = header.OffsetBytes + GroupHeader.Bytes + header.BodyBytes;
            LogOf log = kind == GroupKind.Manifest ? LogOf.Files : LogOf.Batches;
            groups.Add(new LiveRange(path, header.OffsetBytes, end, log, header.Number, header.DurableThrough));
        }

        return groups;
    }

    private void Write(StorageEngine engine, SeededJobHost host, int i)
    {
        int stripe = i % Stripes;
        byte[] key = [(byte)'k', (byte)('a' + (i * 7 % 23)), (byte)('a' + (i % 3))];
        Change change;
        if (i % 9 == 4)
        {
            change = new Change(stripe, key, null);
        }
        else if (i == 50)
        {
            change = new Change(stripe, "kc"u8.ToArray(), null, "kf"u8.ToArray());
        }
        else
        {
            // Mostly of one length, so that there are many blocks and groups of one size.
            byte[] value = new byte[i % 5 == 0 ? 100 + i : 200];
            _random.NextBytes(value);
            change = new Change(stripe, key, value);
        }

        WriteBatch batch = new();
        change.AddTo(batch);
        Batch noted = History.Add([change]);
        host.Await(engine.WriteAsync(batch));
        History.Acknowledge(noted, WriteDurability.Synced);
    }
}

/// <summary>Bytes of a file that somebody looks at: a group of a log, or a whole file of another kind.</summary>
internal sealed record LiveRange(string Path, long Start, long End, LogOf Log, ulong Number, ulong DurableThrough);

/// <summary>Which log a range belongs to.</summary>
internal enum LogOf
{
    /// <summary>It is not a group.</summary>
    None,

    /// <summary>The commit log, all segments together.</summary>
    Batches,

    /// <summary>The manifest.</summary>
    Files,
}

/// <summary>What damaged bytes were worth.</summary>
internal enum LiveKind
{
    /// <summary>Padding, a place that was not reached yet, or a file that nothing names.</summary>
    Nothing,

    /// <summary>Groups of which nothing says any more that they were durable: damage to them is a torn tail.</summary>
    Uncovered,

    /// <summary>Damage to these is reported.</summary>
    Covered,
}
