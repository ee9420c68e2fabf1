namespace Keystone.Storage;

/// <summary>Figures of a store at one moment. Counters run since it was opened.</summary>
public sealed record StoreStatistics
{
    /// <summary>Stripes of the store.</summary>
    public required int StripeCount { get; init; }

    /// <summary>Stripes that hold anything.</summary>
    public required int UsedStripes { get; init; }

    /// <summary>Table files by level, 0 to 6.</summary>
    public required IReadOnlyList<int> FilesByLevel { get; init; }

    /// <summary>Bytes of table files by level.</summary>
    public required IReadOnlyList<long> BytesByLevel { get; init; }

    /// <summary>Versions in table files, removals and hidden ones included.</summary>
    public required long FileEntries { get; init; }

    /// <summary>Versions in memtables.</summary>
    public required long MemoryEntries { get; init; }

    /// <summary>Memory of memtables, bytes.</summary>
    public required long WriteBufferBytes { get; init; }

    /// <summary>Segments of the log in use, bytes.</summary>
    public required long LogBytes { get; init; }

    /// <summary>Cached blocks, bytes.</summary>
    public required long BlockCacheBytes { get; init; }

    /// <summary>Blocks that had to be read from the disk.</summary>
    public required long BlockCacheMisses { get; init; }

    /// <summary>Table files that are open.</summary>
    public required int OpenTableFiles { get; init; }

    /// <summary>Groups written to the log.</summary>
    public required long Groups { get; init; }

    /// <summary>Syncs of the log.</summary>
    public required long Syncs { get; init; }

    /// <summary>Bytes written to the log.</summary>
    public required long LogBytesWritten { get; init; }

    /// <summary>Flushes, each of several stripes.</summary>
    public required long Flushes { get; init; }

    /// <summary>Bytes written by flushes.</summary>
    public required long FlushBytesWritten { get; init; }

    /// <summary>Compactions.</summary>
    public required long Compactions { get; init; }

    /// <summary>Bytes read by compactions.</summary>
    public required long CompactionBytesRead { get; init; }

    /// <summary>Bytes written by compactions.</summary>
    public required long CompactionBytesWritten { get; init; }

    /// <summary>Writes that had to wait for memory or log space.</summary>
    public required long StalledWrites { get; init; }

    /// <summary>Room that is put by for a full disk at this moment, bytes.</summary>
    public required long BallastBytes { get; init; }

    /// <summary>How often that room was given back because the disk was full.</summary>
    public required long BallastReleases { get; init; }

    /// <summary>Why flush, manifest or log have to wait and try again, such as a full disk; null while nothing hinders them.</summary>
    public required string? Hindrance { get; init; }

    /// <summary>Snapshots that are held.</summary>
    public required int Snapshots { get; init; }

    /// <summary>How long the oldest of them has been held.</summary>
    public required TimeSpan OldestSnapshotAge { get; init; }

    /// <summary>Whether writes are refused after a failed log or manifest write, or because a job that they need is dead.</summary>
    public required bool IsPoisoned { get; init; }

    /// <summary>The name of the first background job that ended with an error; null while all is well.</summary>
    public required string? FailedJob { get; init; }
}
