namespace Keystone.Storage.Commit;

/// <summary>
/// A share of the callers of a published group, completed in one turn of the pool rather than in a turn each. Pooled by the
/// committer.
/// </summary>
internal sealed class Completion(CompletionPool pool) : IThreadPoolWorkItem
{
    private readonly List<CommitWaiter> _waiters = [];

    public int Count => _waiters.Count;

    public void Add(CommitWaiter waiter) => _waiters.Add(waiter);

    public void Execute()
    {
        foreach (CommitWaiter waiter in _waiters)
        {
            waiter.Complete();
        }

        _waiters.Clear();
        pool.Return(this);
    }
}

/// <summary>Free completions; few, so a lock does.</summary>
internal sealed class CompletionPool
{
    private readonly Lock _lock = new();
    private readonly Stack<Completion> _free = [];

    public Completion Take()
    {
        lock (_lock)
        {
            return _free.TryPop(out Completion? completion) ? completion : new Completion(this);
        }
    }

    public void Return(Completion completion)
    {
        lock (_lock)
        {
            _free.Push(completion);
        }
    }
}
