using System.Buffers;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Storage.Sst;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>Which codec the files of a store are packed with, told by their size.</summary>
public sealed class CompressionTests : IDisposable
{
    private const int Records = 3000;

    private readonly string _directory = Directory.CreateTempSubdirectory("keystone-codec-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Each_codec_makes_the_files_smaller_and_the_last_level_may_have_its_own()
    {
        long plain = await SizeAsync(Compression.None, null);
        long lz4 = await SizeAsync(Compression.Lz4, null);
        long zstd = await SizeAsync(Compression.Zstd, null);
        Assert.True(zstd < lz4 && lz4 < plain, $"{plain} bytes as they are, {lz4} with LZ4, {zstd} with Zstandard");
        Assert.Equal(zstd, await SizeAsync(Compression.Lz4, Compression.Zstd));
        Assert.Equal(plain, await SizeAsync(Compression.Zstd, Compression.None));
    }

    [Fact]
    public async Task A_codec_that_nobody_knows_is_refused()
    {
        await using ThreadJobHost host = new();
        StoreOptions options = EngineFixture.Options(host) with { LastLevelCompression = (Compression)3 };
        StoreException refusal = Assert.Throws<StoreException>(() => StorageEngine.Create("/nowhere", options));
        Assert.Equal(StoreErrorCode.LimitExceeded, refusal.Code);
    }

    /// <summary>Writes, merges each stripe into one level, opens anew, reads everything, and tells how large the files are.</summary>
    private async Task<long> SizeAsync(Compression compression, Compression? lastLevel)
    {
        string path = Path.Combine(_directory, $"{compression}-{lastLevel}");
        await using ThreadJobHost host = new();
        StoreOptions options = EngineFixture.Options(host) with { Compression = compression, LastLevelCompression = lastLevel };
        await using (StorageEngine engine = StorageEngine.Create(path, options))
        {
            await engine.ClaimAsync(Enumerable.Range(0, EngineFixture.Stripes).Select(s => new StripeClaim(s, 1)));
            EngineFixture.Serve(engine);
            for (int i = 0; i < Records; i++)
            {
                await engine.PutAsync(EngineFixture.ClaimOf(i), Key(i), Value(i), WriteDurability.Buffered);
                if (i == Records / 2)
                {
                    // A stripe with one file has nothing to merge: the file would go down as it is.
                    await engine.FlushAsync();
                }
            }

            await engine.CompactAsync();
        }

        await using StorageEngine again = StorageEngine.Open(path, options);
        EngineFixture.Serve(again);
        for (int i = 0; i < Records; i++)
        {
            ArrayBufferWriter<byte> read = new();
            ReadResult result = await again.GetAsync(EngineFixture.ClaimOf(i), Key(i), read);
            Assert.True(result.Status == ReadStatus.Found && read.WrittenSpan.SequenceEqual(Value(i)));
        }

        Assert.Empty(await again.VerifyAsync());
        return again.Statistics().BytesByLevel.Sum();
    }

    private static byte[] Key(int i) => System.Text.Encoding.ASCII.GetBytes($"item-{i:D6}");

    private static byte[] Value(int i) => System.Text.Encoding.ASCII.GetBytes($"a city of number {i * 7919 % 1000} with {i} people");
}
