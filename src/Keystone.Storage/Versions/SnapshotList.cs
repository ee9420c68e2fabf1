namespace Keystone.Storage.Versions;

/// <summary>
/// The snapshots that are alive. Flush and compaction ask, after everything in their inputs is published, which sequences of a stripe
/// must stay readable. Registration and the reading of the published vector are one act under the lock, so a snapshot that a job
/// does not see yet can only be newer than all of its inputs.
/// </summary>
internal sealed class SnapshotList(PublishedSequences published, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Snapshot> _alive = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _alive.Count;
            }
        }
    }

    /// <summary>Called when a snapshot was let go: work that waited for it may be possible now.</summary>
    public Action? OnReleased { get; set; }

    /// <summary>How long the oldest snapshot has been alive; zero without any.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            lock (_lock)
            {
                return _alive.First is { } first ? time.GetElapsedTime(first.Value.TakenAt) : TimeSpan.Zero;
            }
        }
    }

    /// <summary>A snapshot over all stripes: what was published at one moment between two groups.</summary>
    public Snapshot Take(int stripeCount)
    {
        ulong[] vector = new ulong[stripeCount];
        lock (_lock)
        {
            published.CopyTo(vector);
            return Register(new Snapshot(this, vector, time.GetTimestamp()));
        }
    }

    /// <summary>The sequences of a stripe that live snapshots read at, ascending, without repeats.</summary>
    public ulong[] SequencesOf(int stripe)
    {
        lock (_lock)
        {
            if (_alive.Count == 0)
            {
                return [];
            }

            SortedSet<ulong> sequences = [];
            foreach (Snapshot snapshot in _alive)
            {
                sequences.Add(snapshot.HeldSequenceOf(stripe));
            }

            return [.. sequences];
        }
    }

    internal void Remove(LinkedListNode<Snapshot> node)
    {
        lock (_lock)
        {
            _alive.Remove(node);
        }

        OnReleased?.Invoke();
    }

    private Snapshot Register(Snapshot snapshot)
    {
        snapshot.Node = _alive.AddLast(snapshot);
        return snapshot;
    }
}
