using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SharpFuzz.Common;

namespace Keystone.Simulation.Fuzz;

/// <summary>
/// How often each edge between two branches was taken by the input that runs: the rewritten engine counts here. Like in afl, counts are
/// told apart by their order of magnitude only.
/// </summary>
internal sealed unsafe class EdgeMap : IDisposable
{
    public const int Bytes = 1 << 16;

    private readonly byte* _counts = (byte*)NativeMemory.AlignedAlloc(Bytes, (nuint)Vector256<byte>.Count);

    public EdgeMap() => Trace.SharedMem = _counts;

    public void Clear()
    {
        NativeMemory.Clear(_counts, Bytes);
        Trace.PrevLocation = 0;
    }

    /// <summary>Adds what was seen to all that was; returns whether anything of it is new.</summary>
    public bool Merge(Span<byte> seen)
    {
        bool isNew = false;
        for (int at = 0; at < Bytes; at += Vector256<byte>.Count)
        {
            if (Vector256.EqualsAll(Vector256.LoadAligned(_counts + at), Vector256<byte>.Zero))
            {
                continue;
            }

            for (int i = at; i < at + Vector256<byte>.Count; i++)
            {
                byte bucket = BucketOf(_counts[i]);
                isNew |= (seen[i] | bucket) != seen[i];
                seen[i] |= bucket;
            }
        }

        return isNew;
    }

    public void Dispose()
    {
        // The engine may still run for a moment: what it counts must have a place.
        Trace.SharedMem = _counts;
    }

    private static byte BucketOf(byte count) => count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
