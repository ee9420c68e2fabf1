using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Keystone.Storage.Memory;

/// <summary>Asks the processor for memory that is needed soon, where it takes such wishes.</summary>
internal static unsafe class Prefetch
{
    private const int LineBytes = 64;

    /// <summary>The lines in which most records lie whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Record(Record* record)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(record);
            Sse.Prefetch0((byte*)record + LineBytes);
        }
    }
}
