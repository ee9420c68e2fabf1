using System.Runtime.CompilerServices;
using Keystone.Storage.Entries;

namespace Keystone.Storage.Memory;

/// <summary>
/// The memtable of one stripe: every version that was written since its last flush, ordered, in unmanaged memory of the disk's pool.
/// <para>
/// Enter: operations, in ascending order of their stamps, after room was reserved for them. Leave: the newest version of a key at or
/// below a sequence, and cursors over all versions. A tree has one entry per key, which refers to the newest record of it; the older
/// versions hang behind that, newest first. A filter stands before the tree.
/// </para>
/// <para>
/// What always holds: one writer at a time, any number of readers, none of whom waits for a lock or allocates. A record does not change
/// once it can be seen. A reader who learned of a sequence from the writer finds its record. An empty table holds no memory of the pool.
/// What is found stays where it is until <see cref="Free"/>, which the caller calls when no reader is left.
/// </para>
/// <para>
/// The writing path is compiled with all optimizations at its first call: recovery fills the tables in the first moments of a process, and
/// spent half of its time in code that was not optimized yet.
/// </para>
/// </summary>
internal sealed unsafe class MemTable
{
    public const int KeyBytesMax = StoreLimits.KeyBytesMax;
    public const int ValueBytesMax = 8 * 1024 * 1024;

    private readonly Arena _arena;
    private readonly KeyTree _tree;
    private readonly KeyTreeWriter _treeWriter;

    // The address of the filter, 0 for none yet. Written by the writer with release, so that a reader sees it complete.
    private nint _filter;

    // Written by the writer alone; the counts are read by anybody.
    private int _entryCount;
    private int _deleteCount;
    private ulong _firstSequence;
    private ulong _lastStamp;
    private int _reservedOperations;
    private long _reservedBytes;

    public MemTable(ChunkPool pool)
    {
        _arena = new Arena(pool);
        _tree = new KeyTree(pool.Origin);
        _treeWriter = new KeyTreeWriter(_tree, _arena);
    }

    /// <summary>What the pool counts for this table. The sum over all tables is the pool's used bytes.</summary>
    public long Bytes => _arena.Bytes;

    /// <summary>Versions, deletes included.</summary>
    public int EntryCount => Volatile.Read(ref _entryCount);

    public int DeleteCount => Volatile.Read(ref _deleteCount);

    /// <summary>The sequence of the first operation, 0 when empty.</summary>
    public ulong FirstSequence => Volatile.Read(ref _firstSequence);

    /// <summary>The sequence of the last operation, 0 when empty.</summary>
    public ulong LastSequence => EntryStamp.Sequence(Volatile.Read(ref _lastStamp));

    internal KeyTree Tree => _tree;

    /// <summary>
    /// Takes what this many more operations need at worst, with this many bytes of keys and values together: the operations that follow
    /// cannot be refused. Reservations add up; what will not be used is given back by <see cref="Unreserve"/>. False when the pool cannot
    /// give it; then nothing changed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryReserve(int operationCount, long keyAndValueBytes)
    {
        Invariant.Require(operationCount >= 0 && keyAndValueBytes >= 0);
        int operations = checked(_reservedOperations + operationCount);
        long bytes = checked(_reservedBytes + keyAndValueBytes);
        if (!TryCover(operations, bytes))
        {
            return false;
        }

        _reservedOperations = operations;
        _reservedBytes = bytes;
        GrowFilter(_treeWriter.KeyCount + (long)operations);
        return true;
    }

    /// <summary>Gives up a part of what was reserved.</summary>
    public void Unreserve(int operationCount, long keyAndValueBytes)
    {
        Invariant.Require(operationCount >= 0 && keyAndValueBytes >= 0);
        Invariant.Require(operationCount <= _reservedOperations && keyAndValueBytes <= _reservedBytes);
        Spend(operationCount, keyAndValueBytes);
    }

