using System.Runtime.InteropServices;

namespace Keystone.Storage.Jobs;

/// <summary>Linux's way to let a thread sleep as long as an integer in memory has a value.</summary>
internal static unsafe partial class Futex
{
    private const int WaitPrivate = 128; // FUTEX_WAIT | FUTEX_PRIVATE_FLAG
    private const int WakePrivate = 129; // FUTEX_WAKE | FUTEX_PRIVATE_FLAG
    private const int TimedOut = 110; // ETIMEDOUT

    /// <summary>The number of the system call, or 0 where it is not known.</summary>
    private static readonly int Call = !OperatingSystem.IsLinux() ? 0 : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 => 98,
        _ => 0,
    };

    public static bool IsSupported => Call != 0;

    /// <summary>
    /// Sleeps while the integer has this value, at most as long as the timeout. False when the time is over; true for any other
    /// end, also for none that concerns the caller, who looks again.
    /// </summary>
    public static bool Wait(int* address, int value, TimeSpan timeout)
    {
        (long seconds, long ticks) = Math.DivRem(timeout.Ticks, TimeSpan.TicksPerSecond);
        Duration duration = new(seconds, ticks * TimeSpan.NanosecondsPerTick);
        Duration* limit = timeout == Timeout.InfiniteTimeSpan ? null : &duration;
        return Invoke(Call, address, WaitPrivate, value, limit) == 0 || Marshal.GetLastPInvokeError() != TimedOut;
    }

    /// <summary>Ends the sleep of one thread on this integer, if there is one.</summary>
    public static void Wake(int* address) => _ = Invoke(Call, address, WakePrivate, 1, null);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Invoke(long call, int* address, int operation, int value, Duration* timeout);

    /// <summary>The kernel's timespec on 64-bit systems.</summary>
    private readonly struct Duration(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }
}
