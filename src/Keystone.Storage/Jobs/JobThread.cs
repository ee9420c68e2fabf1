namespace Keystone.Storage.Jobs;

/// <summary>One job of a <see cref="ThreadJobHost"/> and the thread that steps it, from its start to its last step.</summary>
internal sealed class JobThread : IJobHandle
{
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private readonly ThreadJobHost _host;
    private readonly IJob _job;
    private readonly JobSignal _signal = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Wakes the job after a delay by a clock that is not the system's. Made at the first such delay. The job's thread only.
    /// </summary>
    private ITimer? _timer;

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
        if (_job.Priority == JobPriority.Foreground && _host.Spin(_signal))
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

    /// <summary>Whole milliseconds, since a shorter wait would be cut down to none, and no more than a timer takes.</summary>
    private static TimeSpan AtMost(TimeSpan delay)
        => TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(delay.TotalMilliseconds), 0, ThreadJobHost.DelayMillisecondsMax));
}
