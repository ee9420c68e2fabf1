using System.Collections;
using Keystone.Storage.Commit;
using Keystone.Storage.Compaction;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.InMemory;
using Keystone.Storage.Log;
using Keystone.Storage.Memory;
using Keystone.Storage.Reading;
using Keystone.Storage.Recovery;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <summary>
/// The storage engine of one disk: stripes of ordered keys in one directory, crash-safe.
/// <para>
/// What enters: batches for stripes, under the epoch of a claim. What leaves: values, iterators, snapshots. What always holds:
/// an acknowledged synced write survives kill and power loss; a reader sees whole groups or nothing of them, and never what was not
/// written; a stripe answers only under the epoch in force; a failed log or manifest write refuses writes until the store is opened
/// anew.
/// </para>
/// <para>
/// The story of a put: <see cref="PutAsync"/>, <c>CommitPipeline.WriteAsync</c>, <c>Committer.Step</c> (or the caller in its place),
/// <c>GroupWriter.Write</c>, <c>MemTable.Add</c>, <c>PublishedSequences.Publish</c>. The story of a get:
/// <see cref="TryGet(StripeClaim, ReadOnlySpan{byte}, Span{byte})"/>, <c>Stripe.AcquireView</c>, <c>PointRead.TryGet</c>,
/// <c>MemTable.TryGet</c>, <c>SstReader.TryGet</c>.
/// </para>
/// </summary>
public sealed partial class StorageEngine : IAsyncDisposable
{
    /// <summary>The directory of a store in memory, in the file system that is its own.</summary>
    private const string MemoryDirectory = "/memory";

    private readonly StoreOptions _options;
    private readonly string _directory;
    private readonly IDisposable _lock;
    private readonly KeyVault? _vault;

    /// <summary>The files of a store that lives in memory alone; else null.</summary>
    private readonly MemoryFileSystem? _memory;
    private readonly ChunkPool _pool;
    private readonly BlockCache _cache;
    private readonly HandleCache _handles;
    private readonly PublishedSequences _published;
    private readonly SnapshotList _snapshots;
    private readonly Poison _poison;
    private readonly Ballast _ballast;
    private readonly Stripe[] _stripes;
    private readonly ManifestLog _manifest;
    private readonly LogSegments _segments;
    private readonly SegmentSupply _supply;
    private readonly GroupQueue _queue;
    private readonly Committer _committer;
    private readonly WriteStall _stall;
    private readonly CommitPipeline _pipeline;
    private readonly FlushWorker _flush;
    private readonly CompactionQueue _compactions;
    private readonly CompactionWorker[] _compactors;
    private readonly ObsoleteFiles _obsolete;
    private readonly Action<LiveFile> _onUnused;
    private readonly BlockingReads _blocking;
    private readonly ViewCount _views;
    private int _closing;

    private StorageEngine(
        string directory,
        StoreOptions options,
        IDisposable storeLock,
        StoreAccounts accounts,
        ChunkPool pool,
        RecoveredStore store,
        KeyVault? vault,
        AuditTrail? audit)
    {
        _vault = vault;
        _options = options;
        _directory = directory;
        _lock = storeLock;
        _memory = options.InMemory ? (MemoryFileSystem)options.FileSystem : null;
        Accounts = accounts;
        _pool = pool;
        _identity = store.Identity;
        _cache = new BlockCache(options.BlockCacheBytes, accounts.BlockCache);
        _handles = new HandleCache(options.FileSystem, directory, options.OpenFilesMax);
        if (options.FileSystem is StoreFiles storeFiles)
        {
            storeFiles.GiveBackDescriptors = _handles.TryCloseIdle;
        }

        _obsolete = new ObsoleteFiles(options.FileSystem, OnFileLeft);
        _onUnused = _obsolete.Add;
        _poison = new Poison(OnPoisoned);
        _ballast = new Ballast(
            options.FileSystem, directory, options.BallastBytesTaken, (kind, message, failure) => Report(kind, message, failure));
        _published = new PublishedSequences(store.Identity.StripeCount);
        _snapshots = new SnapshotList(_published, options.JobHost.Time);
        _views = new ViewCount(FreeMemory);
        _stripes = MakeStripes(store);
        _touched = new BitArray(_stripes.Length);
        _manifest = new ManifestLog(
            options.FileSystem,
            store.Manifests,
            store.State,
            store.Manifests.Writer!,
            store.ManifestNumber,
            options.ManifestBytesMin,
            accounts.Log,
            Install,
            _poison,
            _ballast);
        _segments = new LogSegments();
        _supply = new SegmentSupply(
            options.FileSystem,
            directory,
            store.Identity.StoreId,
            options.SegmentBytes,
            options.InMemory ? 0 : 1,
            _manifest,
            _poison,
            _ballast,
            vault);
        foreach (ReplayedSegment segment in store.Segments.Replayed)
        {
            _segments.AddReplayed(segment.Record, segment.FileBytes);
        }

        _segments.Advance(store.Segments.Current);
        foreach (SegmentFile spare in store.Segments.Spares)
        {
            _supply.AddSpare(spare);
        }

        _queue = new GroupQueue(_stripes.Length, options.SegmentBytes, accounts.Log, options.JobHost);
        LogTail tail = new(_segments, store.LastGroup, accounts.Log, isKept: !options.InMemory);
        _committer = new Committer(_queue, tail, _supply, _published, _poison, options.JobHost, audit);
        FlushBudgets budgets = new(options.WriteBufferBytesMax, options.LogBytesMax);
        _stall = new WriteStall(options.JobHost, () => _flush!.Fill, () => options.InMemory ? _flush!.Hindrance : null, _poison);
        _pipeline = new CommitPipeline(new Sequencer(_stripes, _queue, _committer, pool, _poison), _queue, _committer, _stall);
        Disk disk = new()
        {
            Files = options.FileSystem,
            Directory = directory,
            Stripes = _stripes,
            Manifest = _manifest,
            Snapshots = _snapshots,
            Poison = _poison,
            Ballast = _ballast,
            Sst = options.Sst,
            LastLevelSst = options.LastLevelSst,
            Vault = vault,
            NewFileId = options.NewId,
            Account = accounts.Compaction,
        };
        _flush = new FlushWorker(disk, pool, budgets, _pipeline, _segments, _supply, _committer, _stall);
        _compactions = new CompactionQueue(_stripes, _snapshots, options.Compaction);
        ByteRate rate = new(options.JobHost.Time, options.CompactionBytesPerSecondMax);
        _compactors = [.. Enumerable.Range(0, options.CompactionThreads).Select(
            i => new CompactionWorker(disk, _compactions, rate, options.JobHost.Time, $"compact-{i}"))];
        _blocking = new BlockingReads(options.JobHost, options.ReadThreads);
        audit?.NoteServing(store.LastGroup);
    }

