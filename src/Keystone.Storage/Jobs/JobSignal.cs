using System.Runtime.CompilerServices;

namespace Keystone.Storage.Jobs;

/// <summary>
/// Where the thread of one job waits. Any thread wakes it, only the job's own waits. A wake of a job that is awake, or woken
/// already, is a fence and a read of a line that nobody writes; only the wake that finds the thread parked makes a system call.
/// Nothing here allocates.
/// <para>
/// Threads park on a futex, since waking through a monitor costs the waker two to four times as much, and the caller whose
/// write is to be synced is such a waker. Systems without futexes have the monitor.
/// </para>
/// </summary>
internal sealed unsafe class JobSignal(bool isFutexUsed)
{
    private const int Quiet = 0;
    private const int Woken = 1;
    private const int Parked = 2;

    /// <summary>The state stands in the middle of this many integers, alone in its cache lines.</summary>
    private const int PaddedInts = 64;

    /// <summary>On the heap of objects that never move: the kernel knows the state by its address.</summary>
    private readonly int[] _padded = GC.AllocateArray<int>(PaddedInts, pinned: true);

    private readonly object _gate = new();

    private ref int State => ref _padded[PaddedInts / 2];

    private bool IsWoken => Volatile.Read(ref State) == Woken;

    /// <summary>
    /// Ends the present or the next wait. The fence orders whatever the caller wrote for the job before the look at the state:
    /// without it, a job that is just clearing the signal could miss both.
    /// </summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier();
        if (IsWoken || Interlocked.Exchange(ref State, Woken) != Parked)
        {
            return;
        }

        if (isFutexUsed)
        {
            Futex.Wake(Address());
            return;
        }

        lock (_gate)
        {
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Forgets the wakes so far. Only the waiting thread, and only while it does not wait.</summary>
    public void Clear() => Interlocked.Exchange(ref State, Quiet);

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
        if (isFutexUsed)
        {
            ParkOnFutex(timeout);
        }
        else
        {
            ParkOnMonitor(timeout);
        }
    }

    private void ParkOnFutex(TimeSpan timeout)
    {
        if (Interlocked.CompareExchange(ref State, Parked, Quiet) != Quiet)
        {
            return;
        }

        while (Volatile.Read(ref State) == Parked && Futex.Wait(Address(), Parked, timeout))
        {
        }

        _ = Interlocked.CompareExchange(ref State, Quiet, Parked);
    }

    private void ParkOnMonitor(TimeSpan timeout)
    {
        lock (_gate)
        {
            if (Interlocked.CompareExchange(ref State, Parked, Quiet) != Quiet)
            {
                return;
            }

            while (Volatile.Read(ref State) == Parked && Monitor.Wait(_gate, timeout))
            {
            }

            _ = Interlocked.CompareExchange(ref State, Quiet, Parked);
        }
    }

    private int* Address() => (int*)Unsafe.AsPointer(ref State);
}
