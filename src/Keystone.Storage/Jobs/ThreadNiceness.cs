using System.Runtime.InteropServices;

namespace Keystone.Storage.Jobs;

/// <summary>
/// How much of the processor a thread asks for beside others. Thread.Priority does nothing on Linux, but its scheduler weighs
/// threads by their nice value, and setpriority on "this process" means this thread there.
/// </summary>
internal static partial class ThreadNiceness
{
    /// <summary>The nice value of threads whose work nobody waits for: about a tenth of the weight of an ordinary one.</summary>
    public const int Background = 10;

    private const int ThisThread = 0;
    private const int OfProcess = 0; // PRIO_PROCESS

    /// <summary>
    /// Lowers the calling thread for the rest of its life. It runs at full weight where that is refused; nothing depends on it.
    /// </summary>
    public static void Lower()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(OfProcess, ThisThread, Background);
        }
    }

    public static int Read() => GetPriority(OfProcess, ThisThread);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int niceness);

    [LibraryImport("libc", EntryPoint = "getpriority")]
    private static partial int GetPriority(int which, int who);
}
