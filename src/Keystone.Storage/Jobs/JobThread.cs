namespace Keystone.Storage.Jobs;

/// <summary>One job of a <see cref="ThreadJobHost"/> and the thread that steps it, from its start to its last step.</summary>
internal sealed class JobThread : IJobHandle
{
    /// <summary>Vain looks for a wake after which the job's thread parks at once.</summary>
    private const int VainSpinsMax = 4;

    /// <summary>Waits without a look, after which it tries one again.</summary>
    private const int WaitsWithoutSpinMax = 64;

    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private readonly ThreadJobHost _host;
    private readonly IJob _job;
    private readonly JobSignal _signal = new(Futex.IsSupported);
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Wakes the job after a delay by a clock that is not the system's. Made at the first such delay. The job's thread only.
    /// </summary>
    private ITimer? _timer;

    private int _vainSpins;
    private int _waitsWithoutSpin;

    public JobThread(ThreadJobHost host, IJob job)
    {
        _host = host;
        _job = job;
    }

    public Task Completion => _completion.Task;

    public void Wake() => _signal.Wake();

    public void Start()
    {
        Thread thread = new(Run, ThreadJobHost.StackBytes) { IsBackground = true, Name = _job.Name };
        thread.UnsafeStart();
    }

    /// <summary>The top of the thread: whatever leaves a step ends up here, and nowhere else.</summary>
    private void Run()
    {
        if (_job.Priority == JobPriority.Background)
        {
            ThreadNiceness.Lower();
        }

        Exception? failure = null;
        try
        {
            StepUntilDone();
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }

        _timer?.Dispose();
        if (failure is null)
        {
            _completion.SetResult();
        }
        else
        {
            _host.Report(_job, failure);
            _completion.SetException(failure);
        }

        _host.End(this);
    }

    private void StepUntilDone()
    {
        while (true)
        {
            _signal.Clear();
            JobStep step = _job.Step();
            switch (step.Wait)
            {
                case JobWait.Never:
                    return;
                case JobWait.Wake:
                    WaitForWake(Never);
                    break;
                case JobWait.WakeOrDelay:
                    WaitForWake(step.Delay);
                    break;
                default:
                    Invariant.Require(step.Wait == JobWait.Nothing);
                    break;
            }
        }
    }

    private void WaitForWake(TimeSpan delay)
    {
        if (_job.Priority == JobPriority.Foreground && IsSpinWorthwhile() && SpinForWake())
        {
            return;
        }

        if (delay == Never)
        {
            _signal.Park(delay);
        }
        else if (ReferenceEquals(_host.Time, TimeProvider.System))
        {
            // The thread keeps its own time, so that a starved thread pool delays no job.
            _signal.Park(AtMost(delay));
        }
        else
        {
            _timer ??= _host.Time.CreateTimer(static signal => ((JobSignal)signal!).Wake(), _signal, Never, Never);
            _timer.Change(AtMost(delay), Never);
            _signal.Park(Never);
            _timer.Change(Never, Never);
        }
    }

    /// <summary>
    /// Looking for a wake pays where wakes come soon and from another processor. On a busy machine the thread that would wake
    /// this one may wait for the very processor on which it looks; so after a few vain looks it only tries now and then.
    /// </summary>
    private bool IsSpinWorthwhile() => _vainSpins < VainSpinsMax || ++_waitsWithoutSpin >= WaitsWithoutSpinMax;

    private bool SpinForWake()
    {
        bool isWoken = _host.Spin(_signal);
        _vainSpins = isWoken ? 0 : Math.Min(_vainSpins + 1, VainSpinsMax);
        _waitsWithoutSpin = 0;
        return isWoken;
    }

    /// <summary>Whole milliseconds, since a shorter wait would be cut down to none, and no more than a timer takes.</summary>
    private static TimeSpan AtMost(TimeSpan delay)
        => TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(delay.TotalMilliseconds), 0, ThreadJobHost.DelayMillisecondsMax));
}
