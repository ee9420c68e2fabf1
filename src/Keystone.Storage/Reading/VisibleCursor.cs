using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Reading;

/// <summary>
/// Turns versions into what a reader sees: of each key the newest version at or below the reader's sequence, if it is a put that no
/// drop mark hides. Works in both directions and within bounds. A move that said NeedsLoad is repeated after <see cref="Load"/> and
/// goes on where it was. After End only a seek may follow.
/// </summary>
internal sealed unsafe class VisibleCursor(MemoryAccount account) : IDisposable
{
    private readonly NativeBuffer _key = new(account, NativeBuffer.AlignmentBytes);
    private readonly NativeBuffer _value = new(account, NativeBuffer.AlignmentBytes);
    private readonly Bound _from = new();
    private readonly Bound _to = new();
    private EntryCursor _versions = null!;
    private DropMark[] _drops = [];
    private ulong _sequenceMax;

    /// <summary>Forward, neither an end nor a drop mark has to be looked at.</summary>
    private bool _hasNoBounds;

    private Direction _direction;

    /// <summary>A move in this direction was broken off for a load and is to be resumed.</summary>
    private Direction _resume;

    /// <summary>The versions have to move once before the next one is looked at.</summary>
    private bool _mustMove;

    /// <summary>Forward: versions of the remembered key are passed over.</summary>
    private bool _skipsKey;

    /// <summary>Backward: the versions have no more entry.</summary>
    private bool _isExhausted;

    /// <summary>Backward: key, value and stamp hold the newest version so far of the key that is being passed.</summary>
    private bool _hasCandidate;

    private ulong _candidateStamp;

    /// <summary>The key from which the direction is being turned is remembered.</summary>
    private bool _isTurning;

    private enum Direction
    {
        None = 0,
        Forward,
        Backward,
    }

    public byte* KeyPointer { get; private set; }

    public int KeyLength { get; private set; }

    public byte* ValuePointer { get; private set; }

    public int ValueLength { get; private set; }

    public ulong Sequence { get; private set; }

    /// <summary>
    /// Sets what is seen: of these versions, keys from <paramref name="from"/> up to but not including <paramref name="to"/> (empty: the
    /// end), at a sequence.
    /// </summary>
    public void Open(EntryCursor versions, ulong sequenceMax, DropMark[] drops, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        _versions = versions;
        _sequenceMax = sequenceMax;
        _drops = drops;
        _hasNoBounds = drops.Length == 0 && to.Length == 0;
        _from.Set(from);
        _to.Set(to);
        _direction = Direction.None;
        _resume = Direction.None;
        _isTurning = false;
    }

    public CursorState SeekFirst() => Seek(_from.Key);

    public CursorState SeekLast()
        => _resume != Direction.None ? Resume()
        : _to.Length == 0 ? StartBackward(_versions.SeekLast())
        : StartBackward(_versions.SeekBefore(_to.Key));

    /// <summary>Moves to the first key at or after <paramref name="key"/>.</summary>
    public CursorState Seek(ReadOnlySpan<byte> key)
        => _resume != Direction.None
            ? Resume()
            : StartForward(_versions.Seek(key.SequenceCompareTo(_from.Key) < 0 ? _from.Key : key), skipsKey: false);

    /// <summary>Moves to the last key before <paramref name="key"/>.</summary>
    public CursorState SeekBefore(ReadOnlySpan<byte> key)
        => _resume != Direction.None
            ? Resume()
            : StartBackward(_versions.SeekBefore(_to.Length != 0 && key.SequenceCompareTo(_to.Key) > 0 ? _to.Key : key));

    public CursorState Next()
    {
        if (_resume != Direction.None)
        {
            return Resume();
        }

        if (_direction == Direction.Backward)
        {
            return StartForward(_versions.Seek(_key.Written), skipsKey: true);
        }

        PassKey();
        if (_skipsKey || !_hasNoBounds)
        {
            return Resume(Direction.Forward);
        }

        // The way of most steps: another key, and nothing to compare it with.
        CursorState state = _versions.Next();
        _mustMove = state == CursorState.NeedsLoad;
        if (state == CursorState.Entry && EntryStamp.IsPutUpTo(_versions.Stamp, _sequenceMax))
        {
            ShowCurrent();
            return CursorState.Entry;
        }

        if (state == CursorState.Entry)
        {
            return Resume(Direction.Forward);
        }

        _resume = _mustMove ? Direction.Forward : Direction.None;
        return state;
    }

    public CursorState Previous()
    {
        if (_resume != Direction.None)
        {
            return Resume();
        }

        if (_direction == Direction.Backward)
        {
            return Resume(Direction.Backward);
        }

        if (!_isTurning)
        {
            RememberKey();
            _isTurning = true;
        }

        CursorState state = _versions.SeekBefore(_key.Written);
        _isTurning = state == CursorState.NeedsLoad;
        return StartBackward(state);
    }

    public void Load() => _versions.Load();

