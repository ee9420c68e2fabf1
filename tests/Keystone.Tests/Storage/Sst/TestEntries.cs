using Keystone.Storage.Entries;

namespace Keystone.Tests.Storage.Sst;

/// <summary>Sorted entries of many shapes, out of a seed.</summary>
internal static class TestEntries
{
    public static List<TestEntry> Random(Random random, int keys, int valueMax)
    {
        int shape = random.Next(5);
        SortedSet<byte[]> sorted = new(KeyOrder.Instance);
        byte[] shared = Bytes(random, random.Next(30), 256);
        for (int i = 0; i < keys; i++)
        {
            sorted.Add(Key(random, shape, shared));
        }

        ulong sequence = 1;
        List<TestEntry> entries = [];
        int versionsMax = random.Next(3) switch { 0 => 1, 1 => 3, _ => 40 };
        bool hasBigValues = random.Next(3) == 0;
        foreach (byte[] key in sorted)
        {
            int versions = 1 + (random.Next(4) == 0 ? random.Next(versionsMax) : 0);
            ulong newest = sequence + (ulong)random.Next(1, 1 << random.Next(1, 30)) + (ulong)versions;
            for (int v = 0; v < versions; v++)
            {
                bool isDelete = random.Next(6) == 0;
                int length = hasBigValues && random.Next(50) == 0 ? random.Next(100_000) : random.Next(valueMax + 1);
                byte[] value = isDelete ? [] : Bytes(random, length, random.Next(2) == 0 ? 3 : 256);
                entries.Add(new TestEntry(key, newest - (ulong)v, isDelete ? EntryKind.Delete : EntryKind.Put, value));
            }
        }

        return entries;
    }

    /// <summary>Keys of 16 bytes, numbered in order, and values that tell their key.</summary>
    public static List<TestEntry> Numbered(int count, int valueBytes = 100, int seed = 1)
    {
        Random random = new(seed);
        List<TestEntry> entries = [];
        for (int i = 0; i < count; i++)
        {
            byte[] value = new byte[valueBytes];
            random.NextBytes(value.AsSpan(0, valueBytes / 2));
            entries.Add(new TestEntry(NumberedKey(i), (ulong)random.Next(1, 1_000_000), EntryKind.Put, value));
        }

        return entries;
    }

    public static byte[] NumberedKey(int i)
    {
        byte[] key = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(key, i * 2L);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(8), (ulong)i * 0x9E3779B97F4A7C15);
        return key;
    }

    public static byte[] Bytes(Random random, int length, int letters)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)random.Next(letters);
        }

        return bytes;
    }

    private static byte[] Key(Random random, int shape, byte[] shared) => shape switch
    {
        // Tiny keys, the empty one among them, with zeros and ends of the alphabet.
        0 => Bytes(random, random.Next(4), 256).Select(b => b % 3 == 0 ? (byte)0 : b % 3 == 1 ? (byte)255 : b).ToArray(),
        // Zeros only: keys that differ in nothing but length.
        1 => new byte[random.Next(400)],
        // A long common prefix, then little.
        2 => [.. shared, .. Bytes(random, random.Next(12), 4)],
        // Long keys that part late.
        3 => [.. shared, .. new byte[random.Next(10)], .. Bytes(random, random.Next(3) == 0 ? random.Next(4000) : random.Next(40), 2)],
        _ => Bytes(random, 16, 256),
    };

    internal sealed class KeyOrder : IComparer<byte[]>
    {
        public static KeyOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
