namespace Keystone.Storage.Jobs;

/// <summary>
/// Runs each job on a thread of its own, as production does. A thread that has nothing to do is parked; before it parks, the
/// thread of a foreground job looks for a wake for about as long as parking and waking would cost, because somebody waits.
/// <para>
/// What enters: jobs, wakes, continuations. What always holds: the steps of a job run on one thread, one after another; a
/// wake never blocks; no job depends on the thread pool to be stepped; what a step throws reaches the failure callback, then
/// <see cref="IJobHandle.Completion"/>.
/// </para>
/// </summary>
public sealed class ThreadJobHost : IJobHost, IAsyncDisposable
{
    /// <summary>The stack of a job's thread: jobs do not recurse.</summary>
    internal const int StackBytes = 512 * 1024;

    /// <summary>The longest delay between two steps; a job that asks for more is stepped early.</summary>
    internal const int DelayMillisecondsMax = int.MaxValue - 1;

    /// <summary>Looks for a wake before a thread parks, and pauses between two of them: together about 20 microseconds.</summary>
    private const int SpinLooksMax = 100;

    private const int SpinPausesPerLook = 8;

    private readonly Action<IJob, Exception>? _onFailure;

    /// <summary>Half of the processors at most are given to spinning, so that those who should wake a job can run.</summary>
    private readonly int _spinnersMax = Environment.ProcessorCount / 2;

    /// <summary>The jobs that have not ended. Guarded by itself.</summary>
    private readonly HashSet<JobThread> _running = [];

    private int _spinners;
    private bool _isClosed;

    /// <summary>Makes a host without jobs.</summary>
    /// <param name="time">The clock that delays are measured by; the system's by default.</param>
    /// <param name="onFailure">Told what left a step of a job, on the thread of that job. It must not throw.</param>
    public ThreadJobHost(TimeProvider? time = null, Action<IJob, Exception>? onFailure = null)
    {
        Time = time ?? TimeProvider.System;
        _onFailure = onFailure;
    }

    /// <inheritdoc/>
    public TimeProvider Time { get; }

    /// <inheritdoc/>
    public IJobHandle Start(IJob job)
    {
        JobThread thread = new(this, job);
        lock (_running)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _running.Add(thread);
        }

        try
        {
            thread.Start();
        }
        catch (OutOfMemoryException failure)
        {
            // A job without a thread never ends; whoever closes the host must not wait for it.
            End(thread);
            throw new StoreException(
                StoreErrorCode.TooManyOpenFiles,
                $"No thread could be started for the job {job.Name}: {failure.Message} A thread needs open files and memory. "
                    + "Raise this process's limits (ulimit -n, ulimit -u), or give it more memory.",
                failure);
        }

        return thread;
    }

    /// <inheritdoc/>
    public void Post(IThreadPoolWorkItem work) => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);

    /// <summary>
    /// Takes no more jobs and returns when those that were started have ended. Whoever started them has told them to end, or
    /// this never returns. What a step threw is not thrown again here.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Task[] ends;
        lock (_running)
        {
            _isClosed = true;
            ends = [.. _running.Select(thread => thread.Completion)];
        }

        foreach (Task end in ends)
        {
            await end.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks for a wake without parking, if there is a processor to spare. Returns whether there was one.</summary>
    internal bool Spin(JobSignal signal)
    {
        bool isAdmitted = Interlocked.Increment(ref _spinners) <= _spinnersMax;
        bool isWoken = isAdmitted && signal.Spin(SpinLooksMax, SpinPausesPerLook);
        Interlocked.Decrement(ref _spinners);
        return isWoken;
    }

    /// <summary>Called by a job's thread with what a step threw, before its completion is told.</summary>
    internal void Report(IJob job, Exception failure) => _onFailure?.Invoke(job, failure);

    /// <summary>Called by a job's thread after its completion was told, or when it could not be started.</summary>
    internal void End(JobThread thread)
    {
        lock (_running)
        {
            _running.Remove(thread);
        }
    }
}