    /// <summary>How many stripes the store has.</summary>
    public int StripeCount => _stripes.Length;

    /// <summary>The random id that the store got when it was made.</summary>
    public UInt128 StoreId => _identity.StoreId;

    /// <summary>Grows by one with every open.</summary>
    public ulong Incarnation => _identity.Incarnation;

    /// <summary>The directory of the store.</summary>
    public string DirectoryPath => _directory;

    /// <summary>Native memory in use, by purpose.</summary>
    public StoreAccounts Accounts { get; }

    /// <summary>
    /// Makes a new store. The directory is created if its parent exists; it must hold nothing, no directory either, but what an
    /// interrupted creation left. A directory that is refused is not changed. A store that lives in memory alone touches no directory.
    /// </summary>
    /// <exception cref="StoreException">AlreadyExists, Locked, Io, KeyMissing or KeyRingInvalid for the key ring, or LimitExceeded for an
    /// option.</exception>
    public static StorageEngine Create(string directory, StoreOptions options)
    {
        options.Check();
        StoreAccounts accounts = new();
        if (!options.InMemory)
        {
            return Make(Path.GetFullPath(directory), options, accounts);
        }

        MemoryFileSystem memory = new(accounts.Files, options.MemoryBytesMax);
        bool isMade = false;
        try
        {
            StorageEngine engine = Make(MemoryDirectory, options.On(memory), accounts);
            isMade = true;
            return engine;
        }
        finally
        {
            if (!isMade)
            {
                memory.Dispose();
            }
        }
    }

    /// <summary>Opens a store, replaying what its log holds. Blocks while it reads.</summary>
    /// <exception cref="StoreException">NotFound, Locked, Corrupt (names file and offset), NewerFormat, Io, KeyMissing, KeyWrong,
    /// NotEncrypted or KeyRingInvalid for the key ring, or LimitExceeded for an option.</exception>
    public static StorageEngine Open(string directory, StoreOptions options)
    {
        options.Check();
        directory = Path.GetFullPath(directory);
        IFileSystem files = options.FileSystem;
        if (options.InMemory)
        {
            throw new StoreException(StoreErrorCode.NotFound, "A store in memory is there from its making to its close. Create it.");
        }

        if (!files.DirectoryExists(directory) || !files.FileExists(Path.Combine(directory, FileNames.Identity)))
        {
            throw new StoreException(StoreErrorCode.NotFound, $"{directory} holds no store. Create one there, or check the path.");
        }

        KeyVault? vault = options.NewVault();
        return OpenUnder(files.Lock(Path.Combine(directory, FileNames.Lock)), directory, options, new StoreAccounts(), vault);
    }

