using Keystone.Storage.Entries;

namespace Keystone.Storage.Reading;

/// <summary>
/// Walks several cursors as one: keys ascending, of a key the newest version first. Between moves in different directions there has
/// to be a seek. The sources are few (memtables, level-0 files, levels), so the next one is found by comparing them in turn.
/// </summary>
internal sealed unsafe class MergeCursor : EntryCursor
{
    private readonly List<EntryCursor> _sources = [];
    private bool[] _isAtEnd = [];
    private int _current = -1;
    private int _lacking = -1;

    /// <summary>Adds a source. Before the first seek.</summary>
    public void Add(EntryCursor source) => _sources.Add(source);

    public int SourceCount => _sources.Count;

    public override CursorState SeekFirst()
    {
        Begin();
        for (int i = 0; i < _sources.Count; i++)
        {
            if (!Note(i, _sources[i].SeekFirst()))
            {
                return CursorState.NeedsLoad;
            }
        }

        return PickFirst();
    }

    public override CursorState SeekLast()
    {
        Begin();
        for (int i = 0; i < _sources.Count; i++)
        {
            if (!Note(i, _sources[i].SeekLast()))
            {
                return CursorState.NeedsLoad;
            }
        }

        return PickLast();
    }

    public override CursorState Seek(ReadOnlySpan<byte> key)
    {
        Begin();
        for (int i = 0; i < _sources.Count; i++)
        {
            if (!Note(i, _sources[i].Seek(key)))
            {
                return CursorState.NeedsLoad;
            }
        }

        return PickFirst();
    }

    public override CursorState SeekBefore(ReadOnlySpan<byte> key)
    {
        Begin();
        for (int i = 0; i < _sources.Count; i++)
        {
            if (!Note(i, _sources[i].SeekBefore(key)))
            {
                return CursorState.NeedsLoad;
            }
        }

        return PickLast();
    }

    public override CursorState Next()
        => Note(_current, _sources[_current].Next()) ? PickFirst() : CursorState.NeedsLoad;

    public override CursorState Previous()
        => Note(_current, _sources[_current].Previous()) ? PickLast() : CursorState.NeedsLoad;

    public override void Load() => _sources[_lacking].Load();

    public override void Reset()
    {
        foreach (EntryCursor source in _sources)
        {
            source.Reset();
        }

        _sources.Clear();
        _current = -1;
        _lacking = -1;
    }

    private void Begin()
    {
        if (_isAtEnd.Length < _sources.Count)
        {
            _isAtEnd = new bool[_sources.Count];
        }
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

    private CursorState PickFirst()
    {
        int best = -1;
        for (int i = 0; i < _sources.Count; i++)
        {
            if (!_isAtEnd[i] && (best < 0 || Compare(_sources[i], _sources[best]) < 0))
            {
                best = i;
            }
        }

        return Show(best);
    }

    private CursorState PickLast()
    {
        int best = -1;
        for (int i = 0; i < _sources.Count; i++)
        {
            if (!_isAtEnd[i] && (best < 0 || Compare(_sources[i], _sources[best]) > 0))
            {
                best = i;
            }
        }

        return Show(best);
    }

    private CursorState Show(int source)
    {
        _current = source;
        if (source < 0)
        {
            return CursorState.End;
        }

        EntryCursor cursor = _sources[source];
        KeyPointer = cursor.KeyPointer;
        KeyLength = cursor.KeyLength;
        ValuePointer = cursor.ValuePointer;
        ValueLength = cursor.ValueLength;
        Stamp = cursor.Stamp;
        return CursorState.Entry;
    }

    private static int Compare(EntryCursor left, EntryCursor right)
    {
        int byKey = left.Key.SequenceCompareTo(right.Key);
        return byKey != 0 ? byKey : right.Stamp.CompareTo(left.Stamp);
    }
}
