using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>
/// Back-pressure: how full the write buffers and the log are decides whether writers pass, are slowed, or wait. Evaluated after every
/// group and every flush; read by every write. Slowed writers are let through by a job in ever longer turns, stopped ones when a
/// flush has made room. A store in memory refuses instead of letting anybody wait for room that no one else will make.
/// </summary>
internal sealed class WriteStall : IJob
{
    /// <summary>From this share of a budget on writers are slowed.</summary>
    public const double SlowShare = 0.8;

    /// <summary>From this share on they wait.</summary>
    public const double StopShare = 1.0;

    private const int TurnMillisecondsMax = 10;

    private readonly Func<double> _fill;
    private readonly Func<StoreException?> _refusal;
    private readonly Poison _poison;
    private readonly Turnstile _gate;
    private readonly Turnstile _memory;
    private readonly Func<bool> _mustWait;
    private int _level;
    private long _waitCount;
    private bool _isTurnDue;
    private bool _stopping;

    /// <param name="host">Runs those who were let through.</param>
    /// <param name="fill">How full the fuller budget is.</param>
    /// <param name="refusal">Why writers are refused who would have to wait; null while they may wait.</param>
    /// <param name="poison">Whoever waits when it is set goes on, and meets it.</param>
    public WriteStall(IJobHost host, Func<double> fill, Func<StoreException?> refusal, Poison poison)
    {
        _fill = fill;
        _refusal = refusal;
        _poison = poison;
        _gate = new Turnstile(host);
        _memory = new Turnstile(host);
        _mustWait = () => !IsOpen && !Volatile.Read(ref _stopping);
    }

    private enum Level
    {
        Open = 0,
        Slow = 1,
        Stop = 2,
    }

    public string Name => "stall";

    public JobPriority Priority => JobPriority.Foreground;

    public IJobHandle? Handle { get; set; }

    public bool IsOpen => Volatile.Read(ref _level) == (int)Level.Open;

    /// <summary>Whether even a writer who has waited for a turn has to wait on.</summary>
    public bool IsStopped => Volatile.Read(ref _level) == (int)Level.Stop;

    /// <summary>Called when a write has to wait: something should be flushed.</summary>
    public Action? OnWait { get; set; }

    /// <summary>How many writes had to wait so far.</summary>
    public long WaitCount => Volatile.Read(ref _waitCount);

    /// <summary>Looks at the budgets anew. Cheap; called often.</summary>
    public void Evaluate()
    {
        double share = _poison.IsSet || Volatile.Read(ref _stopping) ? 0 : _fill();
        Level level = share >= StopShare ? Level.Stop : share >= SlowShare ? Level.Slow : Level.Open;
        Level before = (Level)Interlocked.Exchange(ref _level, (int)level);
        if (level == Level.Open && before != Level.Open)
        {
            _gate.ReleaseAll();
        }
    }

    /// <summary>Waits for a turn. The caller then tries again.</summary>
    /// <exception cref="StoreException">DiskFull, when the store refuses instead of letting anybody wait.</exception>
    public ValueTask WaitAsync() => WaitAt(_gate, _mustWait);

    /// <summary>The pool had no chunk for a batch: asks for a flush and waits for a turn. The caller then tries again.</summary>
    public ValueTask WaitForMemoryAsync(Action askForFlush)
    {
        return WaitAt(_memory, () =>
        {
            askForFlush();
            return !Volatile.Read(ref _stopping);
        });
    }

    /// <summary>After a flush, and when the store is poisoned or closed.</summary>
    public void NoteRoom()
    {
        Evaluate();
        _memory.ReleaseAll();
    }

    public void Stop()
    {
        Volatile.Write(ref _stopping, true);
        NoteRoom();
        _gate.ReleaseAll();
        Handle?.Wake();
    }

    /// <summary>
    /// Lets slowed writers through in turns, and lets those who lack memory try again from time to time: what a flush has written is
    /// free only when the last reader of it is gone, and readers tell nobody.
    /// </summary>
    public JobStep Step()
    {
        if (Volatile.Read(ref _stopping))
        {
            return JobStep.Done;
        }

        Evaluate();
        bool letsThrough = _gate.HasWaiters && (Level)Volatile.Read(ref _level) == Level.Slow;
        if (!letsThrough && !_memory.HasWaiters && !_gate.HasWaiters)
        {
            _isTurnDue = false;
            return JobStep.Sleep;
        }

        if (_isTurnDue)
        {
            _memory.ReleaseAll();
            if (letsThrough || _refusal() is not null)
            {
                _gate.ReleaseAll();
            }
        }

        _isTurnDue = !_isTurnDue;
        double depth = Math.Clamp((_fill() - SlowShare) / (StopShare - SlowShare), 0, 1);
        return _isTurnDue ? JobStep.SleepFor(TimeSpan.FromMilliseconds(1 + (depth * (TurnMillisecondsMax - 1)))) : JobStep.Again;
    }

    private ValueTask WaitAt(Turnstile turnstile, Func<bool> mustWait)
    {
        if (_refusal() is { } refusal)
        {
            throw new StoreException(refusal.Code, $"The write was refused, since nothing can be flushed: {refusal.Message}", refusal);
        }

        Interlocked.Increment(ref _waitCount);
        ValueTask turn = turnstile.WaitAsync(mustWait);
        OnWait?.Invoke();
        Handle?.Wake();
        return turn;
    }
}
