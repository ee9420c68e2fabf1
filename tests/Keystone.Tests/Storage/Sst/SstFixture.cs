using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Entries;
using Keystone.Storage.Files;
using Keystone.Storage.Sst;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

internal sealed record TestEntry(byte[] Key, ulong Sequence, EntryKind Kind, byte[] Value)
{
    public ulong Stamp => EntryStamp.Of(Sequence, Kind);

    public override string ToString() => $"{Convert.ToHexString(Key)} {Sequence} {Kind} {Value.Length} B";
}

/// <summary>A cache, a handle cache and files in memory. Disposing proves that every native byte and every handle was given back.</summary>
internal sealed class SstFixture : IDisposable
{
    public const string Directory = "/store";

    private readonly List<SstReader> _readers = [];

    public SstFixture(long cacheBytes = 64 << 20, int handles = 16)
    {
        Cache = new BlockCache(cacheBytes, CacheAccount);
        Handles = new HandleCache(Files, Directory, handles);
    }

    public MemoryFiles Files { get; } = new();

    public MemoryAccount BuildAccount { get; } = new("build");

    public MemoryAccount CacheAccount { get; } = new("cache");

    public MemoryAccount ScanAccount { get; } = new("scan");

    public BlockCache Cache { get; }

    public HandleCache Handles { get; }

    public static string PathOf(long number) => $"{Directory}/{FileNames.Sst(number)}";

    public static (byte[] Bytes, SstMeta Meta) Build(
        IEnumerable<TestEntry> entries,
        SstOptions options,
        long number = 1,
        UInt128? fileId = null,
        MemoryAccount? account = null,
        DataKey? key = null)
    {
        MemoryAccount used = account ?? new MemoryAccount("build");
        using MemoryStream file = new();
        SstMeta meta;
        using (SstBuilder builder = new(options, used))
        {
            builder.Begin(number, fileId ?? (UInt128)number * 12345, key);
            int taken = 0;
            foreach (TestEntry entry in entries)
            {
                builder.Add(entry.Key, entry.Stamp, entry.Value);
                if (builder.Finished.Length > 10_000)
                {
                    // A part now and then, as when a write comes back short.
                    Take(builder, file, ++taken % 3 == 0 ? builder.Finished.Length / 2 : builder.Finished.Length);
                }
            }

            meta = builder.Finish();
            Take(builder, file, builder.Finished.Length);
            Assert.Equal(0, builder.Finished.Length);
        }

        Assert.Equal(0, used.Bytes);
        Assert.Equal(file.Length, meta.FileBytes);
        return (file.ToArray(), meta);
    }

    public SstReader Add(IEnumerable<TestEntry> entries, SstOptions options, long number = 1)
    {
        (byte[] bytes, SstMeta meta) = Build(entries, options, number, account: BuildAccount);
        return Add(bytes, meta);
    }

    public SstReader Add(byte[] bytes, SstMeta meta)
    {
        Files.Files[PathOf(meta.FileNumber)] = bytes;
        SstReader reader = new(meta, Cache, Handles);
        _readers.Add(reader);
        return reader;
    }

    public void Dispose()
    {
        foreach (SstReader reader in _readers)
        {
            Assert.True(reader.Release());
        }

        Cache.Dispose();
        Handles.Dispose();
        Assert.Equal(0, Cache.Bytes);
        Assert.Equal(0, CacheAccount.Bytes);
        Assert.Equal(0, ScanAccount.Bytes);
        Assert.Equal(0, BuildAccount.Bytes);
        Assert.Equal(0, Files.Open);
        Assert.Equal(0, Handles.OpenCount);
    }

    private static void Take(SstBuilder builder, MemoryStream file, int bytes)
    {
        Assert.Equal(file.Length, builder.FinishedOffset);
        file.Write(builder.Finished[..bytes]);
        builder.Taken(bytes);
    }
}
