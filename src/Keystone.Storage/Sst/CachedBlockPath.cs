namespace Keystone.Storage.Sst;

/// <summary>Blocks through the cache, held while the cursor needs them. A load brings one block.</summary>
internal sealed unsafe class CachedBlockPath : BlockPath
{
    private SstReader? _reader;
    private CachedBlock? _root;
    private CachedBlock? _data;
    private CachedBlock? _landed;

    // The partition used last, and the one before it.
    private CachedBlock? _partition;
    private CachedBlock? _partitionBefore;

    public void Open(SstReader reader) => _reader = reader;

    public override byte* Root()
    {
        if (_root == null)
        {
            CachedBlock? root = _reader!.Blocks.Root(mayBlock: false);
            if (root == null)
            {
                return Missing(BlockKind.IndexRoot, -1, _reader.Footer.Root);
            }

            Invariant.Require(root.TryPin());
            _root = root;
        }

        return _root.Pointer;
    }

    public override byte* Partition(int ordinal, BlockLocation location)
    {
        if (_partition?.Ordinal != ordinal)
        {
            if (_partitionBefore?.Ordinal != ordinal)
            {
                CachedBlock? block = Take(BlockKind.Index, ordinal, location);
                if (block == null)
                {
                    return Missing(BlockKind.Index, ordinal, location);
                }

                _partitionBefore?.Unpin();
                _partitionBefore = block;
            }

            (_partition, _partitionBefore) = (_partitionBefore, _partition);
        }

        return _partition!.Pointer;
    }

    public override byte* Data(int ordinal, BlockLocation location)
    {
        if (_data?.Ordinal != ordinal)
        {
            CachedBlock? block = Take(BlockKind.Data, ordinal, location);
            if (block == null)
            {
                return Missing(BlockKind.Data, ordinal, location);
            }

            _data?.Unpin();
            _data = block;
            _reader!.Blocks.Prefetch(ordinal + 1);
        }

        return _data.Pointer;
    }

    public override void Reset()
    {
        base.Reset();
        Drop(ref _root);
        Drop(ref _data);
        Drop(ref _landed);
        Drop(ref _partition);
        Drop(ref _partitionBefore);
        _reader = null;
    }

    protected override void Load(BlockKind kind, int ordinal, BlockLocation location)
    {
        if (kind == BlockKind.IndexRoot)
        {
            _reader!.Blocks.Root(mayBlock: true);
            return;
        }

        Drop(ref _landed);
        _landed = _reader!.Blocks.Pin(kind, ordinal, location, mayBlock: true);
    }

    private CachedBlock? Take(BlockKind kind, int ordinal, BlockLocation location)
    {
        if (_landed?.Ordinal == ordinal)
        {
            CachedBlock landed = _landed;
            _landed = null;
            return landed;
        }

        return _reader!.Blocks.Pin(kind, ordinal, location, mayBlock: false);
    }

    private static void Drop(ref CachedBlock? block)
    {
        block?.Unpin();
        block = null;
    }
}
