namespace Keystone.Storage.Jobs;

/// <summary>Runs jobs. The engine gets one and starts no thread, task or timer of its own.</summary>
public interface IJobHost
{
    /// <summary>The clock that delays are measured by, and the only one in the engine.</summary>
    TimeProvider Time { get; }

    /// <summary>Begins to step a job, starting with a first step without a wake.</summary>
    IJobHandle Start(IJob job);

    /// <summary>
    /// Runs a short piece of callers' work (the continuations of awaits) outside of the job that completed it, without allocating.
    /// </summary>
    void Post(IThreadPoolWorkItem work);
}

/// <summary>A job as its host knows it.</summary>
public interface IJobHandle
{
    /// <summary>
    /// Lets the job take a step soon. Cheap, never blocks, may be called from any thread; wakes that come before the step count as one.
    /// </summary>
    void Wake();

    /// <summary>Completes after the step that returned <see cref="JobStep.Done"/>; fails if a step threw.</summary>
    Task Completion { get; }
}
