using Keystone.Storage.Memory;

namespace Keystone.Storage.Versions;

/// <summary>
/// A memtable with what the engine must know of it besides its entries: where in the log its oldest batch may lie, and which range
/// drops it saw. Written under the writer of its stripe only; counted by the Views that hold it and freed with the last of them.
/// </summary>
internal sealed class WriteBuffer
{
    private int _references = 1;

    public WriteBuffer(ChunkPool pool) => Table = new MemTable(pool);

    public MemTable Table { get; }

    /// <summary>No group below this number holds anything of this buffer. Meaningless while it is empty.</summary>
    public ulong FirstGroup { get; private set; }

    /// <summary>The newest sequence, range drops included. 0 while nothing was written.</summary>
    public ulong LastSequence { get; private set; }

    public bool IsEmpty => LastSequence == 0;

    /// <summary>Marks that entered with this buffer; they go into the manifest with its flush.</summary>
    public IReadOnlyList<DropMark> Drops => _drops;

    private readonly List<DropMark> _drops = [];

    public void NoteBatch(ulong groupFloor, ulong lastSequence)
    {
        if (IsEmpty)
        {
            FirstGroup = groupFloor;
        }

        LastSequence = lastSequence;
    }

    public void NoteDrop(DropMark mark) => _drops.Add(mark);

    public void AddReference()
    {
        int before = Interlocked.Increment(ref _references);
        Invariant.Require(before > 1);
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Table.Free();
        }
    }
}
