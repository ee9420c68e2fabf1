using System.Runtime.CompilerServices;

namespace Keystone.Storage.Sst;

/// <summary>
/// The cached blocks of one file by number. Read without a lock; changed under the lock of the cache. The table comes in chunks
/// that exist only while a block of theirs is cached, so that a large file with few cached blocks costs little.
/// </summary>
internal sealed class BlockSlots(int blocks)
{
    private const int ChunkBits = 6;
    private const int ChunkSlots = 1 << ChunkBits;

    private readonly Chunk?[] _chunks = new Chunk?[(blocks + ChunkSlots - 1) >> ChunkBits];

    private sealed class Chunk
    {
        public readonly CachedBlock?[] Blocks = new CachedBlock?[ChunkSlots];
        public int Count;
    }

    /// <summary>Set when the file was dropped: nothing of it enters the cache any more.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>What stands there. By the time it is looked at it may be gone: <see cref="CachedBlock.TryPin"/> decides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CachedBlock? Get(int ordinal) => _chunks[ordinal >> ChunkBits]?.Blocks[ordinal & (ChunkSlots - 1)];

    public void Set(CachedBlock block)
    {
        Chunk chunk = _chunks[block.Ordinal >> ChunkBits] ??= new Chunk();
        chunk.Count++;
        Volatile.Write(ref chunk.Blocks[block.Ordinal & (ChunkSlots - 1)], block);
    }

    public void Remove(CachedBlock block)
    {
        Chunk? chunk = _chunks[block.Ordinal >> ChunkBits];
        Invariant.Require(chunk != null);
        chunk.Blocks[block.Ordinal & (ChunkSlots - 1)] = null;
        if (--chunk.Count == 0)
        {
            _chunks[block.Ordinal >> ChunkBits] = null;
        }
    }

    public void Close() => IsClosed = true;

    /// <summary>A block that still stands in the table, or null.</summary>
    public CachedBlock? Any()
    {
        foreach (Chunk? chunk in _chunks)
        {
            if (chunk != null)
            {
                return Array.Find(chunk.Blocks, static block => block != null);
            }
        }

        return null;
    }
}
