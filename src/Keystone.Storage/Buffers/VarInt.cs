using System.Numerics;
using System.Runtime.CompilerServices;

namespace Keystone.Storage.Buffers;

/// <summary>
/// Unsigned integers in 1 to 10 bytes: seven bits a byte, lowest first, the top bit says that more follow.
/// Decoding accepts the shortest form only, so that equal values have equal bytes.
/// </summary>
internal static unsafe class VarInt
{
    public const int BytesMax = 10;

    public static int Length(ulong value) => ((63 - BitOperations.LeadingZeroCount(value | 1)) / 7) + 1;

    /// <summary>Writes at the pointer and returns the address behind. Requires room for <see cref="BytesMax"/>.</summary>
    public static byte* Write(byte* target, ulong value)
    {
        while (value >= 0x80)
        {
            *target++ = (byte)(value | 0x80);
            value >>= 7;
        }

        *target++ = (byte)value;
        return target;
    }

    public static void Append(NativeBuffer buffer, ulong value)
    {
        int length = Length(value);
        fixed (byte* target = buffer.Append(length))
        {
            Write(target, value);
        }
    }

    /// <summary>Reads a value off the front. False, with nothing taken, when the bytes are no such value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ref ReadOnlySpan<byte> source, out ulong value)
    {
        if (source.IsEmpty || source[0] >= 0x80)
        {
            return TryReadLong(ref source, out value);
        }

        value = source[0];
        source = source[1..];
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryReadLong(ref ReadOnlySpan<byte> source, out ulong value)
    {
        value = 0;
        int shift = 0;
        int limit = Math.Min(source.Length, BytesMax);
        for (int i = 0; i < limit; i++)
        {
            byte next = source[i];
            if (shift == 63 && next > 1)
            {
                return false;
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                bool shortest = next != 0 || i == 0;
                source = shortest ? source[(i + 1)..] : source;
                return shortest;
            }

            shift += 7;
        }

        return false;
    }
}
