namespace Keystone.Storage.Versions;

/// <summary>
/// A moment of the whole store that stays readable until it is disposed: the published sequence of every stripe between two groups.
/// It keeps old versions from being removed, so hold it briefly.
/// </summary>
public sealed class Snapshot : IDisposable
{
    private readonly SnapshotList _list;
    private readonly ulong[] _sequences;
    private int _disposed;

    internal Snapshot(SnapshotList list, ulong[] sequences, long takenAt)
    {
        _list = list;
        _sequences = sequences;
        TakenAt = takenAt;
    }

    internal LinkedListNode<Snapshot>? Node { get; set; }

    internal long TakenAt { get; }

    /// <summary>The newest sequence of the stripe that this snapshot sees.</summary>
    /// <exception cref="ObjectDisposedException">The snapshot was disposed: what it saw may be gone.</exception>
    public ulong SequenceOf(int stripe)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return _sequences[stripe];
    }

    /// <summary>The same for the list of snapshots, where it stands until its disposal is through.</summary>
    internal ulong HeldSequenceOf(int stripe) => _sequences[stripe];

    /// <summary>Lets go of the moment. Iterators that were opened on it must be disposed before.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0 && Node is { } node)
        {
            _list.Remove(node);
        }
    }
}
