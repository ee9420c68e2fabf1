using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Keystone.Storage.Memory;

/// <summary>
/// Counting the heads of a node that lie below a head. A head is the 8 bytes of a key behind its node's prefix as a big-endian number,
/// filled up with zeros, so heads order like their keys but for ties. Unused places hold the greatest head and are never below anything.
/// </summary>
internal static unsafe class NodeSearch
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HeadOf(ReadOnlySpan<byte> key, int prefixLength)
    {
        if (key.Length - prefixLength >= sizeof(ulong))
        {
            ref byte first = ref Unsafe.Add(ref MemoryMarshal.GetReference(key), prefixLength);
            ulong bytes = Unsafe.ReadUnaligned<ulong>(ref first);
            return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(bytes) : bytes;
        }

        return HeadOfShort(key[prefixLength..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountBelow(ulong* heads, ulong head)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            return CountBelow512(heads, head);
        }

        return Vector256.IsHardwareAccelerated ? CountBelow256(heads, head) : CountBelowScalar(heads, head);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int CountBelow512(ulong* heads, ulong head)
    {
        Vector512<ulong> limit = Vector512.Create(head);
        ulong below = 0;
        for (int i = 0; i < Node.Fan; i += Vector512<ulong>.Count)
        {
            below |= Vector512.LessThan(Vector512.Load(heads + i), limit).ExtractMostSignificantBits() << i;
        }

        return BitOperations.PopCount(below);
    }

    internal static int CountBelow256(ulong* heads, ulong head)
    {
        Vector256<ulong> limit = Vector256.Create(head);
        Vector256<ulong> count = Vector256<ulong>.Zero;
        for (int i = 0; i < Node.Fan; i += Vector256<ulong>.Count)
        {
            // A lane that is below is all ones, which is minus one.
            count -= Vector256.LessThan(Vector256.Load(heads + i), limit);
        }

        return (int)Vector256.Sum(count);
    }

    internal static int CountBelowScalar(ulong* heads, ulong head)
    {
        int below = 0;
        for (int step = Node.Fan / 2; step > 0; step /= 2)
        {
            below += heads[below + step - 1] < head ? step : 0;
        }

        return below + (heads[below] < head ? 1 : 0);
    }

    private static ulong HeadOfShort(ReadOnlySpan<byte> tail)
    {
        ulong head = 0;
        for (int i = 0; i < tail.Length; i++)
        {
            head |= (ulong)tail[i] << (56 - (i * 8));
        }

        return head;
    }
}
