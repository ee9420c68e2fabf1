namespace Keystone.Benchmarks.Engines.Commit;

/// <summary>One batch and the puts that wait for it. Filled under the committer's gate, then owned by its thread.</summary>
internal sealed class CommitGroup : IDisposable
{
    private readonly ICommitBatch _batch;
    private readonly CommitChunk[] _chunks = [new(), new()];
    private CommitWaiter[] _waiters = new CommitWaiter[64];

    public CommitGroup(ICommitBatch batch)
    {
        _batch = batch;
    }

    public int Count { get; private set; }

    /// <summary>Returns whether this is the group's first put, so that the committer must be woken.</summary>
    public bool Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, CommitWaiter waiter)
    {
        _batch.Add(key, value);
        if (Count == _waiters.Length)
        {
            Array.Resize(ref _waiters, Count * 2);
        }

        _waiters[Count++] = waiter;
        return Count == 1;
    }

    /// <summary>Writes the batch, hands the waiters to the pool in two chunks, one for each core, and makes the group empty.</summary>
    public void Commit()
    {
        _batch.Commit();
        int half = (Count + 1) / 2;
        ReadOnlySpan<CommitWaiter> waiters = _waiters.AsSpan(0, Count);
        Queue(ref _chunks[0], waiters[..half]);
        Queue(ref _chunks[1], waiters[half..]);
        Count = 0;
    }

    public void Dispose() => _batch.Dispose();

    private static void Queue(ref CommitChunk chunk, ReadOnlySpan<CommitWaiter> waiters)
    {
        if (waiters.IsEmpty)
        {
            return;
        }

        // A chunk of two groups ago may still be running: its slot is then replaced, which happens rarely enough to cost nothing.
        if (chunk.IsBusy)
        {
            chunk = new CommitChunk();
        }

        chunk.Fill(waiters);
        ThreadPool.UnsafeQueueUserWorkItem(chunk, preferLocal: false);
    }
}
