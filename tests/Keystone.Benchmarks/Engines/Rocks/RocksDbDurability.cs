namespace Keystone.Benchmarks.Engines.Rocks;

/// <summary>How a durable put waits.</summary>
internal enum RocksDbDurability
{
    /// <summary>Tasks await one write batch, which one thread writes with sync: the peer to beat.</summary>
    Grouped,

    /// <summary>Every writer is a blocked thread, and RocksDB groups them itself.</summary>
    AsShipped,
}
