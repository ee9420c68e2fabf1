namespace Keystone.Storage.Entries;

/// <summary>What a move of a cursor came to.</summary>
internal enum CursorState
{
    /// <summary>The cursor stands on an entry.</summary>
    Entry = 0,

    /// <summary>There is no entry in that direction.</summary>
    End = 1,

    /// <summary>
    /// Bytes from the disk are needed: call <see cref="EntryCursor.Load"/> where blocking is allowed, then repeat the very same move.
    /// </summary>
    NeedsLoad = 2,
}

/// <summary>
/// Walks versions of keys in order: keys ascending by unsigned bytes, within a key the newest version first (so backwards:
/// keys descending, within a key the oldest version first). Memtables, files and merges of them are all cursors.
/// <para>
/// What always holds: no move blocks and none allocates once the cursor is open; after <see cref="CursorState.Entry"/> the
/// fields describe the current entry and the memory that they point at stays valid and unchanged until the next move, seek
/// or <see cref="Reset"/>; a cursor belongs to one thread at a time. A cursor sees every version, visible or not: what a
/// reader may see is decided above.
/// </para>
/// </summary>
internal abstract unsafe class EntryCursor
{
    /// <summary>The current key, contiguous.</summary>
    public byte* KeyPointer;

    public int KeyLength;

    public int ValueLength;

    /// <summary>The current value; undefined for deletes.</summary>
    public byte* ValuePointer;

    /// <summary>Sequence and kind, see <see cref="EntryStamp"/>.</summary>
    public ulong Stamp;

    /// <summary>
    /// After a move forward: whether what a next move forward comes to is certainly of another key. Known before the move, so whoever
    /// passes over versions of a key need not remember it. False says nothing.
    /// </summary>
    public bool IsKeyOver;

    public ReadOnlySpan<byte> Key => new(KeyPointer, KeyLength);

    public ReadOnlySpan<byte> Value => new(ValuePointer, ValueLength);

    /// <summary>Moves to the first version of the first key.</summary>
    public abstract CursorState SeekFirst();

    /// <summary>Moves to the last (oldest) version of the last key.</summary>
    public abstract CursorState SeekLast();

    /// <summary>Moves to the first (newest) version of the first key at or after <paramref name="key"/>.</summary>
    public abstract CursorState Seek(ReadOnlySpan<byte> key);

    /// <summary>Moves to the last (oldest) version of the last key before <paramref name="key"/>.</summary>
    public abstract CursorState SeekBefore(ReadOnlySpan<byte> key);

    /// <summary>Moves on. Requires that the cursor stands on an entry, or that the same call said NeedsLoad.</summary>
    public abstract CursorState Next();

    /// <summary>Moves back. Requires that the cursor stands on an entry, or that the same call said NeedsLoad.</summary>
    public abstract CursorState Previous();

    /// <summary>Reads from the disk what the last move lacked. Makes one call that may block. Throws Io or Corrupt.</summary>
    public abstract void Load();

    /// <summary>Gives back what the cursor pins. It may be opened again afterwards.</summary>
    public abstract void Reset();
}
