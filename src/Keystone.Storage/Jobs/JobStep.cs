namespace Keystone.Storage.Jobs;

/// <summary>What a job waits for after a step.</summary>
public readonly record struct JobStep
{
    private JobStep(JobWait wait, TimeSpan delay)
    {
        Wait = wait;
        Delay = delay;
    }

    /// <summary>The job has more to do and can go on at once.</summary>
    public static JobStep Again => new(JobWait.Nothing, TimeSpan.Zero);

    /// <summary>The job goes on when its <see cref="IJobHandle.Wake"/> is called. A wake during the step counts.</summary>
    public static JobStep Sleep => new(JobWait.Wake, TimeSpan.Zero);

    /// <summary>The job is over and will not be stepped again.</summary>
    public static JobStep Done => new(JobWait.Never, TimeSpan.Zero);

    /// <summary>What has to happen before the next step.</summary>
    public JobWait Wait { get; }

    /// <summary>With <see cref="JobWait.WakeOrDelay"/>, how long the job waits at most, by the host's clock.</summary>
    public TimeSpan Delay { get; }

    /// <summary>The job goes on after this long, or when it is woken, whichever comes first.</summary>
    public static JobStep SleepFor(TimeSpan delay) => new(JobWait.WakeOrDelay, delay);
}

/// <summary>What has to happen before the next step of a job.</summary>
public enum JobWait
{
    /// <summary>Nothing: it can go on.</summary>
    Nothing = 0,

    /// <summary>A call of <see cref="IJobHandle.Wake"/>.</summary>
    Wake = 1,

    /// <summary>A call of <see cref="IJobHandle.Wake"/> or the end of the delay.</summary>
    WakeOrDelay = 2,

    /// <summary>There is no next step.</summary>
    Never = 3,
}
