using Keystone.Storage;
using Keystone.Storage.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>A small engine with all stripes claimed and in service.</summary>
internal static class EngineFixture
{
    public const int Stripes = 16;

    public static StripeClaim ClaimOf(int i) => new((i & int.MaxValue) % Stripes, 1);

    public static StoreOptions Options(IJobHost host, long writeBufferBytes = 1 << 20) => new()
    {
        JobHost = host,
        StripeCount = Stripes,
        WriteBufferBytesMax = writeBufferBytes,
        SegmentBytes = 256 << 10,
        LogBytesMax = 2 * writeBufferBytes,
        BlockCacheBytes = 1 << 20,
        HugePages = false,
        MemoryBytesMax = 64 << 20,
    };

    public static async Task<StorageEngine> CreateAsync(
        string path, IJobHost host, long writeBufferBytes = 1 << 20, bool inMemory = false)
    {
        StorageEngine engine = StorageEngine.Create(path, Options(host, writeBufferBytes) with { InMemory = inMemory });
        await engine.ClaimAsync(Enumerable.Range(0, Stripes).Select(s => new StripeClaim(s, 1)));
        Serve(engine);
        return engine;
    }

    public static StorageEngine Open(string path, IJobHost host)
    {
        StorageEngine engine = StorageEngine.Open(path, Options(host));
        Serve(engine);
        return engine;
    }

    public static void Serve(StorageEngine engine)
    {
        for (int stripe = 0; stripe < Stripes; stripe++)
        {
            Assert.True(engine.TryServe(new StripeClaim(stripe, 1)));
        }
    }
}
