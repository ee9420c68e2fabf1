using Keystone.Storage.Jobs;

namespace Keystone.Storage.Commit;

/// <summary>
/// The callers of a published group on their way back, on threads of the pool. Many are completed in one turn, because a turn each
/// costs more than most of them do with it.
/// <para>
/// What always holds: while a turn runs a caller's continuation and others still wait, another turn stands in the pool's queue. A
/// continuation that blocks its thread holds up nobody but itself, and every free processor takes part.
/// </para>
/// </summary>
internal sealed class Completion(IJobHost host, CompletionPool pool) : IThreadPoolWorkItem
{
    private readonly List<CommitWaiter> _waiters = [];
    private int _next;

    // Turns that were posted and have not ended. The last one to end gives the completion back.
    private int _turns;

    public void Add(CommitWaiter waiter) => _waiters.Add(waiter);

    public void Start()
    {
        _turns = 1;
        host.Post(this);
    }

    public void Execute()
    {
        int count = _waiters.Count;
        if (Volatile.Read(ref _next) + 1 < count)
        {
            Interlocked.Increment(ref _turns);
            host.Post(this);
        }

        for (int next; (next = Interlocked.Increment(ref _next) - 1) < count;)
        {
            _waiters[next].Complete();
        }

        if (Interlocked.Decrement(ref _turns) == 0)
        {
            _waiters.Clear();
            _next = 0;
            pool.Return(this);
        }
    }
}

/// <summary>Free completions; few, so a lock does.</summary>
internal sealed class CompletionPool(IJobHost host)
{
    private readonly Lock _lock = new();
    private readonly Stack<Completion> _free = [];

    /// <summary>
    /// Answers the callers of a group: those who spin see it themselves, the others go on in the pool. The group may be used again when
    /// this returns.
    /// </summary>
    public void Answer(CommitGroup group, StoreException? failure)
    {
        Completion? completion = null;
        foreach (CommitWaiter waiter in group.Waiters)
        {
            if (!waiter.TryCompleteSpinner(failure))
            {
                completion ??= Take();
                completion.Add(waiter);
            }
        }

        completion?.Start();
    }

    public void Return(Completion completion)
    {
        lock (_lock)
        {
            _free.Push(completion);
        }
    }

    private Completion Take()
    {
        lock (_lock)
        {
            return _free.TryPop(out Completion? completion) ? completion : new Completion(host, this);
        }
    }
}
