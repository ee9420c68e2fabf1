using Keystone.Storage;
using Keystone.Storage.Compaction;
using Keystone.Storage.Sst;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Keystone.Testing.Keys;

namespace Keystone.Simulation.Crash;

/// <summary>
/// Options of a small store, drawn from a seed, so that every seed is another engine: sizes so small that a few hundred operations flush,
/// compact, roll and recycle.
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
            BlockBytes = 256 << random.Next(4),
            FilterBitsPerKey = random.Next(2) * 10,
            Compression = (Compression)random.Next(3),
            LastLevelCompression = random.Next(2) == 0 ? null : (Compression)random.Next(3),
            KeyRing = seed % 2 == 0 ? new TestKeyRing("swarm") : null,
            OpenFilesMax = 4 + random.Next(8),
            ReadThreads = 1,
            ManifestBytesMin = 4096,
            HugePages = false,
            NewId = () => new UInt128((ulong)seed, (ulong)Interlocked.Increment(ref ids) + ((ulong)files.GetHashCode() << 32)),
            Compaction = new CompactionOptions
            {
                Level0FilesMax = 2 + random.Next(3),
                LevelBytesMin = 4 << 10,
                LevelFactor = 4,
                FileBytesFirst = 2 << 10,
                FileBytesMax = 16 << 10,
            },
            ReplayThreads = 1 + random.Next(3),
        };
    }
}
