using System.Threading.Tasks.Sources;
using Keystone.Storage.Jobs;

namespace Keystone.Storage.Commit;

/// <summary>
/// Callers who wait for something, and are all let through together to try again, each in a turn of its own. Under load that is not
/// rare, so what they wait on is used again.
/// </summary>
internal sealed class Turnstile(IJobHost host)
{
    /// <summary>As many passages are kept; more waiters than this at a time make their own.</summary>
    private const int KeptMax = 1024;

    private readonly Lock _lock = new();
    private List<Passage>? _waiting;

    // Under the lock: what is free to be used again.
    private List<Passage>? _spareList;
    private Passage? _free;
    private int _kept;

    public bool HasWaiters => Volatile.Read(ref _waiting) is not null;

    /// <summary>
    /// Waits for the next release, unless <paramref name="mustWait"/> says that there is nothing to wait for any more. The waiter shows
    /// itself before it looks, and the releaser changes what is looked at before it looks for waiters: so no release is missed.
    /// To be awaited once.
    /// </summary>
    public ValueTask WaitAsync(Func<bool> mustWait)
    {
        lock (_lock)
        {
            List<Passage> waiting = _waiting ??= TakeList();
            Interlocked.MemoryBarrier();
            if (!mustWait())
            {
                return ValueTask.CompletedTask;
            }

            Passage passage = TakePassage();
            waiting.Add(passage);
            return passage.Task;
        }
    }

    public void ReleaseAll()
    {
        Interlocked.MemoryBarrier();
        if (!HasWaiters)
        {
            return;
        }

        List<Passage>? waiting;
        lock (_lock)
        {
            waiting = _waiting;
            _waiting = null;
        }

        if (waiting is null)
        {
            return;
        }

        foreach (Passage passage in waiting)
        {
            host.Post(passage);
        }

        waiting.Clear();
        lock (_lock)
        {
            _spareList ??= waiting;
        }
    }

    /// <summary>Under the lock.</summary>
    private List<Passage> TakeList()
    {
        List<Passage> list = _spareList ?? [];
        _spareList = null;
        return list;
    }

    /// <summary>Under the lock.</summary>
    private Passage TakePassage()
    {
        if (_free is not { } passage)
        {
            return new Passage(this);
        }

        _free = passage.NextFree;
        passage.NextFree = null;
        _kept--;
        return passage;
    }

    private void Return(Passage passage)
    {
        lock (_lock)
        {
            if (_kept < KeptMax)
            {
                passage.NextFree = _free;
                _free = passage;
                _kept++;
            }
        }
    }

    /// <summary>One waiter: taken with a wait, completed by the post, given back by the await.</summary>
    private sealed class Passage(Turnstile turnstile) : IValueTaskSource, IThreadPoolWorkItem
    {
        private ManualResetValueTaskSourceCore<bool> _source;

        public Passage? NextFree { get; set; }

        public ValueTask Task => new(this, _source.Version);

        public void Execute() => _source.SetResult(true);

        public void GetResult(short token)
        {
            _source.GetResult(token);
            _source.Reset();
            turnstile.Return(this);
        }

        public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
            => _source.OnCompleted(continuation, state, token, flags);
    }
}
