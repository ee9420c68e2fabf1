using System.Runtime.CompilerServices;
using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Entries;
using Keystone.Storage.Files;

namespace Keystone.Storage.Sst;

/// <summary>
/// Reads one file. Made from its description in the manifest without touching the file; blocks come in when they are asked for.
/// <para>
/// A lookup asks filter, index and data block in this order, each through the cache. What always holds: with all of them cached it
/// takes no lock and allocates nothing; no block is held across a read from the disk; the caller holds a count of the reader
/// (its View does) while it calls or has cursors open.
/// </para>
/// </summary>
internal sealed unsafe class SstReader
{
    private int _count = 1;

    /// <summary>Throws Corrupt when the footer in the description is not that of a file.</summary>
    public SstReader(SstMeta meta, BlockCache cache, HandleCache handles, DataKey? key = null)
    {
        Meta = meta;
        Blocks = new SstBlocks(meta, cache, handles, key);
    }

    public SstMeta Meta { get; }

    internal ref readonly SstFooter Footer => ref Blocks.Footer;

    /// <summary>Where its blocks come from.</summary>
    internal SstBlocks Blocks { get; }

    /// <summary>The hash of a key for <see cref="TryGet"/>, the same for every file: computed once for a lookup in many.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> key) => SplitBlockFilter.HashOf(key);

    /// <summary>Takes one more count. Requires that the caller, or somebody that it relies on, holds one.</summary>
    public void Retain()
    {
        int count = Interlocked.Increment(ref _count);
        Invariant.Require(count > 1);
    }

    /// <summary>Gives a count back. The last one frees the cached blocks and closes the file; returns whether this was it.</summary>
    public bool Release()
    {
        int left = Interlocked.Decrement(ref _count);
        Invariant.Require(left >= 0);
        if (left > 0)
        {
            return false;
        }

        Blocks.Close();
        return true;
    }

    /// <summary>
    /// Finds the newest version of a key whose sequence is at most <paramref name="sequenceMax"/>. Pins the value of a put into
    /// <paramref name="value"/>, which the caller disposes. With <paramref name="mayBlock"/> it reads what is not cached (at most one
    /// block of each kind, and more data blocks only while versions of this key run across them), else it says NeedsLoad.
    /// </summary>
    public SstLookup TryGet(ReadOnlySpan<byte> key, ulong keyHash, ulong sequenceMax, bool mayBlock, ref PinnedValue value)
    {
        if (Footer.FilterLines != 0)
        {
            uint line = SplitBlockFilter.LineOf(keyHash, (uint)Footer.FilterLines);
            CachedBlock? filter = Blocks.PinFilter((int)(line >> SplitBlockFilter.LinesPerBlockBits), mayBlock);
            if (filter == null)
            {
                return SstLookup.NeedsLoad;
            }

            uint lineInBlock = line & (SplitBlockFilter.LinesPerBlock - 1);
            bool mayContain = SplitBlockFilter.MayContain(filter.Pointer + (lineInBlock * SplitBlockFilter.LineBytes), keyHash);
            filter.Unpin();
            if (!mayContain)
            {
                return SstLookup.Absent;
            }
        }

        CursorState located = Locate(key, mayBlock, out int ordinal, out BlockLocation location);
        if (located != CursorState.Entry)
        {
            return located == CursorState.End ? SstLookup.Absent : SstLookup.NeedsLoad;
        }

        CachedBlock? data = Blocks.Pin(BlockKind.Data, ordinal, location, mayBlock);
        return data == null ? SstLookup.NeedsLoad : FindIn(data, key, sequenceMax, mayBlock, ref value);
    }

    /// <summary>
    /// A cursor over the whole file. Not through the cache it reads ahead into memory of its own, charged to <paramref
    /// name="account"/>.
    /// </summary>
    public SstCursor OpenCursor(bool throughCache, MemoryAccount? account = null)
    {
        SstCursor cursor = new();
        cursor.Open(this, throughCache, account);
        return cursor;
    }

    /// <summary>A check of the whole file, one read a step.</summary>
    public SstVerifier Verify(MemoryAccount account) => new(this, account);

    /// <summary>The first data block that can hold the key: Entry, or End when the key is after the last one.</summary>
    private CursorState Locate(ReadOnlySpan<byte> key, bool mayBlock, out int ordinal, out BlockLocation location)
    {
        ordinal = 0;
        location = default;
        CachedBlock? rootBlock = Blocks.Root(mayBlock);
        if (rootBlock == null)
        {
            return CursorState.NeedsLoad;
        }

        ref readonly BlockReader root = ref rootBlock.Reader;
        int index = root.LowerBound(key, out _);
        if (index == root.Count)
        {
            return CursorState.End;
        }

        BlockLocation found = new(root.Stamp(index));
        if (Footer.IndexPartitions == 0)
        {
            ordinal = index;
            location = found;
            return CursorState.Entry;
        }

        CachedBlock? partition = Blocks.Pin(BlockKind.Index, Footer.FirstPartition + index, found, mayBlock);
        if (partition == null)
        {
            return CursorState.NeedsLoad;
        }

        ref readonly BlockReader leaf = ref partition.Reader;
        int inLeaf = leaf.LowerBound(key, out _);
        bool isThere = IsLeaf(root, index, leaf) && inLeaf < leaf.Count;
        ordinal = FirstDataBlock(root, index) + inLeaf;
        location = isThere ? new BlockLocation(leaf.Stamp(inLeaf)) : default;
        partition.Unpin();
        return isThere ? CursorState.Entry : throw IndexContradicts(found);
    }

