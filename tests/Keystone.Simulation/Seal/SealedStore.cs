using Keystone.Storage;
using Keystone.Storage.Compaction;
using Keystone.Storage.Encryption;
using Keystone.Storage.Sst;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Seal;

/// <summary>One life of an encrypted store on a simulated disk, with what it has to hold: every write is synced and acknowledged.</summary>
internal sealed class SealedStore
{
    /// <summary>Where the store is that is not a copy.</summary>
    public const string Directory = "/store";

    private readonly SortedDictionary<string, byte[]> _expected;
    private readonly Random _random;

    private SealedStore(
        StorageEngine engine, SimulatedFileSystem disk, SeededJobHost host, SortedDictionary<string, byte[]> expected, int seed)
    {
        Engine = engine;
        Disk = disk;
        Host = host;
        _expected = expected;
        _random = new Random(seed);
    }

    public StorageEngine Engine { get; }

    public SimulatedFileSystem Disk { get; }

    public SeededJobHost Host { get; }

    /// <summary>Makes a store, or opens one that has to hold <paramref name="expected"/>.</summary>
    public static SealedStore Open(
        SimulatedFileSystem disk,
        int seed,
        IKeyRing ring,
        SealObserver? observer,
        IReadOnlyDictionary<string, byte[]>? expected,
        string directory = Directory)
    {
        SeededJobHost host = new(seed);
        StoreOptions options = Draw(seed, disk, host) with { KeyRing = ring, OnSeal = observer };
        bool isNew = expected is null;
        StorageEngine engine = isNew ? StorageEngine.Create(directory, options) : StorageEngine.Open(directory, options);
        if (isNew)
        {
            host.Await(engine.ClaimAsync(Enumerable.Range(0, engine.StripeCount).Select(s => new StripeClaim(s, 1))));
        }

        for (int stripe = 0; stripe < engine.StripeCount; stripe++)
        {
            engine.TryServe(new StripeClaim(stripe, 1));
        }

        SealedStore store = new(engine, disk, host, new SortedDictionary<string, byte[]>(expected?.ToDictionary() ?? []), seed);
        store.Check();
        return store;
    }

    /// <summary>What has been acknowledged, as it is at this moment.</summary>
    public Dictionary<string, byte[]> Expected() => new(_expected);

    public void Write(int count)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] key = [(byte)'a', (byte)('a' + _random.Next(26)), (byte)('a' + _random.Next(8))];
            byte[] value = new byte[_random.Next(200)];
            _random.NextBytes(value);
            int stripe = key[1] % Engine.StripeCount;
            Host.Await(Engine.PutAsync(new StripeClaim(stripe, 1), key, value));
            _expected[Convert.ToHexString(key)] = value;
        }
    }

    public void Check()
    {
        byte[] value = new byte[256];
        foreach ((string name, byte[] wanted) in _expected)
        {
            byte[] key = Convert.FromHexString(name);
            ReadResult found = Engine.Get(new StripeClaim(key[1] % Engine.StripeCount, 1), key, value);
            if (found.Status != ReadStatus.Found || !value.AsSpan(0, found.ValueBytes).SequenceEqual(wanted))
            {
                throw new SealFailure($"key {name} is {found}, not {wanted.Length} bytes");
            }
        }
    }

    public void Close() => Host.Await(Engine.DisposeAsync());

    /// <summary>Options so small that some dozens of writes flush, compact, roll and recycle.</summary>
    private static StoreOptions Draw(int seed, SimulatedFileSystem disk, SeededJobHost host)
    {
        Random random = new(seed);
        return new StoreOptions
        {
            JobHost = host,
            FileSystem = disk,
            StripeCount = 1 << random.Next(4),
            SegmentBytes = 16 << 10,
            LogBytesMax = 64 << 10,
            WriteBufferBytesMax = 64 << 10,
            BlockCacheBytes = random.Next(2) * (64 << 10),
            BlockBytes = 256 << random.Next(4),
            Compression = (Compression)random.Next(3),
            ReadThreads = 1,
            ReplayThreads = 1,
            ManifestBytesMin = 4096,
            HugePages = false,
            Compaction = new CompactionOptions
            {
                Level0FilesMax = 2,
                LevelBytesMin = 4 << 10,
                LevelFactor = 4,
                FileBytesFirst = 2 << 10,
                FileBytesMax = 16 << 10,
            },
        };
    }
}
