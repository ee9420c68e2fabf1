using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;

namespace Keystone.Storage.Sst;

/// <summary>
/// The blocks of one file, by number: out of the cache, or, where blocking is allowed, from the disk through it. Whoever is given a block
/// holds it and lets it go with <see cref="CachedBlock.Unpin"/>; the root alone is held by this object, until <see cref="Close"/>.
/// </summary>
internal sealed unsafe class SstBlocks
{
    private const int CacheLineBytes = 64;
    private const int PrefetchBytesMax = 1024;
    private const int RootOrdinal = -1;

    private readonly SstFooter _footer;
    private readonly BlockCache _cache;
    private readonly HandleCache _handles;
    private readonly SstHandle _handle;
    private readonly BlockSlots _slots;
    private readonly DataKey? _key;
    private CachedBlock? _root;

    /// <summary>Throws Corrupt when the footer in the description is not that of a file.</summary>
    public SstBlocks(SstMeta meta, BlockCache cache, HandleCache handles, DataKey? key)
    {
        _footer = SstFooter.Decode(meta);
        _key = key;
        Io = new BlockIo(_footer, key);
        _cache = cache;
        _handles = handles;
        _handle = new SstHandle(meta.FileNumber);
        _slots = new BlockSlots(_footer.NumberedBlocks);
    }

    public ref readonly SstFooter Footer => ref _footer;

    /// <summary>What a block goes through on its way in.</summary>
    public BlockIo Io { get; }

    public MemoryAccount CacheAccount => _cache.Account;

    /// <summary>The root of the index, which stays while the reader lives; null when it is not there and may not be read.</summary>
    public CachedBlock? Root(bool mayBlock) => Volatile.Read(ref _root) ?? (mayBlock ? LoadRoot() : null);

    /// <summary>A block by number, held for the caller; null when it is not cached and may not be read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CachedBlock? Pin(BlockKind kind, int ordinal, BlockLocation location, bool mayBlock)
    {
        CachedBlock? block = _slots.Get(ordinal);
        if (block != null && block.TryPin())
        {
            block.Touch();
            return block;
        }

        return mayBlock ? _cache.Add(_slots, Read(kind, ordinal, location)) : null;
    }

    /// <summary>
    /// Asks for the columns of a cached data block, which a walk is about to come to, while the block before it is walked.
    /// </summary>
    public void Prefetch(int ordinal)
    {
        if (Sse.IsSupported && ordinal < _footer.DataBlocks && _slots.Get(ordinal) is { } block)
        {
            // The block is not held and its memory may be gone by now: a prefetch of it is then useless, but harmless.
            byte* start = block.Pointer;
            for (int line = 0; line < Math.Min(block.Length, PrefetchBytesMax); line += CacheLineBytes)
            {
                Sse.Prefetch0(start + line);
            }
        }
    }

    /// <summary>The path of the file.</summary>
    public string Path => _handles.PathOf(_handle);

    /// <summary>The file, open and pinned for the caller.</summary>
    public OpenHandle PinHandle() => _handles.Pin(_handle);

    /// <summary>A filter block, held for the caller; null when it is not cached and may not be read.</summary>
    public CachedBlock? PinFilter(int index, bool mayBlock)
    {
        int ordinal = _footer.FirstFilter + index;
        CachedBlock? block = _slots.Get(ordinal);
        if (block != null && block.TryPin())
        {
            block.Touch();
            return block;
        }

        return mayBlock ? _cache.Add(_slots, Read(BlockKind.Filter, ordinal, _footer.FilterLocation(index))) : null;
    }

    /// <summary>Frees the cached blocks and closes the file. Blocks that are held live on until they are let go.</summary>
    public void Close()
    {
        _cache.Close(_slots);
        _handles.Close(_handle);
        _key?.Rest();
        if (Interlocked.Exchange(ref _root, null) is { } root)
        {
            _cache.ChargeRoot(-root.Length);
            root.Unpin();
        }
    }

    /// <summary>Reads and checks a block. The result is held by the caller and in no table yet.</summary>
    private CachedBlock Read(BlockKind kind, int ordinal, BlockLocation location)
    {
        OpenHandle open = PinHandle();
        BlockScratch scratch = _cache.Rent();
        NativeBuffer stored = scratch.Stored;
        try
        {
            BlockIo.Read(open.File, location, stored);
            string path = open.File.Path;
            int rawLength = Io.Check(path, kind, location, stored.Written, out Compression codec);
            CachedBlock block = new(_cache.Account, kind, ordinal, rawLength);
            bool isGood = false;
            try
            {
                Io.Unpack(path, kind, location, stored.Written, codec, scratch.Unpacker, block.Pointer, rawLength);
                block.Complete();
                isGood = true;
                return block;
            }
            finally
            {
                if (!isGood)
                {
                    block.Unpin();
                }
            }
        }
        finally
        {
            _cache.Return(scratch);
            open.Unpin();
        }
    }

    private CachedBlock LoadRoot()
    {
        CachedBlock root = Read(BlockKind.IndexRoot, RootOrdinal, _footer.Root);
        CachedBlock? earlier = Interlocked.CompareExchange(ref _root, root, null);
        if (earlier != null)
        {
            root.Unpin();
            return earlier;
        }

        _cache.ChargeRoot(root.Length);
        return root;
    }
}
