using Keystone.Storage.Jobs;

namespace Keystone.Testing.Jobs;

/// <summary>A job of a <see cref="SeededJobHost"/> and what it waits for.</summary>
internal sealed class SeededJob(SeededJobHost host, IJob job) : IJobHandle
{
    /// <summary>Its continuations run inside the turn that completes it: on the loop's thread, where they belong.</summary>
    private readonly TaskCompletionSource _completion = new();

    private JobWait _wait = JobWait.Nothing;
    private bool _isWoken;

    public string Name => job.Name;

    public Task Completion => _completion.Task;

    public bool IsEnded => _wait == JobWait.Never;

    /// <summary>When the job goes on without a wake, by the host's clock.</summary>
    public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

    public bool IsRunnable(TimeSpan now) => _wait switch
    {
        JobWait.Nothing => true,
        JobWait.Never => false,
        _ => _isWoken || Due <= now,
    };

    public void Wake()
    {
        host.RequireLoopThread();
        _isWoken = true;
    }

    /// <summary>Takes one step and returns what the job waits for now.</summary>
    public JobWait Step()
    {
        _isWoken = false;
        Due = TimeSpan.MaxValue;
        JobStep step = job.Step();
        _wait = step.Wait;
        if (_wait == JobWait.WakeOrDelay)
        {
            Due = step.Delay == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : host.Clock.Elapsed + step.Delay;
        }
        else if (_wait == JobWait.Never)
        {
            _completion.SetResult();
        }

        return _wait;
    }

    public void Fail(Exception failure)
    {
        _wait = JobWait.Never;
        _completion.SetException(failure);
    }

    public override string ToString()
        => _wait == JobWait.WakeOrDelay ? $"{Name} waits until {Due}" : $"{Name}: {(_isWoken ? "woken" : _wait)}";
}
