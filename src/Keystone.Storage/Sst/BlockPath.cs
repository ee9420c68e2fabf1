namespace Keystone.Storage.Sst;

/// <summary>
/// Where a cursor gets its blocks from, and what it keeps of them: the data block that it stands in, the root, and two partitions, since a
/// step across the border of two partitions needs both. A block stays until another one takes its place, so that a move that is
/// repeated after a load finds again what it had: each load brings it one block further, whatever the size of the cache.
/// </summary>
internal abstract unsafe class BlockPath
{
    private int _missingOrdinal;
    private BlockLocation _missingLocation;
    private BlockKind _missingKind;

    /// <summary>The root of the index, or null: it is noted as missing.</summary>
    public abstract byte* Root();

    /// <summary>An index partition, or null: it is noted as missing.</summary>
    public abstract byte* Partition(int ordinal, BlockLocation location);

    /// <summary>A data block, or null: it is noted as missing. It takes the place of the one before.</summary>
    public abstract byte* Data(int ordinal, BlockLocation location);

    /// <summary>Reads what was noted as missing. One call that may block.</summary>
    public void Load()
    {
        Invariant.Require(_missingKind != default);
        Load(_missingKind, _missingOrdinal, _missingLocation);
        _missingKind = default;
    }

    /// <summary>Lets go of everything.</summary>
    public virtual void Reset() => _missingKind = default;

    protected abstract void Load(BlockKind kind, int ordinal, BlockLocation location);

    protected byte* Missing(BlockKind kind, int ordinal, BlockLocation location)
    {
        _missingKind = kind;
        _missingOrdinal = ordinal;
        _missingLocation = location;
        return null;
    }
}