    public void Dispose()
    {
        _key.Dispose();
        _value.Dispose();
    }

    private CursorState StartForward(CursorState state, bool skipsKey)
    {
        if (state != CursorState.Entry)
        {
            return state;
        }

        _mustMove = false;
        _skipsKey = skipsKey;
        return Resume(Direction.Forward);
    }

    private CursorState StartBackward(CursorState state)
    {
        if (state != CursorState.Entry)
        {
            return state;
        }

        _mustMove = false;
        _isExhausted = false;
        _hasCandidate = false;
        return Resume(Direction.Backward);
    }

    private CursorState Resume() => Resume(_resume);

    private CursorState Resume(Direction direction)
    {
        _direction = direction;
        CursorState state = direction == Direction.Forward ? FindForward() : FindBackward();
        _resume = state == CursorState.NeedsLoad ? direction : Direction.None;
        return state;
    }

    /// <summary>Goes on to the next version that is seen, past too new ones, removed ones and older ones of the same key.</summary>
    private CursorState FindForward()
    {
        while (true)
        {
            if (_mustMove)
            {
                CursorState state = _versions.Next();
                if (state != CursorState.Entry)
                {
                    return state;
                }

                _mustMove = false;
            }

            ReadOnlySpan<byte> key = _versions.Key;
            if (_to.Length != 0 && key.SequenceCompareTo(_to.Key) >= 0)
            {
                return CursorState.End;
            }

            _mustMove = true;
            if ((_skipsKey && key.SequenceEqual(_key.Written)) || EntryStamp.Sequence(_versions.Stamp) > _sequenceMax)
            {
                continue;
            }

            if (IsSeen(key, _versions.Stamp))
            {
                ShowCurrent();
                return CursorState.Entry;
            }

            PassKey();
        }
    }

    /// <summary>Older versions of the current key are not looked at. If there is none, the key need not be remembered.</summary>
    private void PassKey()
    {
        _mustMove = true;
        _skipsKey = !_versions.IsKeyOver;
        if (_skipsKey)
        {
            RememberKey();
        }
    }

    /// <summary>
    /// Backward, the versions of a key come oldest first: each that is not too new replaces the candidate, until another key shows
    /// that the candidate is the newest. Candidates are copied, because the next move ends the loan.
    /// </summary>
    private CursorState FindBackward()
    {
        while (true)
        {
            if (_mustMove)
            {
                CursorState state = _versions.Previous();
                if (state == CursorState.NeedsLoad)
                {
                    return state;
                }

                _mustMove = false;
                _isExhausted = state == CursorState.End;
            }

            bool isOver = _isExhausted || _versions.Key.SequenceCompareTo(_from.Key) < 0;
            if (_hasCandidate && (isOver || !_versions.Key.SequenceEqual(_key.Written)) && TryShowCandidate())
            {
                return CursorState.Entry;
            }

            if (isOver)
            {
                return CursorState.End;
            }

            Consider();
            _mustMove = true;
        }
    }

    private void Consider()
    {
        if (EntryStamp.Sequence(_versions.Stamp) > _sequenceMax)
        {
            return;
        }

        RememberKey();
        _value.Clear();
        _candidateStamp = _versions.Stamp;
        _hasCandidate = true;
        if (EntryStamp.Kind(_versions.Stamp) == EntryKind.Put)
        {
            _value.Append(_versions.Value);
        }
    }

    private bool TryShowCandidate()
    {
        _hasCandidate = false;
        if (!IsSeen(_key.Written, _candidateStamp))
        {
            return false;
        }

        KeyPointer = _key.Pointer;
        KeyLength = _key.Length;
        ValuePointer = _value.Pointer;
        ValueLength = _value.Length;
        Sequence = EntryStamp.Sequence(_candidateStamp);
        return true;
    }

    private bool IsSeen(ReadOnlySpan<byte> key, ulong stamp)
        => EntryStamp.Kind(stamp) == EntryKind.Put && (_drops.Length == 0 || !DropMark.AnyHides(_drops, key, stamp, _sequenceMax));

    private void RememberKey()
    {
        _key.Clear();
        _key.Append(_versions.Key);
    }

    private void ShowCurrent()
    {
        _mustMove = false;
        KeyPointer = _versions.KeyPointer;
        KeyLength = _versions.KeyLength;
        ValuePointer = _versions.ValuePointer;
        ValueLength = _versions.ValueLength;
        Sequence = EntryStamp.Sequence(_versions.Stamp);
    }

    /// <summary>A bound of its own memory, kept from use to use.</summary>
    private sealed class Bound
    {
        private byte[] _bytes = [];

        public int Length { get; private set; }

        public ReadOnlySpan<byte> Key => _bytes.AsSpan(0, Length);

        public void Set(ReadOnlySpan<byte> key)
        {
            if (_bytes.Length < key.Length)
            {
                _bytes = new byte[Math.Max(64, key.Length)];
            }

            key.CopyTo(_bytes);
            Length = key.Length;
        }
    }
}