    /// <summary>Adds one operation out of a reservation. Requires a greater stamp than all before. Readers see it at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<byte> key, ulong stamp, ReadOnlySpan<byte> value)
    {
        Invariant.Require(key.Length <= KeyBytesMax && value.Length <= ValueBytesMax);
        Invariant.Require(stamp > _lastStamp);
        Invariant.Require(_reservedOperations > 0 && _reservedBytes >= key.Length + value.Length);
        if (_filter != 0)
        {
            KeyFilter.Add((KeyFilter*)_filter, key);
        }

        _treeWriter.Insert(Record.Write(_arena, key, stamp, value));
        Count(stamp, isFirst: _entryCount == 0);
        Spend(1, key.Length + value.Length);
    }

    /// <summary>The newest version of a key at or below a sequence, deletes included. False when there is none.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, ulong sequenceMax, out MemTableEntry entry)
    {
        KeyFilter* filter = (KeyFilter*)Volatile.Read(ref _filter);
        if ((filter == null || KeyFilter.MayContain(filter, key)) && !_tree.IsEmpty)
        {
            _tree.FindLeaf(key, out NodePlace place);
            for (uint reference = place.Match; reference != 0;)
            {
                Record* record = _tree.RecordAt(reference);
                if (EntryStamp.Sequence(record->Stamp) <= sequenceMax)
                {
                    entry = new MemTableEntry(record);
                    return true;
                }

                reference = record->Older;
            }
        }

        entry = default;
        return false;
    }

    /// <summary>A new cursor on this table. To use one again without allocating, see <see cref="MemTableCursor.Open"/>.</summary>
    public MemTableCursor OpenCursor()
    {
        MemTableCursor cursor = new();
        cursor.Open(this);
        return cursor;
    }

    /// <summary>Gives all memory back to the pool and leaves the table empty. Requires that no reader is left.</summary>
    public void Free()
    {
        _filter = 0;
        _treeWriter.Clear();
        _arena.Free();
        _entryCount = 0;
        _deleteCount = 0;
        _firstSequence = 0;
        _lastStamp = 0;
        _reservedOperations = 0;
        _reservedBytes = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryCover(int operations, long bytes)
    {
        // A record goes into a chunk, or its key does and its value into a run, which only a record of more than this many bytes needs.
        long inlineBytes = Math.Min(bytes, operations * (long)Record.InlineBytesMax);
        long demandBytes = inlineBytes + (operations * (long)Record.OverheadBytesMax) + _treeWriter.NodeBytesMax(operations);
        long largestBytes = Math.Min(bytes + Record.OverheadBytesMax, Record.InlineBytesMax);
        long runBytes = bytes + Record.OverheadBytesMax > Record.InlineBytesMax ? bytes + (bytes / Record.BytesPerRunHeadByte) : 0;
        return _arena.TryCover(demandBytes, (int)Math.Max(largestBytes, KeyTreeWriter.AllocationBytesMax), runBytes);
    }

    private void Count(ulong stamp, bool isFirst)
    {
        if (isFirst)
        {
            Volatile.Write(ref _firstSequence, EntryStamp.Sequence(stamp));
        }

        if (EntryStamp.Kind(stamp) == EntryKind.Delete)
        {
            Volatile.Write(ref _deleteCount, _deleteCount + 1);
        }

        Volatile.Write(ref _lastStamp, stamp);
        Volatile.Write(ref _entryCount, _entryCount + 1);
    }

    private void Spend(int operations, long bytes)
    {
        _reservedOperations -= operations;
        _reservedBytes -= bytes;
        if (_reservedOperations == 0)
        {
            _reservedBytes = 0;
            _arena.Settle();
        }
    }

    /// <summary>Puts a filter, or a larger one, before the tree when it is worth it and the pool can give the memory.</summary>
    private void GrowFilter(long keyCount)
    {
        KeyFilter* filter = (KeyFilter*)_filter;
        if (filter == null ? keyCount < KeyFilter.KeyCountMin : KeyFilter.IsLargeEnough(filter, keyCount))
        {
            return;
        }

        Chunk* chunk = _arena.TryTakeWhole(KeyFilter.BytesFor(keyCount));
        if (chunk == null)
        {
            return;
        }

        KeyFilter* larger = KeyFilter.Create(chunk);
        _treeWriter.AddKeysTo(larger);
        Volatile.Write(ref _filter, (nint)larger);
    }
}
