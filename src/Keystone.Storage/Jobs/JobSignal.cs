namespace Keystone.Storage.Jobs;

/// <summary>
/// Where the thread of one job waits. Any thread wakes it, only the job's own waits. A wake of a job that is awake, or woken
/// already, is a fence and a read of a line that nobody writes; the lock is taken only by the wake that finds the thread parked.
/// Nothing here allocates.
/// </summary>
internal sealed class JobSignal
{
    private const int Quiet = 0;
    private const int Woken = 1;
    private const int Parked = 2;

    private readonly object _gate = new();
    private int _state;

    private bool IsWoken => Volatile.Read(ref _state) == Woken;

    /// <summary>
    /// Ends the present or the next wait. The fence orders whatever the caller wrote for the job before the look at the state:
    /// without it, a job that is just clearing the signal could miss both.
    /// </summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier();
        if (!IsWoken && Interlocked.Exchange(ref _state, Woken) == Parked)
        {
            lock (_gate)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Forgets the wakes so far. Only the waiting thread, and only while it does not wait.</summary>
    public void Clear() => Interlocked.Exchange(ref _state, Quiet);

    /// <summary>Looks for a wake for a bounded while, without giving up the processor. Returns whether there was one.</summary>
    public bool Spin(int looksMax, int pausesPerLook)
    {
        for (int look = 0; look < looksMax && !IsWoken; look++)
        {
            Thread.SpinWait(pausesPerLook);
        }

        return IsWoken;
    }

    /// <summary>Gives up the processor until a wake, or until the time is over. A wake since the last <see cref="Clear"/> counts.</summary>
    public void Park(TimeSpan timeout)
    {
        lock (_gate)
        {
            if (Interlocked.CompareExchange(ref _state, Parked, Quiet) != Quiet)
            {
                return;
            }

            while (Volatile.Read(ref _state) == Parked && Monitor.Wait(_gate, timeout))
            {
            }

            _ = Interlocked.CompareExchange(ref _state, Quiet, Parked);
        }
    }
}
