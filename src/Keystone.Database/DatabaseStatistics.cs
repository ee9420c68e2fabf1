using Keystone.Database.Catalog;
using Keystone.Storage;

namespace Keystone.Database;

/// <summary>Figures of a database on one disk at one moment. Counters run since it was opened.</summary>
public sealed record DatabaseStatistics
{
    /// <summary>Tables, those that are being removed too.</summary>
    public required int Tables { get; init; }

    /// <summary>The version of the catalog.</summary>
    public required ulong CatalogVersion { get; init; }

    /// <summary>Stripes of the database.</summary>
    public required int StripeCount { get; init; }

    /// <summary>Stripes that hold anything.</summary>
    public required int UsedStripes { get; init; }

    /// <summary>Table files by level.</summary>
    public required IReadOnlyList<int> FilesByLevel { get; init; }

    /// <summary>Bytes of table files by level.</summary>
    public required IReadOnlyList<long> BytesByLevel { get; init; }

    /// <summary>Versions of items in table files, removals and hidden ones too.</summary>
    public required long FileEntries { get; init; }

    /// <summary>Versions of items in memory.</summary>
    public required long MemoryEntries { get; init; }

    /// <summary>Memory of what is not in table files, bytes.</summary>
    public required long WriteBufferBytes { get; init; }

    /// <summary>The log in use, bytes.</summary>
    public required long LogBytes { get; init; }

    /// <summary>Cached blocks, bytes.</summary>
    public required long BlockCacheBytes { get; init; }

    /// <summary>Blocks that had to be read from the disk.</summary>
    public required long BlockCacheMisses { get; init; }

    /// <summary>Table files that are open.</summary>
    public required int OpenTableFiles { get; init; }

    /// <summary>Groups of writes.</summary>
    public required long Groups { get; init; }

    /// <summary>Syncs of the log.</summary>
    public required long Syncs { get; init; }

    /// <summary>Bytes written to the log.</summary>
    public required long LogBytesWritten { get; init; }

    /// <summary>Flushes.</summary>
    public required long Flushes { get; init; }

    /// <summary>Bytes written by flushes.</summary>
    public required long FlushBytesWritten { get; init; }

    /// <summary>Compactions.</summary>
    public required long Compactions { get; init; }

    /// <summary>Bytes read by compactions.</summary>
    public required long CompactionBytesRead { get; init; }

    /// <summary>Bytes written by compactions.</summary>
    public required long CompactionBytesWritten { get; init; }

    /// <summary>Writes that had to wait for memory or for room in the log.</summary>
    public required long StalledWrites { get; init; }

    /// <summary>Room that is put by for a full disk at this moment, bytes.</summary>
    public required long BallastBytes { get; init; }

    /// <summary>How often that room was given back because the disk was full.</summary>
    public required long BallastReleases { get; init; }

    /// <summary>Why the disk has to wait and try again, such as that it is full; null while nothing hinders it.</summary>
    public required string? Hindrance { get; init; }

    /// <summary>Whether writes are refused after a failed write, or because a job that they need is dead.</summary>
    public required bool IsPoisoned { get; init; }

    /// <summary>The name of the first background job that is dead; null while all live.</summary>
    public required string? FailedJob { get; init; }

    internal static DatabaseStatistics Of(StoreStatistics store, CatalogSnapshot catalog) => new()
    {
        Tables = catalog.Tables.Count,
        CatalogVersion = catalog.Version,
        StripeCount = store.StripeCount,
        UsedStripes = store.UsedStripes,
        FilesByLevel = store.FilesByLevel,
        BytesByLevel = store.BytesByLevel,
        FileEntries = store.FileEntries,
        MemoryEntries = store.MemoryEntries,
        WriteBufferBytes = store.WriteBufferBytes,
        LogBytes = store.LogBytes,
        BlockCacheBytes = store.BlockCacheBytes,
        BlockCacheMisses = store.BlockCacheMisses,
        OpenTableFiles = store.OpenTableFiles,
        Groups = store.Groups,
        Syncs = store.Syncs,
        LogBytesWritten = store.LogBytesWritten,
        Flushes = store.Flushes,
        FlushBytesWritten = store.FlushBytesWritten,
        Compactions = store.Compactions,
        CompactionBytesRead = store.CompactionBytesRead,
        CompactionBytesWritten = store.CompactionBytesWritten,
        StalledWrites = store.StalledWrites,
        BallastBytes = store.BallastBytes,
        BallastReleases = store.BallastReleases,
        Hindrance = store.Hindrance,
        IsPoisoned = store.IsPoisoned,
        FailedJob = store.FailedJob,
    };
}
