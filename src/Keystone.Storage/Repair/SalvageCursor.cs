using System.Runtime.CompilerServices;
using Keystone.Storage.Entries;
using Keystone.Storage.Sst;

namespace Keystone.Storage.Repair;

/// <summary>
/// Walks forward over what is readable of a table file: a block that is damaged is told and passed over. Blocks come in in place, so no
/// move ever asks for a load.
/// </summary>
internal sealed unsafe class SalvageCursor(SstReader reader, Action<BlockLocation, string> onLoss) : EntryCursor
{
    // A head is written whole, so up to seven bytes behind the key are overwritten.
    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(SstFormat.KeyBytesMax + BlockFormat.HeadBytes, pinned: true);
    private readonly List<BlockLocation> _blocks = [];
    private readonly List<int> _ordinals = [];
    private CachedBlock? _block;
    private int _next;
    private int _index;

    public override CursorState SeekFirst()
    {
        KeyPointer = (byte*)Unsafe.AsPointer(ref _key[0]);
        FindBlocks();
        return NextBlock();
    }

    public override CursorState Next()
    {
        _index++;
        return _block is { } block && _index < block.Reader.Count ? Show() : NextBlock();
    }

    public override CursorState SeekLast() => throw new NotSupportedException("What is salvaged is read once, forward.");

    public override CursorState Seek(ReadOnlySpan<byte> key) => throw new NotSupportedException("What is salvaged is read once, forward.");

    public override CursorState SeekBefore(ReadOnlySpan<byte> key)
        => throw new NotSupportedException("What is salvaged is read once, forward.");

    public override CursorState Previous() => throw new NotSupportedException("What is salvaged is read once, forward.");

    public override void Load() => throw new NotSupportedException("What is salvaged is read in place.");

    public override void Reset()
    {
        _block?.Unpin();
        _block = null;
    }

    /// <summary>The data blocks that the readable parts of the index name.</summary>
    private void FindBlocks()
    {
        SstFooter footer = reader.Footer;
        CachedBlock? root = TryRead(footer.Root, () => reader.Blocks.Root(mayBlock: true));
        if (root is null)
        {
            return;
        }

        for (int i = 0; i < root.Reader.Count; i++)
        {
            BlockLocation location = new(root.Reader.Stamp(i));
            if (footer.IndexPartitions == 0)
            {
                Note(i, location);
                continue;
            }

            int ordinal = footer.FirstPartition + i;
            CachedBlock? partition =
                TryRead(location, () => reader.Blocks.Pin(BlockKind.Index, ordinal, location, mayBlock: true));
            int first = SstReader.FirstDataBlock(root.Reader, i);
            for (int leaf = 0; partition is not null && leaf < partition.Reader.Count; leaf++)
            {
                Note(first + leaf, new BlockLocation(partition.Reader.Stamp(leaf)));
            }

            partition?.Unpin();
        }
    }

    private void Note(int ordinal, BlockLocation location)
    {
        _ordinals.Add(ordinal);
        _blocks.Add(location);
    }

    private CursorState NextBlock()
    {
        Reset();
        while (_next < _blocks.Count)
        {
            BlockLocation location = _blocks[_next];
            int ordinal = _ordinals[_next++];
            _block = TryRead(location, () => reader.Blocks.Pin(BlockKind.Data, ordinal, location, mayBlock: true));
            if (_block is { } block)
            {
                new ReadOnlySpan<byte>(block.Reader.Prefix, block.Reader.PrefixLength).CopyTo(_key);
                _index = 0;
                return Show();
            }
        }

        return CursorState.End;
    }

    private CursorState Show()
    {
        ref readonly BlockReader block = ref _block!.Reader;
        KeyLength = block.Read(_index, KeyPointer, out ValuePointer, out ValueLength);
        Stamp = block.Stamp(_index);
        return CursorState.Entry;
    }

    private CachedBlock? TryRead(BlockLocation location, Func<CachedBlock?> read)
    {
        try
        {
            return read();
        }
        catch (StoreException failure) when (failure.Code is StoreErrorCode.Corrupt or StoreErrorCode.Io or StoreErrorCode.NotFound)
        {
            onLoss(location, failure.Message);
            return null;
        }
    }
}
