using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Keystone.Storage.Sst;

/// <summary>
/// Searches a sorted column of unsigned words: halves it down to a few vectors, then counts the smaller ones without a branch.
/// </summary>
internal static unsafe class HeadSearch
{
    /// <summary>
    /// So many words are compared one vector after another: their loads do not wait for each other, which halvings in memory that is
    /// not cached do.
    /// </summary>
    private const int VectorWords = 128;

    /// <summary>How many of the words are below <paramref name="target"/>, that is, the index of the first that is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountBelow(ulong* words, int count, ulong target)
    {
        int low = Narrow(words, ref count, target);
        return low + (Vector512.IsHardwareAccelerated ? CountBelow512(words + low, count, target)
            : Vector256.IsHardwareAccelerated ? CountBelow256(words + low, count, target)
            : CountBelowScalar(words + low, count, target));
    }

    /// <summary>Halves until at most <see cref="VectorWords"/> are left. Compiles to conditional moves.</summary>
    public static int Narrow(ulong* words, ref int count, ulong target)
    {
        int low = 0;
        while (count > VectorWords)
        {
            int half = count >> 1;
            low += words[low + half - 1] < target ? half : 0;
            count -= half;
        }

        return low;
    }

    public static int CountBelow512(ulong* words, int count, ulong target)
    {
        Vector512<ulong> wanted = Vector512.Create(target);
        int below = 0;
        int i = 0;
        for (; i + Vector512<ulong>.Count <= count; i += Vector512<ulong>.Count)
        {
            below += BitOperations.PopCount(Vector512.LessThan(Vector512.Load(words + i), wanted).ExtractMostSignificantBits());
        }

        return below + CountBelowScalar(words + i, count - i, target);
    }

    public static int CountBelow256(ulong* words, int count, ulong target)
    {
        Vector256<ulong> wanted = Vector256.Create(target);
        int below = 0;
        int i = 0;
        for (; i + Vector256<ulong>.Count <= count; i += Vector256<ulong>.Count)
        {
            below += BitOperations.PopCount(Vector256.LessThan(Vector256.Load(words + i), wanted).ExtractMostSignificantBits());
        }

        return below + CountBelowScalar(words + i, count - i, target);
    }

    public static int CountBelowScalar(ulong* words, int count, ulong target)
    {
        int below = 0;
        for (int i = 0; i < count; i++)
        {
            below += words[i] < target ? 1 : 0;
        }

        return below;
    }
}
