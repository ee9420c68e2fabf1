using System.Threading.Tasks.Sources;
using Keystone.Storage;

namespace Keystone.Benchmarks.Engines.Own;

/// <summary>
/// Turns the engine's answer to one durable put into the harness's task, which carries no result. Rented when the put has to wait,
/// back in the pool when its result was taken; so the adapter allocates nothing for a put. The continuation runs on the
/// thread that the engine completes the put on.
/// </summary>
internal sealed class DurablePut : IValueTaskSource
{
    private const int PoolPutsMax = 4096;

    private static readonly Lock Gate = new();
    private static readonly DurablePut[] Pool = new DurablePut[PoolPutsMax];
    private static int _pooled;

    private readonly Action _answered;
    private ValueTask<WriteResult> _pending;
    private ManualResetValueTaskSourceCore<bool> _core;

    private DurablePut() => _answered = Answered;

    /// <summary>Waits for a put that is under way.</summary>
    public static ValueTask Await(ValueTask<WriteResult> pending)
    {
        DurablePut put = Rent();
        put._pending = pending;

        // The token is read first: the answer may come during the next call, and its taker may give the source back.
        ValueTask task = new(put, put._core.Version);
        pending.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(put._answered);
        return task;
    }

    public void GetResult(short token)
    {
        _core.GetResult(token);
        WriteResult result = _pending.GetAwaiter().GetResult();
        _pending = default;
        _core.Reset();
        Return();
        KeystoneEngine.RequireCommitted(result);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private static DurablePut Rent()
    {
        lock (Gate)
        {
            if (_pooled > 0)
            {
                return Pool[--_pooled];
            }
        }

        return new DurablePut();
    }

    private void Return()
    {
        lock (Gate)
        {
            if (_pooled < PoolPutsMax)
            {
                Pool[_pooled++] = this;
            }
        }
    }

    private void Answered() => _core.SetResult(true);
}
