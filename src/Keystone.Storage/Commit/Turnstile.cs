using Keystone.Storage.Jobs;

namespace Keystone.Storage.Commit;

/// <summary>Callers who wait for something rare, and are all let through together to try again. Waiting allocates; nobody waits on the hot path.</summary>
internal sealed class Turnstile(IJobHost host)
{
    private readonly Lock _lock = new();
    private Gathering? _next;

    public bool HasWaiters => Volatile.Read(ref _next) is not null;

    /// <summary>
    /// Waits for the next release, unless <paramref name="mustWait"/> says that there is nothing to wait for any more. The waiter shows
    /// itself before it looks, and the releaser changes what is looked at before it looks for waiters: so no release is missed.
    /// </summary>
    public Task WaitAsync(Func<bool> mustWait)
    {
        lock (_lock)
        {
            _next ??= new Gathering();
            Interlocked.MemoryBarrier();
            return mustWait() ? _next.Source.Task : Task.CompletedTask;
        }
    }

    public void ReleaseAll()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _next) is null)
        {
            return;
        }

        Gathering? waiting;
        lock (_lock)
        {
            waiting = _next;
            _next = null;
        }

        if (waiting is not null)
        {
            host.Post(waiting);
        }
    }

    private sealed class Gathering : IThreadPoolWorkItem
    {
        public TaskCompletionSource Source { get; } = new();

        public void Execute() => Source.SetResult();
    }
}
