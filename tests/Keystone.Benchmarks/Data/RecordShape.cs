using System.Buffers.Binary;

namespace Keystone.Benchmarks.Data;

/// <summary>
/// What a record looks like. Every engine is given the same bytes.
/// <code>
/// key    | id, 8 B big-endian | hash of the id, 8 B |
/// value  | id, 8 B | generation, 8 B | random bytes, half of the value | repeating bytes |
/// </code>
/// Ids run from 0 to N-1; a hundred neighbours are a partition, which one scan reads. A value can be made again from
/// its id and generation, so every answer can be checked without a copy of the data.
/// </summary>
internal static class RecordShape
{
    public const int KeyBytes = 16;
    public const int ValueBytesMin = 32;
    public const int PartitionRecords = 100;

    private const int HeadBytes = 16;
    private const byte Filler = (byte)'k';

    public static void WriteKey(long id, Span<byte> key)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, id);
        BinaryPrimitives.WriteUInt64BigEndian(key[8..], Mix64((ulong)id));
    }

    /// <summary>A key that lies among the others and that no record has.</summary>
    public static void WriteMissingKey(long id, Span<byte> key)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, id);
        BinaryPrimitives.WriteUInt64BigEndian(key[8..], ~Mix64((ulong)id));
    }

    /// <summary>The first key that a record of this partition can have.</summary>
    public static void WritePartitionStart(long partition, Span<byte> key)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, partition * PartitionRecords);
        key[8..].Clear();
    }

    public static long IdOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key);

    /// <summary>
    /// The stripe of a key for an engine that has them: records of one partition share a stripe, as they do in a table.
    /// </summary>
    public static int StripeOf(ReadOnlySpan<byte> key, int stripes) =>
        (int)(Mix64((ulong)(IdOf(key) / PartitionRecords)) & (ulong)(stripes - 1));

    public static void WriteValue(long id, long generation, Span<byte> value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(value, id);
        BinaryPrimitives.WriteInt64LittleEndian(value[8..], generation);
        int filler = HeadBytes + (value.Length / 2);
        WriteNoise((ulong)id ^ ((ulong)generation << 48), value[HeadBytes..filler]);
        value[filler..].Fill(Filler);
    }

    public static long IdInValue(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt64LittleEndian(value);

    /// <summary>Whether all bytes of the value are those that were written for this id, in whatever generation it names.</summary>
    public static bool IsWhole(long id, ReadOnlySpan<byte> value)
    {
        Span<byte> expected = stackalloc byte[value.Length];
        WriteValue(id, BinaryPrimitives.ReadInt64LittleEndian(value[8..]), expected);
        return expected.SequenceEqual(value);
    }

    /// <summary>SplitMix64's finisher: a bijection, so distinct ids have distinct hashes.</summary>
    public static ulong Mix64(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private static void WriteNoise(ulong seed, Span<byte> destination)
    {
        ulong state = Mix64(seed);
        while (destination.Length >= sizeof(ulong))
        {
            state = Mix64(state);
            BinaryPrimitives.WriteUInt64LittleEndian(destination, state);
            destination = destination[sizeof(ulong)..];
        }

        state = Mix64(state);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (byte)(state >> (8 * i));
        }
    }
}
