using Keystone.Model;
using Keystone.Model.Schema;
using Keystone.Storage;
using Keystone.Storage.Encryption;
using Keystone.Storage.Jobs;

namespace Keystone.Database;

/// <summary>How a database is kept on its disk. Budgets are numbers of the whole disk, whatever the count of stripes.</summary>
public sealed record KeystoneDatabaseOptions
{
    /// <summary>The longest time from one sweep to the next: changes are kept for a day, and some.</summary>
    public static readonly TimeSpan SweepIntervalMax = TimeSpan.FromDays(1);

    private readonly TimeSpan _sweepInterval = TimeSpan.FromMinutes(1);
    private readonly long? _backfillBytesPerSecondMax = 16 << 20;

    /// <summary>The options of a database that nobody has told anything.</summary>
    public static KeystoneDatabaseOptions Default { get; } = new();

    /// <summary>What must hold before a write is answered. Buffered writes can be lost with the power, so they must be asked for.</summary>
    public DatabaseDurability Durability { get; init; } = DatabaseDurability.Synced;

    /// <summary>The limits of items, keys and calls.</summary>
    public ItemLimits Limits { get; init; } = ItemLimits.Default;

    /// <summary>Stripes of a new database: a power of two from 1 to 4,096. One that exists keeps what it has.</summary>
    public int StripeCount { get; init; } = 256;

    /// <summary>The stripes that a new database owns; null means all. A disk of a cluster owns its part.</summary>
    public IReadOnlyCollection<int>? OwnedStripes { get; init; }

    /// <summary>Whether opening takes every owned stripe into service. A silo's stripes are taken by their grains instead.</summary>
    public bool ServesAtOpen { get; init; } = true;

    /// <summary>
    /// Whether the database lives in memory alone: it is made with its opening, touches no disk, and is gone when it is closed.
    /// </summary>
    public bool InMemory { get; init; }

    /// <summary>
    /// What the items of a database in memory may take, bytes, as they stand in compressed tables. When that is full, writes that add
    /// something are refused with DiskFull until something was removed; reads and removals go on. Write buffers, at most a quarter of this,
    /// and the block cache come on top.
    /// </summary>
    public long MemoryBytesMax { get; init; } = 256L << 20;

    /// <summary>Memory for writes that are not in table files yet, bytes.</summary>
    public long WriteBufferBytesMax { get; init; } = 192L << 20;

    /// <summary>The log that may wait for its flush, bytes; it bounds the time that opening after a crash takes.</summary>
    public long LogBytesMax { get; init; } = 256L << 20;

    /// <summary>Size of a segment of the log, bytes.</summary>
    public int SegmentBytes { get; init; } = 32 << 20;

    /// <summary>
    /// Room put by in a file, bytes, which is given back when the disk is full so that what frees more can go on; 0 for none. It takes at
    /// most a quarter of <see cref="LogBytesMax"/>.
    /// </summary>
    public long BallastBytes { get; init; } = 64L << 20;

    /// <summary>Memory for blocks of table files, bytes.</summary>
    public long BlockCacheBytes { get; init; } = 256L << 20;

    /// <summary>Table files kept open at a time.</summary>
    public int OpenFilesMax { get; init; } = 256;

    /// <summary>Threads that wait for the disk on behalf of readers.</summary>
    public int ReadThreads { get; init; } = 8;

    /// <summary>Compactions that run at a time.</summary>
    public int CompactionThreads { get; init; } = 1;

    /// <summary>How table files are compressed. Those that are there already change with the next compaction.</summary>
    public DatabaseCompression Compression { get; init; } = DatabaseCompression.Lz4;

    /// <summary>
    /// How the last level is compressed, which holds most of the data and is rewritten least; null means like the others.
    /// </summary>
    public DatabaseCompression? LastLevelCompression { get; init; }

    /// <summary>
    /// The file with the keys under which the database is encrypted, as <see cref="FileKeyRing"/> describes
    /// it; null for one that is not. It is decided when the database is made. An opening wraps everything under the current key of the
    /// file, so that older ones may leave it afterwards.
    /// </summary>
    public string? EncryptionKeysPath { get; init; }

