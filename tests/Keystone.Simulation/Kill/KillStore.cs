using Keystone.Storage;
using Keystone.Storage.Compaction;
using Keystone.Storage.Jobs;
using Keystone.Storage.Sst;
using Keystone.Testing;

namespace Keystone.Simulation.Kill;

/// <summary>
/// The store that is written, killed and looked at: budgets so small that half a second of writing flushes, compacts and recycles log
/// segments, drawn from the seed so that every directory has others.
/// </summary>
internal static class KillStore
{
    /// <summary>The epoch under which the store owns its stripes.</summary>
    public const ulong Epoch = 1;

    public static StoreOptions Draw(int seed, int store, IJobHost host)
    {
        Dice dice = new(seed, store);
        int segment = 128 << 10 << dice.Below(3);
        return new StoreOptions
        {
            JobHost = host,
            StripeCount = 1 << dice.Below(7),
            SegmentBytes = segment,
            LogBytesMax = segment * (4L + dice.Below(3)),
            WriteBufferBytesMax = 256L << 10 << dice.Below(3),
            BlockCacheBytes = (long)dice.Below(3) << 20,
            BlockBytes = 1024 << dice.Below(4),
            Compression = (Compression)dice.Below(3),
            OpenFilesMax = 8 + dice.Below(64),
            ReadThreads = 2,
            CompactionThreads = 1 + dice.Below(2),
            ManifestBytesMin = 4096 << dice.Below(6),
            HugePages = false,
            Compaction = new CompactionOptions
            {
                Level0FilesMax = 2 + dice.Below(3),
                LevelFactor = 4,
                LevelBytesMin = 32 << 10,
                FileBytesFirst = 16 << 10,
                FileBytesMax = 128 << 10,
            },
        };
    }

    /// <summary>Makes the store and claims all of its stripes.</summary>
    public static async Task<int> CreateAsync(string directory, int seed, int store)
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = StorageEngine.Create(directory, Draw(seed, store, host));
        await engine.ClaimAsync(Enumerable.Range(0, engine.StripeCount).Select(stripe => new StripeClaim(stripe, Epoch)));
        return engine.StripeCount;
    }

    /// <summary>Opens the store with all stripes in service.</summary>
    public static StorageEngine Open(string directory, int seed, int store, IJobHost host, int? auditDescriptor = null)
    {
        StorageEngine engine = StorageEngine.Open(directory, Draw(seed, store, host) with { AuditDescriptor = auditDescriptor });
        for (int stripe = 0; stripe < engine.StripeCount; stripe++)
        {
            KillFailure.Require(engine.TryServe(new StripeClaim(stripe, Epoch)), $"the claim of stripe {stripe} is gone");
        }

        return engine;
    }
}
