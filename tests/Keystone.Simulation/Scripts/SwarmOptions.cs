using Keystone.Storage;
using Keystone.Storage.Compaction;
using Keystone.Storage.Sst;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Keystone.Testing.Keys;

namespace Keystone.Simulation.Scripts;

/// <summary>
/// Options of a small store, drawn from a seed, so that every seed is another engine: sizes so small that a few hundred operations flush,
/// compact, roll and recycle. Ids differ from life to life of a disk and are the same in every run.
/// </summary>
internal static class SwarmOptions
{
    public const string Directory = "/store";

    public static StoreOptions Draw(int seed, SimulatedFileSystem files, SeededJobHost host)
    {
        Random random = new(seed);
        int segment = 16 << 10 << random.Next(2);
        int ids = 0;
        return new StoreOptions
        {
            JobHost = host,
            FileSystem = files,
            StripeCount = 1 << random.Next(4),
            SegmentBytes = segment,
            LogBytesMax = segment * (4L + random.Next(3)),
            WriteBufferBytesMax = 64L << 10 << random.Next(2),
            BlockCacheBytes = random.Next(3) switch { 0 => 0, 1 => 4 << 10, _ => 1 << 20 },
            BlockBytes = 256 << random.Next(5),
            FilterBitsPerKey = random.Next(3) == 0 ? 0 : random.Next(21),
            Compression = (Compression)random.Next(3),
            LastLevelCompression = random.Next(2) == 0 ? null : (Compression)random.Next(3),
            KeyRing = seed % 2 == 0 ? new TestKeyRing("swarm") : null,
            OpenFilesMax = 4 + random.Next(8),
            ReadThreads = 1,
            ManifestBytesMin = 4096,
            HugePages = false,
            NewId = () => new UInt128((ulong)seed, ((ulong)files.CrashCount << 32) + (ulong)++ids),
            Compaction = new CompactionOptions
            {
                Level0FilesMax = 2 + random.Next(3),
                LevelBytesMin = 4 << 10,
                LevelFactor = 4,
                FileBytesFirst = 2 << 10,
                FileBytesMax = 16 << 10,
            },
            ReplayThreads = 1 + random.Next(3),
            BallastBytes = random.Next(4) == 0 ? 8 << 10 : 0,
        };
    }
}