    /// <summary>
    /// How often within an hour a database that refuses writes after a failure is closed and opened anew by itself; calls that come
    /// meanwhile fail as retryable. Null means never in an embedded database, which stays readable, and three times in a silo, whose
    /// process ends when that was not enough. A database in memory is never opened anew.
    /// </summary>
    public int? ReopensPerHourMax { get; init; }

    /// <summary>
    /// A descriptor of this process that gets a line for every group of writes that is about to be seen; null for none. Under a tracer of
    /// system calls the lines show what was durable by then.
    /// </summary>
    public int? AuditDescriptor { get; init; }

    /// <summary>
    /// So many bytes of items a second are filled into an index that is added to a table in use, at most, so that callers keep the disk;
    /// null means as many as it takes.
    /// </summary>
    public long? BackfillBytesPerSecondMax
    {
        get => _backfillBytesPerSecondMax;
        init => _backfillBytesPerSecondMax = value is null or > 0
            ? value
            : throw KeystoneException.Validation(
                $"{value} bytes a second would never fill an index: take one at least, or null for no limit");
    }

    /// <summary>How long after one sweep for expired items and old changes the next begins: up to <see cref="SweepIntervalMax"/>.</summary>
    public TimeSpan SweepInterval
    {
        get => _sweepInterval;
        init => _sweepInterval = value > TimeSpan.Zero && value <= SweepIntervalMax
            ? value
            : throw KeystoneException.Validation($"{value} is no interval of sweeps: it is more than none, and {SweepIntervalMax} at most");
    }

    /// <summary>
    /// Whether reads answer no item whose time to live has come, although it is there until the next sweep. DynamoDB shows such items, and
    /// so is the default. Conditions and updates see the item until it is removed, and an index that lacks the attribute still shows it.
    /// </summary>
    public bool HideExpired { get; init; }

    /// <summary>
    /// The clock. What is stored depends on it only in the time at which a table was made, in the tokens of transactions, in the numbers of
    /// changes, and in when items expire.
    /// </summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Hears of what happens in the background. Must not block or throw.</summary>
    public Action<DatabaseEvent> OnEvent { get; init; } = _ => { };

    /// <summary>Who runs the background jobs; null means threads of the database's own. For simulations.</summary>
    internal IJobHost? JobHost { get; init; }

    /// <summary>Who runs long work of the database's own: by default the thread pool. For simulations.</summary>
    internal Func<Func<Task>, Task> Background { get; init; } = Task.Run;

    /// <summary>The last word on the options of the engine, files and job host among them. For simulations and small tests.</summary>
    internal Func<StoreOptions, StoreOptions> Store { get; init; } = options => options;

    internal WriteDurability WriteDurability
        => Durability == DatabaseDurability.Buffered ? WriteDurability.Buffered : WriteDurability.Synced;

    internal StoreOptions ToStoreOptions(IJobHost jobHost, Action<StoreEvent> onEvent) => Store(new StoreOptions
    {
        JobHost = jobHost,
        StripeCount = StripeCount,
        InMemory = InMemory,
        MemoryBytesMax = MemoryBytesMax,
        WriteBufferBytesMax = WriteBufferBytesMax,
        LogBytesMax = LogBytesMax,
        SegmentBytes = SegmentBytes,
        BallastBytes = BallastBytes,
        BlockCacheBytes = BlockCacheBytes,
        OpenFilesMax = OpenFilesMax,
        ReadThreads = ReadThreads,
        CompactionThreads = CompactionThreads,
        Compression = (Keystone.Storage.Sst.Compression)Compression,
        LastLevelCompression = (Keystone.Storage.Sst.Compression?)LastLevelCompression,
        KeyRing = EncryptionKeysPath is null ? null : FileKeyRing.Load(EncryptionKeysPath),
        AuditDescriptor = AuditDescriptor,
        OnEvent = onEvent,
    });
}

/// <summary>How table files are compressed. The numbers are those of the engine.</summary>
public enum DatabaseCompression : byte
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>With LZ4: costs little at writing and next to nothing at reading.</summary>
    Lz4 = 1,

    /// <summary>With Zstandard: smaller files for more time, at writing above all.</summary>
    Zstd = 2,
}

/// <summary>What must hold before a write is answered.</summary>
public enum DatabaseDurability
{
    /// <summary>It survives the loss of power.</summary>
    Synced = 0,

    /// <summary>It survives the end of the process, not that of the machine.</summary>
    Buffered = 1,
}
