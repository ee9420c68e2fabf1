namespace Keystone.Orleans.Silo.Metrics;

/// <summary>The names under which a silo reports its figures. They do not change.</summary>
public static class KeystoneMetrics
{
    /// <summary>The meter.</summary>
    public const string MeterName = "Keystone.Orleans";

    /// <summary>
    /// A histogram of the time of operations, in seconds, with the tags kind and status. Its count is that of the operations.
    /// </summary>
    public const string OperationDuration = "kstone-operation-duration";

    internal const string StripesServing = "kstone-stripes-serving";
    internal const string Tables = "kstone-tables";
    internal const string TableFiles = "kstone-table-files";
    internal const string TableFileBytes = "kstone-table-file-size";
    internal const string WriteBufferBytes = "kstone-write-buffer-size";
    internal const string LogBytes = "kstone-log-size";
    internal const string LogBytesWritten = "kstone-log-written";
    internal const string LogSyncs = "kstone-log-syncs";
    internal const string LogGroups = "kstone-log-groups";
    internal const string BlockCacheBytes = "kstone-block-cache-size";
    internal const string BlockCacheMisses = "kstone-block-cache-misses";
    internal const string OpenTableFiles = "kstone-open-table-files";
    internal const string Flushes = "kstone-flushes";
    internal const string FlushBytesWritten = "kstone-flush-written";
    internal const string Compactions = "kstone-compactions";
    internal const string CompactionBytesRead = "kstone-compaction-read";
    internal const string CompactionBytesWritten = "kstone-compaction-written";
    internal const string StalledWrites = "kstone-stalled-writes";
    internal const string BallastBytes = "kstone-ballast-size";
    internal const string BallastReleases = "kstone-ballast-releases";
    internal const string IsHindered = "kstone-hindered";
    internal const string HasFailedJob = "kstone-job-failed";
    internal const string IsPoisoned = "kstone-poisoned";
}
