namespace Keystone.Benchmarks.Engines.Lmdb;

/// <summary>What a commit waits for.</summary>
internal enum LmdbDurability
{
    /// <summary>MDB_NOSYNC: pages and meta page have reached write(). A killed process loses nothing, a power failure may.</summary>
    Buffered,

    /// <summary>Pages are synced, then the meta page is written with sync.</summary>
    Synced,
}
