namespace Keystone.Simulation.Laws.Model;

/// <summary>
/// Draws keys and values: few and close keys, so that they meet again, and now and then the empty one and a very long one.
/// </summary>
internal static class KeyDice
{
    private const int LongKeyBytes = 2048;
    private const int LongValueBytes = 3000;

    public static byte[] Key(Random random)
    {
        int length = random.Next(6);
        byte[] key = new byte[random.Next(100) == 0 ? LongKeyBytes : length];
        for (int i = 0; i < length; i++)
        {
            key[^(i + 1)] = (byte)('a' + random.Next(4));
        }

        return key;
    }

    public static byte[] Value(Random random)
    {
        byte[] value = new byte[random.Next(50) == 0 ? random.Next(LongValueBytes) : random.Next(120)];

        // Half of it repeats, so that codecs have something to do.
        random.NextBytes(value.AsSpan(0, value.Length / 2));
        return value;
    }

    /// <summary>Two keys as bounds, the lower one first; the upper one may be empty, which is the end.</summary>
    public static (byte[] From, byte[] To) Bounds(Random random)
    {
        byte[] one = random.Next(4) == 0 ? [] : Key(random);
        byte[] other = random.Next(4) == 0 ? [] : Key(random);
        return other.Length == 0 || one.AsSpan().SequenceCompareTo(other) < 0 ? (one, other)
            : one.AsSpan().SequenceEqual(other) ? (one, [])
            : (other, one);
    }
}
