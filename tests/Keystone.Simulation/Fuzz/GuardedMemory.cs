using System.Runtime.InteropServices;

namespace Keystone.Simulation.Fuzz;

/// <summary>
/// Native memory for the rewritten engine. Each block ends where a page begins that nobody may touch, and another one lies before it; a
/// block that was freed is gone. So a read or a write beyond a block ends the process instead of being overlooked. Larger alignment than a
/// page, which the pool of the memtables asks for, is left to the runtime.
/// </summary>
public static unsafe partial class GuardedMemory
{
    private const int PageBytes = 4096;
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    // Where a block's mapping begins and how long it is.
    private static readonly Dictionary<nint, (nint Start, nuint Bytes)> Mappings = [];
    private static readonly Lock Gate = new();
    private static long _bytes;

    /// <summary>The most that was held at a time since <see cref="Begin"/>.</summary>
    public static long PeakBytes { get; private set; }

    /// <summary>Begins to count anew.</summary>
    public static void Begin() => PeakBytes = _bytes;

    /// <summary>Stands for the runtime's function of this name.</summary>
    public static void* AlignedAlloc(nuint byteCount, nuint alignment)
    {
        if (alignment > PageBytes)
        {
            return NativeMemory.AlignedAlloc(byteCount, alignment);
        }

        nuint room = (byteCount + PageBytes - 1) / PageBytes * PageBytes;
        nuint bytes = room + (2 * PageBytes);
        nint start = Map(0, bytes, 0, PrivateAnonymous, -1, 0);
        if (start == -1 || Protect(start + PageBytes, room, ReadWrite) != 0)
        {
            throw new InsufficientMemoryException($"{byteCount} bytes could not be mapped");
        }

        nint block = start + PageBytes + (nint)(room - byteCount);
        lock (Gate)
        {
            Mappings.Add(block, (start, bytes));
            _bytes += (long)room;
            PeakBytes = Math.Max(PeakBytes, _bytes);
        }

        return (void*)block;
    }

    /// <summary>Stands for the runtime's function of this name.</summary>
    public static void AlignedFree(void* block)
    {
        (nint Start, nuint Bytes) mapping;
        lock (Gate)
        {
            if (block == null || !Mappings.Remove((nint)block, out mapping))
            {
                NativeMemory.AlignedFree(block);
                return;
            }

            _bytes -= (long)mapping.Bytes - (2 * PageBytes);
        }

        _ = Unmap(mapping.Start, mapping.Bytes);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
