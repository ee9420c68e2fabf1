using Keystone.Storage;
using Keystone.Storage.Compaction;
using Keystone.Storage.Sst;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Keystone.Testing.Keys;

namespace Keystone.Simulation.Laws.Options;

/// <summary>
/// A set of options under which every history has to give the same answers, and how often maintenance comes between its operations. The
/// sets have little in common.
/// </summary>
internal sealed record OptionSet(string Name, Func<StoreOptions, StoreOptions> Apply, double MaintenanceShare)
{
    public static readonly OptionSet[] All =
    [
        new("plain", o => o, MaintenanceShare: 0),
        new("one stripe, reopened often", o => o with { StripeCount = 1 }, MaintenanceShare: 0.2),
        new("many stripes, tiny blocks, no cache", o => o with { StripeCount = 16, BlockBytes = 256, BlockCacheBytes = 0 }, 0.1),
        new("no filters, large blocks, no compression", o => o with
        {
            FilterBitsPerKey = 0,
            BlockBytes = 16 << 10,
            Compression = Compression.None,
        }, 0.1),
        new("little log, small buffers", o => o with { LogBytesMax = 64 << 10, WriteBufferBytesMax = 64 << 10 }, 0.05),
        new("zstd, twenty filter bits", o => o with { Compression = Compression.Zstd, FilterBitsPerKey = 20 }, 0.1),
        new("lz4 above zstd, steep levels", o => o with
        {
            Compression = Compression.Lz4,
            LastLevelCompression = Compression.Zstd,
            Compaction = new CompactionOptions
            {
                Level0FilesMax = 1,
                LevelBytesMin = 1 << 10,
                LevelFactor = 2,
                FileBytesFirst = 512,
                FileBytesMax = 1 << 10,
            },
        }, 0.2),
        new("large buffers and segments", o => o with
        {
            WriteBufferBytesMax = 1 << 20,
            SegmentBytes = 64 << 10,
            LogBytesMax = 1 << 20,
        }, 0.05),
        new("in memory", o => o with { InMemory = true }, 0.1),
        new("encrypted, few files open", o => o with { KeyRing = new TestKeyRing("options"), OpenFilesMax = 4 }, 0.2),
    ];

    /// <summary>Options of a small store, as this set changes them.</summary>
    public StoreOptions Draw(SimulatedFileSystem files, SeededJobHost host) => Apply(new StoreOptions
    {
        JobHost = host,
        FileSystem = files,
        StripeCount = 4,
        SegmentBytes = 16 << 10,
        LogBytesMax = 256 << 10,
        WriteBufferBytesMax = 256 << 10,
        BlockCacheBytes = 64 << 10,
        BlockBytes = 1024,
        OpenFilesMax = 16,
        ReadThreads = 1,
        ReplayThreads = 1,
        ManifestBytesMin = 4096,
        HugePages = false,
    });
}