    private static StorageEngine Make(string directory, StoreOptions options, StoreAccounts accounts)
    {
        KeyVault? vault = options.NewVault();
        IFileSystem files = options.FileSystem;
        if (!files.DirectoryExists(directory))
        {
            files.CreateDirectory(directory);
        }

        RequireEmpty(files, directory);

        // The name of the store is as much a part of it as what it holds. Who made the directory, perhaps a creation that failed, may not
        // have synced it.
        files.SyncDirectory(Path.GetDirectoryName(directory) ?? directory);
        IDisposable storeLock = files.Lock(Path.Combine(directory, FileNames.Lock));
        bool isMade = false;
        try
        {
            // Another process may have made a store here between the look and the lock.
            RequireEmpty(files, directory);
            RecoverySettings settings = SettingsOf(options, accounts, vault);
            new StoreRecovery(files, directory, settings).Create(options.NewId(), options.StripeCount);
            isMade = true;
        }
        finally
        {
            if (!isMade)
            {
                storeLock.Dispose();
            }
        }

        // The lock is kept from the first byte on: a store that was just made belongs to whoever made it.
        return OpenUnder(storeLock, directory, options, accounts, vault);
    }

    /// <summary>Opens the store under a lock that is given back if it cannot be opened.</summary>
    private static StorageEngine OpenUnder(
        IDisposable storeLock, string directory, StoreOptions options, StoreAccounts accounts, KeyVault? vault)
    {
        if (!options.InMemory)
        {
            options = options with { FileSystem = new StoreFiles(options.FileSystem, directory) };
        }

        ChunkPool? pool = null;
        bool isMade = false;
        try
        {
            AuditTrail? audit = options.AuditDescriptor is { } descriptor ? new AuditTrail(descriptor) : null;
            pool = new ChunkPool(accounts.WriteBuffers, PoolBytes(options), options.HugePages);
            RecoveredStore store = Recover(directory, options, SettingsOf(options, accounts, vault), pool);
            StorageEngine engine = new(directory, options, storeLock, accounts, pool, store, vault, audit);
            isMade = true;
            engine.StartOrFree();
            engine.Report(
                StoreEventKind.Opened,
                $"Opened {directory}: {store.Replay.OperationCount} operations replayed from the log, "
                + $"incarnation {store.Identity.Incarnation}.");
            return engine;
        }
        finally
        {
            if (!isMade)
            {
                try
                {
                    pool?.Abandon();
                }
                finally
                {
                    storeLock.Dispose();
                }
            }
        }
    }

    /// <summary>A store that a full disk has ended comes back by itself: opening needs room too, and the ballast has some.</summary>
    private static RecoveredStore Recover(string directory, StoreOptions options, RecoverySettings settings, ChunkPool pool)
    {
        try
        {
            return new StoreRecovery(options.FileSystem, directory, settings).Open(pool);
        }
        catch (StoreException full) when (full.Code == StoreErrorCode.DiskFull)
        {
            if (!Ballast.TryRemove(options.FileSystem, directory))
            {
                throw;
            }
        }

        return new StoreRecovery(options.FileSystem, directory, settings).Open(pool);
    }

    internal void Report(StoreEventKind kind, string message, StoreException? failure = null, string? job = null)
        => _options.OnEvent(new StoreEvent(kind, message, failure, job));

    private static void RequireEmpty(IFileSystem files, string directory)
    {
        IReadOnlyList<string> names = files.List(directory);
        if (names.Contains(FileNames.Identity))
        {
            throw new StoreException(
                StoreErrorCode.AlreadyExists, $"{directory} holds a store already. Open it, or choose another directory.");
        }

        foreach (string name in names)
        {
            if (!StoreRecovery.IsLeftOfCreation(name) || files.DirectoryExists(Path.Combine(directory, name)))
            {
                throw new StoreException(
                    StoreErrorCode.AlreadyExists, $"{directory} is not empty: it holds {name}. A new store needs a directory of its own.");
            }
        }
    }

    private static RecoverySettings SettingsOf(StoreOptions options, StoreAccounts accounts, KeyVault? vault)
        => new(
            options.FirstSegmentBytes,
            options.ManifestBytesMin,
            options.Sst,
            options.NewId,
            accounts.Log,
            options.JobHost,
            options.ReplayThreads,
            vault);

    /// <summary>
    /// The pool reserves addresses, not memory: the budget, and room for one largest batch and the growth of arenas above it.
    /// </summary>
    private static long PoolBytes(StoreOptions options)
        => options.WriteBufferBytesMax + Math.Min(options.WriteBufferBytesMax, 2L * StoreLimits.BatchBytesMax) + (1L << 20);

    private Stripe[] MakeStripes(RecoveredStore store)
    {
        Stripe[] stripes = new Stripe[store.Identity.StripeCount];
        for (int index = 0; index < stripes.Length; index++)
        {
            StripeRecord record = store.State[index];
            ReplayedStripe? replayed = store.Replay[index];
            WriteBuffer active = replayed?.Buffer ?? new WriteBuffer(_pool);
            LiveFile[][] levels = [.. record.Levels.Select(
                (level, number) => Sorted([.. level.Select(f => NewFile(f, store.State.KeyOf(f.Meta.FileNumber)?.Key))], number))];
            StripeFiles files = new(levels, record.FlushedThrough);
            ulong last = Math.Max(record.FlushedThrough, active.LastSequence);
            stripes[index] = new Stripe(index, record.Epoch, last, new View(active, [], files, [.. record.Drops, .. active.Drops], _views));
            _published.Initialize(index, last);
        }

        return stripes;
    }
}
