using Keystone.Storage.Compaction;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.InMemory;
using Keystone.Storage.Jobs;
using Keystone.Storage.Sst;

namespace Keystone.Storage;

/// <summary>How a store is kept. The budgets are numbers of the whole disk, whatever the number of stripes.</summary>
public sealed record StoreOptions
{
    private const int SegmentBytesMin = 16 << 10;
    private const long WriteBufferBytesMin = 64 << 10;
    private const long MemoryBytesMin = 1 << 20;
    private const long ManifestBytesInMemory = 64 << 10;

    /// <summary>Runs the background jobs and gives the time. Outlives the store.</summary>
    public required IJobHost JobHost { get; init; }

    /// <summary>Where the files are. The operating system's by default.</summary>
    public IFileSystem FileSystem { get; init; } = PosixFileSystem.Instance;

    /// <summary>
    /// Whether the store lives in memory alone: it is made with <see cref="StorageEngine.Create"/> under any path, touches no disk, and is
    /// gone when it is closed. It keeps no log, so a write is as durable as it will ever be when it is answered.
    /// </summary>
    public bool InMemory { get; init; }

    /// <summary>
    /// What the files of a store in memory may take. When they are full, writes that add are refused with DiskFull until something was
    /// removed and compacted away; reads and removals go on. Write buffers, at most a quarter of this, and the block cache come on top.
    /// </summary>
    public long MemoryBytesMax { get; init; } = 256L << 20;

    /// <summary>Stripes of a new store: a power of two from 1 to 4,096. An existing store keeps what it has.</summary>
    public int StripeCount { get; init; } = 256;

    /// <summary>
    /// All memtables together, those that wait for their flush included. Writers are slowed at 80 % and stopped at 100 %.
    /// </summary>
    public long WriteBufferBytesMax { get; init; } = 192L << 20;

    /// <summary>Segments of the log that hold something unflushed; it bounds the time that recovery takes.</summary>
    public long LogBytesMax { get; init; } = 256L << 20;

    /// <summary>Size of a segment of the log. At least twice the largest batch that is to be written.</summary>
    public int SegmentBytes { get; init; } = 32 << 20;

    /// <summary>
    /// Room put by in a file, which is given back when the disk is full so that flush and compaction can go on, and made anew when there is
    /// room again; 0 for none. It takes at most a quarter of <see cref="LogBytesMax"/>, so that a small store has a small one.
    /// </summary>
    public long BallastBytes { get; init; } = 64L << 20;

    /// <summary>Cache of decompressed blocks: data, indexes and filters of all files.</summary>
    public long BlockCacheBytes { get; init; } = 256L << 20;

    /// <summary>Payload of a block before compression.</summary>
    public int BlockBytes { get; init; } = 8192;

    /// <summary>Filter bits for each key of a file; 10 lets about one foreign key in a hundred pass.</summary>
    public int FilterBitsPerKey { get; init; } = 10;

    /// <summary>How blocks of table files are compressed. Files that are there already stay as they are until a compaction.</summary>
    public Compression Compression { get; init; } = Compression.Lz4;

    /// <summary>
    /// How blocks of the last level of a stripe are compressed, which holds most of the data and is rewritten least; null means like the
    /// others.
    /// </summary>
    public Compression? LastLevelCompression { get; init; }

    /// <summary>Table files kept open at a time.</summary>
    public int OpenFilesMax { get; init; } = 256;

    /// <summary>Threads that wait for the disk on behalf of readers.</summary>
    public int ReadThreads { get; init; } = 8;

    /// <summary>
    /// Threads that fill memtables from the log at the opening, the caller's included. As many as there are processors by default, up to 8.
    /// </summary>
    public int ReplayThreads { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>Compactions that run at a time.</summary>
    public int CompactionThreads { get; init; } = 1;

    /// <summary>Bytes that all compactions together write in a second; 0 for no limit.</summary>
    public long CompactionBytesPerSecondMax { get; init; }

    /// <summary>A manifest starts with at least this size.</summary>
    public long ManifestBytesMin { get; init; } = 1 << 20;

    /// <summary>Whether memtables ask for huge pages where the system has them.</summary>
    public bool HugePages { get; init; } = true;

    /// <summary>
    /// The keys under which a store is encrypted; null for one that is not. It is decided when the store is made: a store opens with a ring
    /// that has its keys, or without one, and never the other way.
    /// </summary>
    public IKeyRing? KeyRing { get; init; }

    /// <summary>
    /// A descriptor of this process that gets a line for every group that is about to be published; null for none. Under a tracer of system
    /// calls the lines show what was durable by then.
    /// </summary>
    public int? AuditDescriptor { get; init; }

    /// <summary>Gives random 128-bit ids for stores and files.</summary>
    public Func<UInt128> NewId { get; init; } = () =>
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    };

