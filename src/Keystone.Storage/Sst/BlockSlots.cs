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

    private readonly CachedBlock?[]?[] _chunks = new CachedBlock?[]?[(blocks + ChunkSlots - 1) >> ChunkBits];

    // How many blocks each chunk holds.
    private readonly byte[] _counts = new byte[(blocks + ChunkSlots - 1) >> ChunkBits];

    /// <summary>Set when the file was dropped: nothing of it enters the cache any more.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>What stands there. By the time it is looked at it may be gone: <see cref="CachedBlock.TryPin"/> decides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CachedBlock? Get(int ordinal) => _chunks[ordinal >> ChunkBits]?[ordinal & (ChunkSlots - 1)];

    public void Set(CachedBlock block)
    {
        int at = block.Ordinal >> ChunkBits;
        CachedBlock?[] chunk = _chunks[at] ??= new CachedBlock?[ChunkSlots];
        _counts[at]++;
        Volatile.Write(ref chunk[block.Ordinal & (ChunkSlots - 1)], block);
    }

    public void Remove(CachedBlock block)
    {
        int at = block.Ordinal >> ChunkBits;
        CachedBlock?[]? chunk = _chunks[at];
        Invariant.Require(chunk != null && _counts[at] > 0);
        chunk[block.Ordinal & (ChunkSlots - 1)] = null;
        if (--_counts[at] == 0)
        {
            _chunks[at] = null;
        }
    }

    /// <summary>Takes every block out, handing each to <paramref name="drop"/>, and lets none in any more.</summary>
    public void Close(Action<CachedBlock> drop)
    {
        IsClosed = true;
        for (int at = 0; at < _chunks.Length; at++)
        {
            if (_chunks[at] is { } chunk)
            {
                foreach (CachedBlock? block in chunk)
                {
                    if (block != null)
                    {
                        drop(block);
                    }
                }
            }
        }
    }
}
