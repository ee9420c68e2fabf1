namespace Keystone.Benchmarks.Engines.Sqlite;

/// <summary>
/// SQLite at its best for these workloads within the common budgets; the README says why. What a connection reads lies in a map that all
/// of them share, so the budget of the cache is the map's; the one writer has the budget of the write buffers.
/// </summary>
internal static class SqliteSettings
{
    public const string Schema = "CREATE TABLE IF NOT EXISTS record(key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID";

    public const string Buffered = "PRAGMA synchronous=NORMAL";
    public const string Synced = "PRAGMA synchronous=FULL";

    public const string Checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    public const string Compact = "VACUUM";

    /// <summary>Pages in the log before a writer copies them into the database.</summary>
    private const int CheckpointPages = 16384;

    private const long ReaderCacheBytes = 8L << 20;

    public static string Writer { get; } =
        $"{ForAll}; PRAGMA cache_size=-{EngineSettings.WriteBufferBytes >> 10}; PRAGMA wal_autocheckpoint={CheckpointPages}; {Buffered}";

    public static string Reader { get; } = $"{ForAll}; PRAGMA cache_size=-{ReaderCacheBytes >> 10}";

    private static string ForAll => $"PRAGMA journal_mode=WAL; PRAGMA mmap_size={EngineSettings.CacheBytes}";
}
