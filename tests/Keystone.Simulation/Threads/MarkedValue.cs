using System.Buffers.Binary;
using Keystone.Simulation.Laws;
using Keystone.Testing;

namespace Keystone.Simulation.Threads;

/// <summary>
/// Values of which every byte follows from the key and a number in front, the length too: whatever is torn, stale, of another key, or
/// freed memory does not pass for one.
/// </summary>
internal static class MarkedValue
{
    public const int BytesMax = BytesMin + 3000;

    private const int BytesMin = 2 * sizeof(ulong);
    private const int ShortBytesMax = 120;

    /// <summary>Writes the value of a key and a number. Returns its length.</summary>
    public static int Write(Span<byte> target, long key, long number)
    {
        Dice dice = new(Dice.Mix((ulong)key) ^ (ulong)number);
        int length = BytesMin + dice.Below(dice.Below(32) == 0 ? BytesMax - BytesMin : ShortBytesMax);
        BinaryPrimitives.WriteInt64LittleEndian(target, number);
        Span<byte> rest = target[sizeof(long)..length];
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, dice.Next());
        }

        for (int i = 0; i < rest.Length; i++)
        {
            rest[i] = (byte)dice.Next();
        }

        return length;
    }

    /// <summary>The number in a value, which has to be whole and of this key.</summary>
    public static long NumberIn(ReadOnlySpan<byte> value, long key)
    {
        LawFailure.Require(value.Length >= BytesMin, $"the value of key {key} has only {value.Length} bytes");
        long number = BinaryPrimitives.ReadInt64LittleEndian(value);
        Span<byte> expected = stackalloc byte[BytesMax];
        int length = Write(expected, key, number);
        LawFailure.Require(
            value.SequenceEqual(expected[..length]),
            $"a value of {value.Length} bytes was never written to key {key} with number {number}");
        return number;
    }
}
