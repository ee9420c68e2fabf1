using static Keystone.Benchmarks.Engines.Rocks.RocksDbNative;

namespace Keystone.Benchmarks.Engines.Rocks;

/// <summary>One write batch and the puts that wait for it. Filled under the committer's gate, then owned by its thread.</summary>
internal sealed unsafe class CommitGroup : IDisposable
{
    private CommitWaiter[] _waiters = new CommitWaiter[64];
    private readonly CommitChunk[] _chunks = [new(), new()];

    public nint Batch { get; } = rocksdb_writebatch_create();

    public int Count { get; private set; }

    /// <summary>Returns whether this is the group's first put, so that the committer must be woken.</summary>
    public bool Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, CommitWaiter waiter)
    {
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            rocksdb_writebatch_put(Batch, keyBytes, (nuint)key.Length, valueBytes, (nuint)value.Length);
        }

        if (Count == _waiters.Length)
        {
            Array.Resize(ref _waiters, Count * 2);
        }

        _waiters[Count++] = waiter;
        return Count == 1;
    }

    /// <summary>Hands the waiters to the thread pool in two chunks, one for each core, and makes the group empty.</summary>
    public void Complete()
    {
        int half = (Count + 1) / 2;
        ReadOnlySpan<CommitWaiter> waiters = _waiters.AsSpan(0, Count);
        Queue(ref _chunks[0], waiters[..half]);
        Queue(ref _chunks[1], waiters[half..]);
        rocksdb_writebatch_clear(Batch);
        Count = 0;
    }

    public void Dispose() => rocksdb_writebatch_destroy(Batch);

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
