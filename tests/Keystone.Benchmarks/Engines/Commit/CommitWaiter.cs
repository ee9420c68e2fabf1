using System.Threading.Tasks.Sources;

namespace Keystone.Benchmarks.Engines.Commit;

/// <summary>
/// The source of one durable put's task. Rented when the put enters, back in the pool when its result was taken. Its
/// continuation runs on the thread that completes it, which is one of the pool's and never the committer's.
/// </summary>
internal sealed class CommitWaiter : IValueTaskSource
{
    private const int PoolWaitersMax = 4096;

    private static readonly Lock Gate = new();
    private static readonly CommitWaiter[] Pool = new CommitWaiter[PoolWaitersMax];
    private static int _pooled;

    private ManualResetValueTaskSourceCore<bool> _core;

    public ValueTask Task => new(this, _core.Version);

    public static CommitWaiter Rent()
    {
        lock (Gate)
        {
            if (_pooled > 0)
            {
                return Pool[--_pooled];
            }
        }

        return new CommitWaiter();
    }

    public void Complete() => _core.SetResult(true);

    public void GetResult(short token)
    {
        _core.GetResult(token);
        _core.Reset();
        lock (Gate)
        {
            if (_pooled < PoolWaitersMax)
            {
                Pool[_pooled++] = this;
            }
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
