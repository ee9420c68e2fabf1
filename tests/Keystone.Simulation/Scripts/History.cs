using Keystone.Storage;

namespace Keystone.Simulation.Scripts;

/// <summary>
/// What was written, in the order of the log, and how much of it somebody was told of: the oracle of a crash. Batches are numbered from
/// 0; a store that comes back must hold exactly the batches before some number, and that number is not below what was promised.
/// </summary>
internal sealed class History
{
    private readonly List<Batch> _batches = [];
    private readonly Dictionary<int, ulong> _sequences = [];

    public int Count => _batches.Count;

    /// <summary>Every batch below this number was acknowledged as synced, or comes before one that was.</summary>
    public int SyncedThrough { get; private set; }

    /// <summary>Every batch below this number was acknowledged at least as buffered.</summary>
    public int BufferedThrough { get; private set; }

    /// <summary>Notes a batch that has its place in the log.</summary>
    public Batch Add(IReadOnlyList<Change> changes)
    {
        Dictionary<int, ulong> last = [];
        foreach (Change change in changes)
        {
            last[change.Stripe] = _sequences[change.Stripe] = _sequences.GetValueOrDefault(change.Stripe) + 1;
        }

        Batch batch = new(_batches.Count, changes, last);
        _batches.Add(batch);
        return batch;
    }

    public void Acknowledge(Batch batch, WriteDurability durability)
    {
        BufferedThrough = Math.Max(BufferedThrough, batch.Number + 1);
        if (durability == WriteDurability.Synced)
        {
            SyncedThrough = Math.Max(SyncedThrough, batch.Number + 1);
        }
    }

    /// <summary>Everything that was buffered became synced.</summary>
    public void AcknowledgeSync(int count) => SyncedThrough = Math.Max(SyncedThrough, count);

    /// <summary>The batches that a store with these last sequences holds. Throws when they are not a prefix of what was written.</summary>
    public int PrefixOf(Func<int, ulong> lastSequence)
    {
        int count = 0;
        foreach (Batch batch in _batches)
        {
            int present = batch.LastSequences.Count(s => lastSequence(s.Key) >= s.Value);
            if (present != 0 && present != batch.LastSequences.Count)
            {
                throw new BrokenPromise($"batch {batch.Number} is there in {present} of its {batch.LastSequences.Count} stripes");
            }

            if (present > 0 && count < batch.Number)
            {
                throw new BrokenPromise($"batch {batch.Number} is there, batch {count} before it is not: a hole");
            }

            count += present > 0 ? 1 : 0;
        }

        foreach ((int stripe, ulong sequence) in _sequences)
        {
            if (lastSequence(stripe) > sequence)
            {
                throw new BrokenPromise($"stripe {stripe} has sequence {lastSequence(stripe)}, though only {sequence} were given out");
            }
        }

        return count;
    }

    /// <summary>The number of the last batch that wrote the key; -1 when none did.</summary>
    public int LastChangeOf(int stripe, byte[] key)
        => _batches.FindLastIndex(b => b.Changes.Any(c => c.Stripe == stripe && c.Key.AsSpan().SequenceEqual(key)));

    /// <summary>What was acknowledged is what it was at an earlier moment: the disk goes on from there.</summary>
    public void GoBackTo(int syncedThrough, int bufferedThrough)
    {
        SyncedThrough = syncedThrough;
        BufferedThrough = bufferedThrough;
    }

    /// <summary>Forgets the last batch, which was never given a number.</summary>
    public void ForgetLast()
    {
        if (BufferedThrough >= Count)
        {
            throw new BrokenPromise($"batch {Count - 1} was acknowledged, and then its write failed");
        }

        int buffered = BufferedThrough;
        int synced = SyncedThrough;
        TruncateTo(Count - 1);
        GoBackTo(synced, buffered);
    }

    /// <summary>Forgets what a crash has taken: the store goes on from this prefix.</summary>
    public void TruncateTo(int count)
    {
        _batches.RemoveRange(count, _batches.Count - count);
        _sequences.Clear();
        foreach (Batch batch in _batches)
        {
            foreach ((int stripe, ulong sequence) in batch.LastSequences)
            {
                _sequences[stripe] = sequence;
            }
        }

        SyncedThrough = count;
        BufferedThrough = count;
    }

    /// <summary>What the stripes hold after the first <paramref name="count"/> batches.</summary>
    public Dictionary<int, SortedDictionary<byte[], byte[]>> StateAfter(int count)
    {
        Dictionary<int, SortedDictionary<byte[], byte[]>> stripes = [];
        foreach (Change change in _batches.Take(count).SelectMany(b => b.Changes))
        {
            if (!stripes.TryGetValue(change.Stripe, out SortedDictionary<byte[], byte[]>? keys))
            {
                stripes[change.Stripe] = keys = new SortedDictionary<byte[], byte[]>(ByteOrder.Instance);
            }

            change.Apply(keys);
        }

        return stripes;
    }

    public History Clone()
    {
        History copy = new();
        copy._batches.AddRange(_batches);
        foreach ((int stripe, ulong sequence) in _sequences)
        {
            copy._sequences[stripe] = sequence;
        }

        copy.SyncedThrough = SyncedThrough;
        copy.BufferedThrough = BufferedThrough;
        return copy;
    }
}

/// <summary>A batch in the order of the log, and the last sequence that it took in each of its stripes.</summary>
internal sealed record Batch(int Number, IReadOnlyList<Change> Changes, IReadOnlyDictionary<int, ulong> LastSequences);

/// <summary>A put (value), a removal (no value), or a range drop (<see cref="To"/>).</summary>
internal sealed record Change(int Stripe, byte[] Key, byte[]? Value, byte[]? To = null)
{
    public void Apply(SortedDictionary<byte[], byte[]> keys)
    {
        if (To is { } to)
        {
            bool IsCovered(byte[] key)
                => ByteOrder.Instance.Compare(key, Key) >= 0 && (to.Length == 0 || ByteOrder.Instance.Compare(key, to) < 0);

            foreach (byte[] key in keys.Keys.Where(IsCovered).ToArray())
            {
                keys.Remove(key);
            }
        }
        else if (Value is { } value)
        {
            keys[Key] = value;
        }
        else
        {
            keys.Remove(Key);
        }
    }

    public void AddTo(WriteBatch batch)
    {
        StripeClaim claim = new(Stripe, 1);
        if (To is { } to)
        {
            batch.DropRange(claim, Key, to);
        }
        else if (Value is { } value)
        {
            batch.Put(claim, Key, value);
        }
        else
        {
            batch.Delete(claim, Key);
        }
    }
}

/// <summary>Unsigned bytes, as the engine orders keys.</summary>
internal sealed class ByteOrder : IComparer<byte[]>
{
    public static readonly ByteOrder Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}

/// <summary>A promise of the engine that did not hold.</summary>
internal sealed class BrokenPromise(string message) : Exception(message);
