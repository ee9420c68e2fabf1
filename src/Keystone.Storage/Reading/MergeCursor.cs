using Keystone.Storage.Entries;

namespace Keystone.Storage.Reading;

/// <summary>
/// Walks several cursors as one: keys ascending, of a key the newest version first. Between moves in different directions there has
/// to be a seek.
/// <para>
/// The sources are few (memtables, level-0 files, levels), so the next one is found by comparing them in turn; and neighbours
/// tend to lie in one source, so the merge remembers the rival, the nearest of the others. As long as the current source stays before
/// its rival, which does not move meanwhile, one comparison is all that a move costs.
/// </para>
/// </summary>
internal sealed unsafe class MergeCursor : EntryCursor
{
    private const int None = -1;

    /// <summary>Below what a comparison of stamps says.</summary>
    private const int OtherKey = -2;

    private EntryCursor[] _sources = new EntryCursor[8];
    private bool[] _isAtEnd = new bool[8];
    private int _count;
    private int _current = None;
    private int _rival = None;
    private int _lacking = None;

    /// <summary>
    /// What to walk instead of this: the only source, if there is just one. After the last <see cref="Add"/>; this is still what is reset.
    /// </summary>
    public EntryCursor Narrowed => _count == 1 ? _sources[0] : this;

    /// <summary>Adds a source. Before the first seek.</summary>
    public void Add(EntryCursor source)
    {
        if (_count == _sources.Length)
        {
            Array.Resize(ref _sources, _count * 2);
            Array.Resize(ref _isAtEnd, _count * 2);
        }

        _sources[_count++] = source;
    }

    public override CursorState SeekFirst()
    {
        for (int i = 0; i < _count; i++)
        {
            if (!Note(i, _sources[i].SeekFirst()))
            {
                return CursorState.NeedsLoad;
            }
        }

        return StartAt(FirstBut(None), isForward: true);
    }

    public override CursorState SeekLast()
    {
        for (int i = 0; i < _count; i++)
        {
            if (!Note(i, _sources[i].SeekLast()))
            {
                return CursorState.NeedsLoad;
            }
        }

        return StartAt(LastBut(None), isForward: false);
    }

    public override CursorState Seek(ReadOnlySpan<byte> key)
    {
        for (int i = 0; i < _count; i++)
        {
            if (!Note(i, _sources[i].Seek(key)))
            {
                return CursorState.NeedsLoad;
            }
        }

        return StartAt(FirstBut(None), isForward: true);
    }

    public override CursorState SeekBefore(ReadOnlySpan<byte> key)
    {
        for (int i = 0; i < _count; i++)
        {
            if (!Note(i, _sources[i].SeekBefore(key)))
            {
                return CursorState.NeedsLoad;
            }
        }

        return StartAt(LastBut(None), isForward: false);
    }

    public override CursorState Next()
    {
        EntryCursor current = _sources[_current];
        CursorState state = current.Next();
        if (state == CursorState.Entry)
        {
            int order = _rival == None ? OtherKey : Compare(current, _sources[_rival]);
            if (order < 0)
            {
                return Show(current, isRivalFar: order == OtherKey);
            }
        }

        return Note(_current, state) ? StartAt(_rival, isForward: true) : CursorState.NeedsLoad;
    }

    public override CursorState Previous()
    {
        EntryCursor current = _sources[_current];
        CursorState state = current.Previous();
        if (state == CursorState.Entry && (_rival == None || Compare(current, _sources[_rival]) > 0))
        {
            return Show(current, isRivalFar: false);
        }

        return Note(_current, state) ? StartAt(_rival, isForward: false) : CursorState.NeedsLoad;
    }

    public override void Load() => _sources[_lacking].Load();

    public override void Reset()
    {
        for (int i = 0; i < _count; i++)
        {
            _sources[i].Reset();
        }

        Array.Clear(_sources, 0, _count);
        _count = 0;
        _current = None;
        _rival = None;
        _lacking = None;
    }

    /// <summary>Notes where a source stands. False when it lacks bytes from the disk.</summary>
    private bool Note(int source, CursorState state)
    {
        _isAtEnd[source] = state == CursorState.End;
        if (state == CursorState.NeedsLoad)
        {
            _lacking = source;
            return false;
        }

        return true;
    }

    /// <summary>Makes the nearest source the current one and finds its rival among all others.</summary>
    private CursorState StartAt(int nearest, bool isForward)
    {
        _current = nearest;
        if (nearest == None)
        {
            return CursorState.End;
        }

        _rival = isForward ? FirstBut(nearest) : LastBut(nearest);
        return Show(_sources[nearest], _rival == None || Compare(_sources[nearest], _sources[_rival]) == OtherKey);
    }

    private int FirstBut(int excluded)
    {
        int best = None;
        for (int i = 0; i < _count; i++)
        {
            if (i != excluded && !_isAtEnd[i] && (best == None || Compare(_sources[i], _sources[best]) < 0))
            {
                best = i;
            }
        }

        return best;
    }

    private int LastBut(int excluded)
    {
        int best = None;
        for (int i = 0; i < _count; i++)
        {
            if (i != excluded && !_isAtEnd[i] && (best == None || Compare(_sources[i], _sources[best]) > 0))
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>A key is over when its source says so and no other source stands on it.</summary>
    private CursorState Show(EntryCursor cursor, bool isRivalFar)
    {
        KeyPointer = cursor.KeyPointer;
        KeyLength = cursor.KeyLength;
        ValuePointer = cursor.ValuePointer;
        ValueLength = cursor.ValueLength;
        Stamp = cursor.Stamp;
        IsKeyOver = isRivalFar && cursor.IsKeyOver;
        return CursorState.Entry;
    }

    /// <summary>Less than zero when the left one comes first, and <see cref="OtherKey"/> when its key does.</summary>
    private static int Compare(EntryCursor left, EntryCursor right)
    {
        int byKey = left.Key.SequenceCompareTo(right.Key);
        return byKey < 0 ? OtherKey : byKey > 0 ? 1 : right.Stamp.CompareTo(left.Stamp);
    }
}
