using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;

namespace Keystone.Storage.Sst;

/// <summary>
/// Walks one file. Reusable: after <see cref="Reset"/> it may be opened on another file. The file's reader must be held (by a View)
/// while the cursor is open.
/// <para>
/// The key is put together in a buffer of the cursor, the value stays in its block, which the path keeps. A move that lacks a block
/// changes nothing but what the path has gathered, and so can be repeated after the load.
/// Through the cache only a load can find damage; reading ahead, a move can find it too, since a run brings many blocks that are checked
/// when the cursor comes to them.
/// </para>
/// </summary>
internal sealed unsafe class SstCursor : EntryCursor
{
    /// <summary>A walk asks for what it will come to some entries later; prefetches may point beyond the block.</summary>
    private const int PrefetchAheadBytes = 1024;

    // A head is written whole, so up to seven bytes behind the key are overwritten. Pinned managed memory, so that nobody has to free it.
    private readonly byte[] _keyBuffer = GC.AllocateUninitializedArray<byte>(SstFormat.KeyBytesMax + BlockFormat.HeadBytes, pinned: true);
    private CachedBlockPath? _cached;
    private ReadAheadPath? _ahead;
    private BlockPath? _path;
    private SstReader? _reader;
    private BlockReader _block;
    private int _ordinal;
    private int _index;

    /// <summary>Opens the cursor; it stands nowhere yet. Reads nothing.</summary>
    public void Open(SstReader reader, bool throughCache, MemoryAccount? account = null)
    {
        Invariant.Require(_reader == null);
        _reader = reader;
        KeyPointer = (byte*)Unsafe.AsPointer(ref _keyBuffer[0]);
        if (throughCache)
        {
            _cached ??= new CachedBlockPath();
            _cached.Open(reader);
            _path = _cached;
        }
        else
        {
            _ahead ??= new ReadAheadPath();
            _ahead.Open(reader, account ?? reader.Blocks.CacheAccount);
            _path = _ahead;
        }
    }

    public override CursorState SeekFirst()
    {
        CursorState state = Enter(0);
        return state == CursorState.Entry ? Show(0) : state;
    }

    public override CursorState SeekLast()
    {
        CursorState state = Enter(_reader!.Footer.DataBlocks - 1);
        return state == CursorState.Entry ? Show(_block.Count - 1) : state;
    }

    public override CursorState Seek(ReadOnlySpan<byte> key)
    {
        CursorState state = Locate(key, out int ordinal);
        if (state == CursorState.Entry)
        {
            state = Enter(ordinal);
        }

        if (state != CursorState.Entry)
        {
            return state;
        }

        int index = _block.LowerBound(key, out _);
        return index < _block.Count ? Show(index) : EnterNext(ordinal);
    }

    public override CursorState SeekBefore(ReadOnlySpan<byte> key)
    {
        CursorState state = Locate(key, out int ordinal);
        if (state == CursorState.End)
        {
            return SeekLast();
        }

        if (state == CursorState.Entry)
        {
            state = Enter(ordinal);
        }

        if (state != CursorState.Entry)
        {
            return state;
        }

        int index = _block.LowerBound(key, out _);
        return index > 0 ? Show(index - 1) : EnterPrevious(ordinal);
    }

    public override CursorState Next() => _index + 1 < _block.Count ? Show(_index + 1) : EnterNext(_ordinal);

    public override CursorState Previous() => _index > 0 ? Show(_index - 1) : EnterPrevious(_ordinal);

    public override void Load() => _path!.Load();

    public override void Reset()
    {
        _path?.Reset();
        _path = null;
        _reader = null;
        _block = default;
        KeyLength = 0;
        ValueLength = 0;
        ValuePointer = null;
    }

    private CursorState EnterNext(int ordinal)
    {
        CursorState state = Enter(ordinal + 1);
        return state == CursorState.Entry ? Show(0) : state;
    }

    private CursorState EnterPrevious(int ordinal)
    {
        CursorState state = Enter(ordinal - 1);
        return state == CursorState.Entry ? Show(_block.Count - 1) : state;
    }

    /// <summary>Makes a data block the current one, without choosing an entry.</summary>
    private CursorState Enter(int ordinal)
    {
        if ((uint)ordinal >= (uint)_reader!.Footer.DataBlocks)
        {
            return CursorState.End;
        }

        if (!TryLocationOf(ordinal, out BlockLocation location))
        {
            return CursorState.NeedsLoad;
        }

        byte* data = _path!.Data(ordinal, location);
        if (data == null)
        {
            return CursorState.NeedsLoad;
        }

        _block = new BlockReader(data);
        _ordinal = ordinal;
        new ReadOnlySpan<byte>(_block.Prefix, _block.PrefixLength).CopyTo(_keyBuffer);
        return CursorState.Entry;
    }

    /// <summary>The first data block that can hold the key.</summary>
    private CursorState Locate(ReadOnlySpan<byte> key, out int ordinal)
    {
        ordinal = 0;
        byte* rootBlock = _path!.Root();
        if (rootBlock == null)
        {
            return CursorState.NeedsLoad;
        }

        BlockReader root = new(rootBlock);
        int index = root.LowerBound(key, out _);
        if (index == root.Count)
        {
            return CursorState.End;
        }

        ordinal = index;
        if (_reader!.Footer.IndexPartitions == 0)
        {
            return CursorState.Entry;
        }

        if (!TryLeafOf(root, index, out BlockReader leaf))
        {
            return CursorState.NeedsLoad;
        }

        int inLeaf = leaf.LowerBound(key, out _);
        ordinal = SstReader.FirstDataBlock(root, index) + inLeaf;
        return inLeaf < leaf.Count ? CursorState.Entry : throw _reader.IndexContradicts(new BlockLocation(root.Stamp(index)));
    }

    private bool TryLocationOf(int ordinal, out BlockLocation location)
    {
        location = default;
        byte* rootBlock = _path!.Root();
        if (rootBlock == null)
        {
            return false;
        }

        BlockReader root = new(rootBlock);
        if (_reader!.Footer.IndexPartitions == 0)
        {
            location = new BlockLocation(root.Stamp(ordinal));
            return true;
        }

        int index = SstReader.PartitionOf(root, ordinal);
        if (!TryLeafOf(root, index, out BlockReader leaf))
        {
            return false;
        }

        location = new BlockLocation(leaf.Stamp(ordinal - SstReader.FirstDataBlock(root, index)));
        return true;
    }

    private bool TryLeafOf(in BlockReader root, int index, out BlockReader leaf)
    {
        BlockLocation location = new(root.Stamp(index));
        byte* partition = _path!.Partition(_reader!.Footer.FirstPartition + index, location);
        leaf = partition == null ? default : new BlockReader(partition);
        return partition != null && (_reader.IsLeaf(root, index, leaf) ? true : throw _reader.IndexContradicts(location));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CursorState Show(int index)
    {
        _index = index;
        KeyLength = _block.Read(index, KeyPointer, out ValuePointer, out ValueLength);
        Stamp = _block.Stamp(index);
        IsKeyOver = _block.DiffersFromNext(index);
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(ValuePointer + PrefetchAheadBytes);
        }

        return CursorState.Entry;
    }
}
