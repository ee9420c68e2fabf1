using Keystone.Storage.Buffers;

namespace Keystone.Storage;

/// <summary>The native memory of a store by purpose. All are zero once it is closed.</summary>
public sealed class StoreAccounts
{
    /// <summary>Memtables.</summary>
    public MemoryAccount WriteBuffers { get; } = new("write-buffers");

    /// <summary>Cached blocks of table files.</summary>
    public MemoryAccount BlockCache { get; } = new("block-cache");

    /// <summary>Groups on their way to the log and the manifest, and what recovery reads them with.</summary>
    public MemoryAccount Log { get; } = new("log");

    /// <summary>Buffers of flush and compaction.</summary>
    public MemoryAccount Compaction { get; } = new("compaction");

    /// <summary>What iterators copy into.</summary>
    public MemoryAccount Iterators { get; } = new("iterators");

    /// <summary>Files of a store that lives in memory alone.</summary>
    public MemoryAccount Files { get; } = new("files");

    /// <summary>All of them.</summary>
    public IReadOnlyList<MemoryAccount> All => [WriteBuffers, BlockCache, Log, Compaction, Iterators, Files];
}
