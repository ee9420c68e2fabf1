namespace Keystone.Orleans.Silo.Metrics;

/// <summary>The names under which a silo reports its figures. They do not change.</summary>
public static class KeystoneMetrics
{
    /// <summary>The meter.</summary>
    public const string MeterName = "Keystone.Orleans";

    /// <summary>
    /// A histogram of the time of operations, in seconds, with the tags kind and status. Its count is that of the operations.
    /// </summary>
    public const string OperationDuration = "keystone-operation-duration";

    internal const string StripesServing = "keystone-stripes-serving";
    internal const string Tables = "keystone-tables";
    internal const string TableFiles = "keystone-table-files";
    internal const string TableFileBytes = "keystone-table-file-size";
    internal const string WriteBufferBytes = "keystone-write-buffer-size";
    internal const string LogBytes = "keystone-log-size";
    internal const string LogBytesWritten = "keystone-log-written";
    internal const string LogSyncs = "keystone-log-syncs";
    internal const string LogGroups = "keystone-log-groups";
    internal const string BlockCacheBytes = "keystone-block-cache-size";
    internal const string BlockCacheMisses = "keystone-block-cache-misses";
    internal const string OpenTableFiles = "keystone-open-table-files";
    internal const string Flushes = "keystone-flushes";
    internal const string FlushBytesWritten = "keystone-flush-written";
    internal const string Compactions = "keystone-compactions";
    internal const string CompactionBytesRead = "keystone-compaction-read";
    internal const string CompactionBytesWritten = "keystone-compaction-written";
    internal const string StalledWrites = "keystone-stalled-writes";
    internal const string BallastBytes = "keystone-ballast-size";
    internal const string BallastReleases = "keystone-ballast-releases";
    internal const string IsHindered = "keystone-hindered";
    internal const string HasFailedJob = "keystone-job-failed";
    internal const string IsPoisoned = "keystone-poisoned";
}
