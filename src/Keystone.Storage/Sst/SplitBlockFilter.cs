using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Keystone.Storage.Sst;

/// <summary>
/// A filter of 64-byte lines: a key belongs to one line and sets one bit in each of its eight words, so a question costs one cache line.
/// <code>
/// hash   63                      48 47      42          11       6 5        0
///       +--------------------------+----------+-- ... --+----------+----------+
///       | high bits choose line    | word 7   |         | word 1   | word 0   |   6 bits each: which bit of that word
///       +--------------------------+----------+-- ... --+----------+----------+
/// line = (hash x lines) / 2^64
/// </code>
/// The lines of a file stand in filter blocks of <see cref="LinesPerBlock"/> lines, the last one shorter, so a question needs one block and
/// no index. All variants set and test the same bits; which one runs depends on the processor alone.
/// </summary>
internal static unsafe class SplitBlockFilter
{
    public const int LineBytes = 64;
    public const int LinesPerBlock = 1 << LinesPerBlockBits;
    public const int LinesPerBlockBits = 8;

    private const int BitsPerLine = LineBytes * 8;

    public static ulong HashOf(ReadOnlySpan<byte> key) => XxHash3.HashToUInt64(key);

    public static int LinesFor(long keys, int bitsPerKey)
        => bitsPerKey == 0 || keys == 0 ? 0 : checked((int)(((keys * bitsPerKey) + BitsPerLine - 1) / BitsPerLine));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint LineOf(ulong hash, uint lines) => (uint)Math.BigMul(hash, lines, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(byte* line, ulong hash)
    {
        if (Avx512F.IsSupported)
        {
            Add512(line, hash);
        }
        else if (Avx2.IsSupported)
        {
            Add256(line, hash);
        }
        else
        {
            AddScalar(line, hash);
        }
    }

    /// <summary>False: no key with this hash was added. True: one probably was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MayContain(byte* line, ulong hash)
        => Avx512F.IsSupported ? MayContain512(line, hash)
            : Avx2.IsSupported ? MayContain256(line, hash)
            : MayContainScalar(line, hash);

    public static void Add512(byte* line, ulong hash)
    {
        Vector512<ulong> bits = Vector512.Load((ulong*)line) | Mask512(hash);
        bits.Store((ulong*)line);
    }

    public static bool MayContain512(byte* line, ulong hash)
        => Vector512.EqualsAll(Vector512.AndNot(Mask512(hash), Vector512.Load((ulong*)line)), Vector512<ulong>.Zero);

    public static void Add256(byte* line, ulong hash)
    {
        ulong* words = (ulong*)line;
        (Vector256.Load(words) | LowMask256(hash)).Store(words);
        (Vector256.Load(words + 4) | HighMask256(hash)).Store(words + 4);
    }

    public static bool MayContain256(byte* line, ulong hash)
    {
        ulong* words = (ulong*)line;
        Vector256<ulong> missing = Vector256.AndNot(LowMask256(hash), Vector256.Load(words))
            | Vector256.AndNot(HighMask256(hash), Vector256.Load(words + 4));
        return Vector256.EqualsAll(missing, Vector256<ulong>.Zero);
    }

    public static void AddScalar(byte* line, ulong hash)
    {
        ulong* words = (ulong*)line;
        for (int i = 0; i < 8; i++)
        {
            words[i] |= 1UL << (int)((hash >> (6 * i)) & 63);
        }
    }

    public static bool MayContainScalar(byte* line, ulong hash)
    {
        ulong* words = (ulong*)line;
        ulong found = 1;
        for (int i = 0; i < 8; i++)
        {
            found &= words[i] >> (int)((hash >> (6 * i)) & 63);
        }

        return found != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Mask512(ulong hash)
    {
        Vector512<ulong> bit = Avx512F.ShiftRightLogicalVariable(Vector512.Create(hash), Vector512.Create(0UL, 6, 12, 18, 24, 30, 36, 42));
        return Avx512F.ShiftLeftLogicalVariable(Vector512<ulong>.One, bit & Vector512.Create(63UL));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> LowMask256(ulong hash)
    {
        Vector256<ulong> bit = Avx2.ShiftRightLogicalVariable(Vector256.Create(hash), Vector256.Create(0UL, 6, 12, 18));
        return Avx2.ShiftLeftLogicalVariable(Vector256<ulong>.One, bit & Vector256.Create(63UL));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> HighMask256(ulong hash)
    {
        Vector256<ulong> bit = Avx2.ShiftRightLogicalVariable(Vector256.Create(hash), Vector256.Create(24UL, 30, 36, 42));
        return Avx2.ShiftLeftLogicalVariable(Vector256<ulong>.One, bit & Vector256.Create(63UL));
    }
}
