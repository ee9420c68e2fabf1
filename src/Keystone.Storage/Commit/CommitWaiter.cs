using System.Threading.Tasks.Sources;

namespace Keystone.Storage.Commit;

/// <summary>
/// One caller who waits for a group: a pooled source of a ValueTask. Its life: taken from the pool with a batch, completed once by
/// the committer, awaited once, given back by the await. A caller may spin on it before it awaits; then the committer completes it
/// without a post.
/// </summary>
internal sealed class CommitWaiter(CommitWaiterPool pool) : IValueTaskSource<WriteResult>
{
    private const int Idle = 0;
    private const int Spinning = 1;
    private const int Done = 2;

    private ManualResetValueTaskSourceCore<WriteResult> _source;
    private WriteResult _result;
    private StoreException? _failure;
    private int _spin;

    /// <summary>The next free waiter in the pool.</summary>
    public CommitWaiter? NextFree { get; set; }

    public ValueTask<WriteResult> Task => new(this, _source.Version);

    public bool IsDone => Volatile.Read(ref _spin) == Done;

    public void Prepare(WriteResult result) => _result = result;

    /// <summary>The caller promises to look at <see cref="IsDone"/> and not to await yet.</summary>
    public void BeginSpin() => Volatile.Write(ref _spin, Spinning);

    /// <summary>Ends the promise. False when the waiter was completed meanwhile: take <see cref="TakeResult"/>.</summary>
    public bool TryEndSpin() => Interlocked.CompareExchange(ref _spin, Idle, Spinning) == Spinning;

    /// <summary>The result of a waiter that was completed while its caller spun; gives the waiter back.</summary>
    public WriteResult TakeResult()
    {
        WriteResult result = _result;
        StoreException? failure = _failure;
        Recycle();
        return failure is null ? result : throw failure;
    }

    /// <summary>By the committer: notes the end. True when the caller spins and needs no post.</summary>
    public bool TryCompleteSpinner(StoreException? failure)
    {
        _failure = failure;
        return Interlocked.CompareExchange(ref _spin, Done, Spinning) == Spinning;
    }

    /// <summary>By the post: lets the await go on, on this thread.</summary>
    public void Complete()
    {
        if (_failure is null)
        {
            _source.SetResult(_result);
        }
        else
        {
            _source.SetException(_failure);
        }
    }

    WriteResult IValueTaskSource<WriteResult>.GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            Recycle();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<WriteResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<WriteResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _source.OnCompleted(continuation, state, token, flags);

    private void Recycle()
    {
        _source.Reset();
        _failure = null;
        _spin = Idle;
        pool.Return(this);
    }
}

/// <summary>
/// Free waiters. Returned from any thread without a lock; taken under the committer's lock, which takes over all returned ones at
/// once, so that no waiter can come back between a read and an exchange.
/// </summary>
internal sealed class CommitWaiterPool
{
    private CommitWaiter? _returned;
    private CommitWaiter? _free;

    /// <summary>Under the committer's lock.</summary>
    public CommitWaiter Take()
    {
        _free ??= Interlocked.Exchange(ref _returned, null);
        if (_free is not { } waiter)
        {
            return new CommitWaiter(this);
        }

        _free = waiter.NextFree;
        waiter.NextFree = null;
        return waiter;
    }

    public void Return(CommitWaiter waiter)
    {
        CommitWaiter? head = Volatile.Read(ref _returned);
        while (true)
        {
            waiter.NextFree = head;
            CommitWaiter? seen = Interlocked.CompareExchange(ref _returned, waiter, head);
            if (ReferenceEquals(seen, head))
            {
                return;
            }

            head = seen;
        }
    }
}
