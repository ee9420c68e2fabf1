using static Keystone.Benchmarks.Engines.Rocks.RocksDbNative;

namespace Keystone.Benchmarks.Engines.Rocks;

/// <summary>
/// Group commit above RocksDB, as a careful C# program would write it. Enters: durable puts from any number of tasks.
/// Leaves: one write batch with sync at a time. While one batch is being synced the next one fills; the sync in flight is
/// the gathering window, so there is no timer. Always holds: a put is in exactly one batch, and its task completes after
/// the sync of that batch. Nothing is allocated once as many waiters exist as puts were ever in flight together.
/// </summary>
internal sealed unsafe class RocksDbCommitter : IDisposable
{
    private readonly nint _db;
    private readonly nint _syncedOptions;
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly Thread _thread;

    // Under the gate: the group that fills. The other one belongs to the committer's thread.
    private CommitGroup _filling = new();
    private CommitGroup _writing = new();
    private bool _closing;

    public RocksDbCommitter(nint db, nint syncedOptions)
    {
        _db = db;
        _syncedOptions = syncedOptions;
        _thread = new Thread(Run) { IsBackground = true, Name = "rocksdb-committer" };
        _thread.Start();
    }

    public ValueTask PutAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        CommitWaiter waiter = CommitWaiter.Rent();
        bool first;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, this);
            first = _filling.Add(key, value, waiter);
        }

        if (first)
        {
            _work.Set();
        }

        return waiter.Task;
    }

    /// <summary>Writes what is queued and ends the thread. The store must still be open.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closing = true;
        }

        _work.Set();
        _thread.Join();
        _work.Dispose();
        _filling.Dispose();
        _writing.Dispose();
    }

    private void Run()
    {
        while (TakeGroup())
        {
            byte* error = null;
            rocksdb_write(_db, _syncedOptions, _writing.Batch, &error);
            Check(error);
            _writing.Complete();
        }
    }

    private bool TakeGroup()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_filling.Count > 0)
                {
                    (_filling, _writing) = (_writing, _filling);
                    return true;
                }

                if (_closing)
                {
                    return false;
                }
            }

            _work.WaitOne();
        }
    }
}
