using Keystone.Storage.Jobs;

namespace Keystone.Storage.Commit;

/// <summary>
/// Callers who wait for something rare, and are all let through together to try again, each in a turn of its own. Waiting allocates;
/// nobody waits on the hot path.
/// </summary>
internal sealed class Turnstile(IJobHost host)
{
    private readonly Lock _lock = new();
    private List<Passage>? _waiting;

    public bool HasWaiters => Volatile.Read(ref _waiting) is not null;

    /// <summary>
    /// Waits for the next release, unless <paramref name="mustWait"/> says that there is nothing to wait for any more. The waiter shows
    /// itself before it looks, and the releaser changes what is looked at before it looks for waiters: so no release is missed.
    /// </summary>
    public Task WaitAsync(Func<bool> mustWait)
    {
        lock (_lock)
        {
            List<Passage> waiting = _waiting ??= [];
            Interlocked.MemoryBarrier();
            if (!mustWait())
            {
                return Task.CompletedTask;
            }

            Passage passage = new();
            waiting.Add(passage);
            return passage.Source.Task;
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

        foreach (Passage passage in waiting ?? [])
        {
            host.Post(passage);
        }
    }

    private sealed class Passage : IThreadPoolWorkItem
    {
        public TaskCompletionSource Source { get; } = new();

        public void Execute() => Source.SetResult();
    }
}
