using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Reading;

/// <summary>
/// Walks the files of a sorted level one after another. Files of a level do not overlap, and the versions of one key are in one
/// file, so the order of files is the order of entries. Only one file is open at a time.
/// </summary>
internal sealed unsafe class LevelCursor : EntryCursor
{
    private readonly SstCursor _cursor = new();
    private LiveFile[] _files = [];
    private bool _throughCache;
    private MemoryAccount? _account;
    private int _index;
    private bool _isOpen;
    private Entering _entering;

    /// <summary>A file was left in this direction, and the next one has not shown an entry yet.</summary>
    private enum Entering
    {
        No = 0,
        First,
        Last,
    }

    /// <summary>Requires that the caller holds the version that the files belong to until <see cref="Reset"/>.</summary>
    public void Open(LiveFile[] files, bool throughCache, MemoryAccount? account)
    {
        Reset();
        _files = files;
        _throughCache = throughCache;
        _account = account;
    }

    public override CursorState SeekFirst() => EnterFirst(0);

    public override CursorState SeekLast() => EnterLast(_files.Length - 1);

    public override CursorState Seek(ReadOnlySpan<byte> key)
    {
        int index = FirstEndingAtOrAfter(key);
        return index < _files.Length ? EnterAt(index, key, isBefore: false) : CursorState.End;
    }

    public override CursorState SeekBefore(ReadOnlySpan<byte> key)
    {
        int index = FirstBeginningAtOrAfter(key) - 1;
        return index >= 0 ? EnterAt(index, key, isBefore: true) : CursorState.End;
    }

    public override CursorState Next()
    {
        if (_entering == Entering.First)
        {
            return EnterFirst(_index);
        }

        CursorState state = Show(_cursor.Next());
        return state == CursorState.End ? EnterFirst(_index + 1) : state;
    }

    public override CursorState Previous()
    {
        if (_entering == Entering.Last)
        {
            return EnterLast(_index);
        }

        CursorState state = Show(_cursor.Previous());
        return state == CursorState.End ? EnterLast(_index - 1) : state;
    }

    public override void Load() => _cursor.Load();

    public override void Reset()
    {
        if (_isOpen)
        {
            _cursor.Reset();
            _isOpen = false;
        }

        _files = [];
        _entering = Entering.No;
    }

    /// <summary>
    /// Seeks in the one file that holds what is sought. A seek must not go on into a second file: repeated after a load it would begin
    /// with the first one again and let go of what was loaded for the second, without an end where no cache keeps it.
    /// </summary>
    private CursorState EnterAt(int index, ReadOnlySpan<byte> key, bool isBefore)
    {
        OpenFile(index);
        _entering = Entering.No;
        CursorState state = isBefore ? _cursor.SeekBefore(key) : _cursor.Seek(key);
        Invariant.Require(state != CursorState.End);
        return Show(state);
    }

    private CursorState EnterFirst(int index)
    {
        if (index >= _files.Length)
        {
            _entering = Entering.No;
            return CursorState.End;
        }

        OpenFile(index);
        CursorState state = Show(_cursor.SeekFirst());
        _entering = state == CursorState.NeedsLoad ? Entering.First : Entering.No;
        return state;
    }

    private CursorState EnterLast(int index)
    {
        if (index < 0)
        {
            _entering = Entering.No;
            return CursorState.End;
        }

        OpenFile(index);
        CursorState state = Show(_cursor.SeekLast());
        _entering = state == CursorState.NeedsLoad ? Entering.Last : Entering.No;
        return state;
    }

    private void OpenFile(int index)
    {
        if (_isOpen && _index == index)
        {
            return;
        }

        if (_isOpen)
        {
            _cursor.Reset();
        }

        _cursor.Open(_files[index].Reader, _throughCache, _account);
        _index = index;
        _isOpen = true;
    }

    private CursorState Show(CursorState state)
    {
        if (state == CursorState.Entry)
        {
            KeyPointer = _cursor.KeyPointer;
            KeyLength = _cursor.KeyLength;
            ValuePointer = _cursor.ValuePointer;
            ValueLength = _cursor.ValueLength;
            Stamp = _cursor.Stamp;
            IsKeyOver = _cursor.IsKeyOver;
        }

        return state;
    }

    private int FirstEndingAtOrAfter(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = _files.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (key.SequenceCompareTo(_files[middle].Meta.LastKey) > 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private int FirstBeginningAtOrAfter(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = _files.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (key.SequenceCompareTo(_files[middle].Meta.FirstKey) > 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