    /// <summary>Whether a partition names as many data blocks as the root says.</summary>
    internal bool IsLeaf(in BlockReader root, int partition, in BlockReader leaf)
    {
        int end = partition + 1 < root.Count ? FirstDataBlock(root, partition + 1) : Footer.DataBlocks;
        return leaf.Count == end - FirstDataBlock(root, partition);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal StoreException IndexContradicts(BlockLocation partition) => StoreException.Corrupt(
        FileNames.Sst(Meta.FileNumber), partition.Offset, "the index partition does not name the blocks that the root says it does");

    internal static int FirstDataBlock(in BlockReader root, int partition) => Unsafe.ReadUnaligned<int>(root.Value(partition, out _));

    /// <summary>Looks into a block that the caller holds; the hold passes to the value or ends here.</summary>
    private SstLookup FindIn(CachedBlock data, ReadOnlySpan<byte> key, ulong sequenceMax, bool mayBlock, ref PinnedValue value)
    {
        ref readonly BlockReader block = ref data.Reader;
        block.PrefetchOffsets();
        int index = block.LowerBound(key, out bool equal);
        ulong stampMax = EntryStamp.Of(sequenceMax, (EntryKind)byte.MaxValue);
        while (equal)
        {
            ulong stamp = block.Stamp(index);
            if (stamp <= stampMax)
            {
                return Found(data, block, index, stamp, ref value);
            }

            if (++index == block.Count)
            {
                int next = data.Ordinal + 1;
                data.Unpin();
                return FindInNext(next, key, sequenceMax, mayBlock, ref value);
            }

            equal = block.SameKeyAsPrevious(index);
        }

        data.Unpin();
        return SstLookup.Absent;
    }

    private static SstLookup Found(CachedBlock data, in BlockReader block, int index, ulong stamp, ref PinnedValue value)
    {
        if (EntryStamp.Kind(stamp) == EntryKind.Put)
        {
            byte* pointer = block.Value(index, out int length);
            value.Set(data, pointer, length);
        }
        else
        {
            data.Unpin();
        }

        return SstLookup.Found(stamp);
    }

    /// <summary>
    /// The versions of the key may run on in the next block; they are few, since only those that a snapshot needs are kept.
    /// </summary>
    private SstLookup FindInNext(int ordinal, ReadOnlySpan<byte> key, ulong sequenceMax, bool mayBlock, ref PinnedValue value)
    {
        if (ordinal == Footer.DataBlocks)
        {
            return SstLookup.Absent;
        }

        if (!TryLocationOf(ordinal, mayBlock, out BlockLocation location))
        {
            return SstLookup.NeedsLoad;
        }

        CachedBlock? data = Blocks.Pin(BlockKind.Data, ordinal, location, mayBlock);
        return data == null ? SstLookup.NeedsLoad : FindIn(data, key, sequenceMax, mayBlock, ref value);
    }

    private bool TryLocationOf(int ordinal, bool mayBlock, out BlockLocation location)
    {
        location = default;
        CachedBlock? rootBlock = Blocks.Root(mayBlock);
        if (rootBlock == null)
        {
            return false;
        }

        ref readonly BlockReader root = ref rootBlock.Reader;
        if (Footer.IndexPartitions == 0)
        {
            location = new BlockLocation(root.Stamp(ordinal));
            return true;
        }

        int index = PartitionOf(root, ordinal);
        BlockLocation found = new(root.Stamp(index));
        CachedBlock? partition = Blocks.Pin(BlockKind.Index, Footer.FirstPartition + index, found, mayBlock);
        if (partition == null)
        {
            return false;
        }

        ref readonly BlockReader leaf = ref partition.Reader;
        bool isThere = IsLeaf(root, index, leaf);
        location = isThere ? new BlockLocation(leaf.Stamp(ordinal - FirstDataBlock(root, index))) : default;
        partition.Unpin();
        return isThere ? true : throw IndexContradicts(found);
    }

    /// <summary>The last partition whose first data block is at or before this one.</summary>
    internal static int PartitionOf(in BlockReader root, int ordinal)
    {
        int low = 0;
        int high = root.Count;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (FirstDataBlock(root, middle) <= ordinal)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
