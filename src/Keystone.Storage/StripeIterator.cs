using Keystone.Storage.Reading;

namespace Keystone.Storage;

/// <summary>Where an iterator stands after a move.</summary>
public enum IteratorState
{
    /// <summary>On an entry.</summary>
    Entry = 0,

    /// <summary>Beyond the last one in this direction. Only a seek may follow.</summary>
    End = 1,

    /// <summary>Bytes from the disk are needed: call <see cref="StripeIterator.Load"/> where blocking is allowed, or await
    /// <see cref="StripeIterator.LoadAsync"/>, then repeat the very same move.</summary>
    NeedsDisk = 2,
}

/// <summary>
/// Walks the keys of one stripe in byte order, both ways, within bounds, at one moment. What <see cref="Key"/> and
/// <see cref="Value"/> lend holds until the next move. Pins memory and files: dispose it soon. For one thread at a time. Copies stand
/// for the same walk; once one of them was disposed, a further dispose does nothing and every other use of any is refused.
/// </summary>
public readonly struct StripeIterator : IDisposable
{
    private readonly StripeWalk? _walk;
    private readonly long _ticket;

    internal StripeIterator(StripeWalk walk, long ticket)
    {
        _walk = walk;
        _ticket = ticket;
    }

    /// <summary>The current key.</summary>
    /// <exception cref="ObjectDisposedException">The iterator was disposed, here and in every other member.</exception>
    public unsafe ReadOnlySpan<byte> Key
    {
        get
        {
            VisibleCursor cursor = Walk.Visible;
            return new ReadOnlySpan<byte>(cursor.KeyPointer, cursor.KeyLength);
        }
    }

    /// <summary>The current value.</summary>
    public unsafe ReadOnlySpan<byte> Value
    {
        get
        {
            VisibleCursor cursor = Walk.Visible;
            return new ReadOnlySpan<byte>(cursor.ValuePointer, cursor.ValueLength);
        }
    }

    /// <summary>The sequence of the current version.</summary>
    public ulong Sequence => Walk.Visible.Sequence;

    /// <summary>The walk, which may belong to somebody else once this iterator was disposed.</summary>
    private StripeWalk Walk
    {
        get
        {
            if (_walk is not { } walk || !walk.IsOpenFor(_ticket))
            {
                throw new ObjectDisposedException(nameof(StripeIterator));
            }

            return walk;
        }
    }

    /// <summary>Moves to the first key within the bounds.</summary>
    public IteratorState SeekFirst() => (IteratorState)Walk.Visible.SeekFirst();

    /// <summary>Moves to the last key within the bounds.</summary>
    public IteratorState SeekLast() => (IteratorState)Walk.Visible.SeekLast();

    /// <summary>Moves to the first key at or after <paramref name="key"/>.</summary>
    public IteratorState Seek(ReadOnlySpan<byte> key) => (IteratorState)Walk.Visible.Seek(key);

    /// <summary>Moves to the last key before <paramref name="key"/>.</summary>
    public IteratorState SeekBefore(ReadOnlySpan<byte> key) => (IteratorState)Walk.Visible.SeekBefore(key);

    /// <summary>Moves to the next key. Requires that the iterator stands on an entry.</summary>
    public IteratorState Next() => (IteratorState)Walk.Visible.Next();

    /// <summary>Moves to the previous key. Requires that the iterator stands on an entry.</summary>
    public IteratorState Previous() => (IteratorState)Walk.Visible.Previous();

    /// <summary>Reads what the last move lacked, on this thread.</summary>
    public void Load() => Walk.Visible.Load();

    /// <summary>Reads what the last move lacked, on the disk's own threads. Dispose the iterator only after this has ended.</summary>
    public ValueTask LoadAsync() => Walk.LoadAsync();

    /// <summary>Lets go of the moment. Harmless when it was done before.</summary>
    public void Dispose() => _walk?.End(_ticket);
}
