using System.Runtime.InteropServices;

namespace Keystone.Storage.Memory;

/// <summary>Tells the kernel how a range of memory will be used. It is free to refuse; nothing depends on it but speed.</summary>
internal static unsafe partial class MemoryAdvice
{
    /// <summary>What huge pages are aligned to on x64 and arm64.</summary>
    public const int HugePageBytes = 2 * 1024 * 1024;

    private const int MadviseHugePage = 14;

    public static void PreferHugePages(void* address, long bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Madvise(address, (nuint)bytes, MadviseHugePage);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(void* address, nuint length, int advice);
}
