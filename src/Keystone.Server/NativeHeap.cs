using System.Runtime.InteropServices;

namespace Keystone.Server;

/// <summary>
/// Keeps the C library's allocator from hoarding what the engine gives back. By default it has eight arenas a processor and answers ever
/// larger requests from them, so that blocks of cache and log that come and go on many threads leave several times their size behind.
/// A few arenas, and pages of their own for all that is large, return memory when it is freed. Other C libraries do so by themselves.
/// </summary>
internal static unsafe class NativeHeap
{
    private const string Library = "libc.so.6";
    private const string SetOption = "mallopt";
    private const int ArenaMaxOption = -8;
    private const int MapThresholdOption = -3;
    private const int ArenasMin = 2;
    private const int ArenasMax = 8;
    private const int MappedBytesMin = 128 * 1024;

    /// <summary>Sets the allocator of this process, where there is something to set. Called before the engine allocates.</summary>
    public static void KeepTogether()
    {
        if (!OperatingSystem.IsLinux()
            || !NativeLibrary.TryLoad(Library, out nint library)
            || !NativeLibrary.TryGetExport(library, SetOption, out nint address))
        {
            return;
        }

        var set = (delegate* unmanaged<int, int, int>)address;
        set(ArenaMaxOption, Math.Clamp(Environment.ProcessorCount, ArenasMin, ArenasMax));
        set(MapThresholdOption, MappedBytesMin);
    }
}