    /// <summary>Hears of what happens in the background. Must not block or throw.</summary>
    public Action<StoreEvent> OnEvent { get; init; } = _ => { };

    /// <summary>Where the keys of files come from.</summary>
    internal RandomFill RandomBytes { get; init; } = System.Security.Cryptography.RandomNumberGenerator.Fill;

    /// <summary>Hears of every key and nonce that seal something. For tests.</summary>
    internal SealObserver? OnSeal { get; init; }

    internal CompactionOptions Compaction { get; init; } = new();

    internal long BallastBytesTaken => InMemory ? 0 : Math.Min(BallastBytes, LogBytesMax / 4);

    /// <summary>The segments that recovery makes. A log that is not kept needs a place to begin, and no more.</summary>
    internal int FirstSegmentBytes => InMemory ? SegmentBytesMin : SegmentBytes;

    internal SstOptions Sst => new()
    {
        BlockBytes = BlockBytes,
        FilterBitsPerKey = FilterBitsPerKey,
        Compression = Compression,
    };

    internal SstOptions LastLevelSst => Sst with { Compression = LastLevelCompression ?? Compression };

    internal KeyVault? NewVault() => KeyRing is null ? null : new KeyVault(KeyRing, RandomBytes, OnSeal);

    /// <summary>Refuses what cannot work, by name and value.</summary>
    internal void Check()
    {
        bool isStripeCount = StripeCount is >= 1 and <= StoreLimits.StripesMax && int.IsPow2(StripeCount);
        Check(isStripeCount, nameof(StripeCount), StripeCount, "a power of two from 1 to 4096");
        Check(WriteBufferBytesMax >= WriteBufferBytesMin, nameof(WriteBufferBytesMax), WriteBufferBytesMax, "at least 64 KiB");
        Check(MemoryBytesMax >= MemoryBytesMin, nameof(MemoryBytesMax), MemoryBytesMax, "at least 1 MiB");
        bool isSegmentSize = SegmentBytes >= SegmentBytesMin && SegmentBytes % 4096 == 0;
        Check(isSegmentSize, nameof(SegmentBytes), SegmentBytes, "at least 16 KiB and a multiple of 4096");
        Check(LogBytesMax >= 4L * SegmentBytes, nameof(LogBytesMax), LogBytesMax, "at least four segments");
        Check(BallastBytes >= 0, nameof(BallastBytes), BallastBytes, "0 or more");
        Check(BlockCacheBytes >= 0, nameof(BlockCacheBytes), BlockCacheBytes, "0 or more");
        Check(OpenFilesMax >= 4, nameof(OpenFilesMax), OpenFilesMax, "at least 4");
        Check(ReadThreads is >= 1 and <= 256, nameof(ReadThreads), ReadThreads, "from 1 to 256");
        Check(ReplayThreads is >= 1 and <= 256, nameof(ReplayThreads), ReplayThreads, "from 1 to 256");
        Check(CompactionThreads is >= 1 and <= 64, nameof(CompactionThreads), CompactionThreads, "from 1 to 64");
        Check(CompactionBytesPerSecondMax >= 0, nameof(CompactionBytesPerSecondMax), CompactionBytesPerSecondMax, "0 or more");
        Check(ManifestBytesMin >= 4096, nameof(ManifestBytesMin), ManifestBytesMin, "at least 4096");
        Sst.Check();
        LastLevelSst.Check();
    }

    /// <summary>These options for a store on files in memory.</summary>
    internal StoreOptions On(MemoryFileSystem files) => this with
    {
        FileSystem = files,
        ManifestBytesMin = Math.Min(ManifestBytesMin, ManifestBytesInMemory),
        WriteBufferBytesMax = Math.Max(WriteBufferBytesMin, Math.Min(WriteBufferBytesMax, MemoryBytesMax / 4)),
    };

    private static void Check(bool holds, string option, long value, string rule)
    {
        if (!holds)
        {
            throw new StoreException(StoreErrorCode.LimitExceeded, $"{option} is {value}; it has to be {rule}.");
        }
    }
}
