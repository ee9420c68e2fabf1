namespace Keystone.Benchmarks.Engines.Commit;

/// <summary>
/// Group commit above a peer, as a careful C# program would write it. Enters: durable puts from any number of tasks.
/// Leaves: one synced batch or transaction at a time. While one is being synced the next one fills; the sync in flight is
/// the gathering window, so there is no timer. Always holds: a put is in exactly one batch, and its task completes after
/// the sync of that batch. Nothing is allocated once as many waiters exist as puts were ever in flight together. A batch that fails
/// ends the process: a figure with errors in it is none.
/// </summary>
internal sealed class GroupCommitter : IDisposable
{
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly Thread _thread;

    // Under the gate: the group that fills. The other one belongs to the committer's thread.
    private CommitGroup _filling;
    private CommitGroup _writing;
    private bool _closing;

    /// <param name="newBatch">Makes an empty batch; called twice.</param>
    public GroupCommitter(Func<ICommitBatch> newBatch)
    {
        _filling = new CommitGroup(newBatch());
        _writing = new CommitGroup(newBatch());
        _thread = new Thread(Run) { IsBackground = true, Name = "group-committer" };
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
            _writing.Commit();
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
