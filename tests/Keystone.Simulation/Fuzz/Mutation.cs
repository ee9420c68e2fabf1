using System.Buffers.Binary;

namespace Keystone.Simulation.Fuzz;

/// <summary>Changes bytes at random: bits, numbers at the borders, runs that are put in, taken out or repeated.</summary>
internal static class Mutation
{
    private const int StackedMax = 4;
    private const int RunBytesMax = 64;

    private static readonly long[] Borders =
    [
        0, 1, -1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 63, 64, 65, 127, 128, 129, 255, 256, 4095, 4096, 6143, 6144, 6145,
        short.MaxValue, ushort.MaxValue, 1 << 16, 1 << 24, int.MinValue, int.MaxValue, uint.MaxValue,
        (1L << 56) - 1, 1L << 56, long.MinValue, long.MaxValue,
    ];

    /// <summary>
    /// A changed copy. <paramref name="other"/> gives runs of bytes. Only with <paramref name="mayResize"/> the length changes.
    /// </summary>
    public static byte[] Of(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other, Random random, bool mayResize = true)
    {
        byte[] bytes = input.ToArray();
        for (int i = random.Next(StackedMax) + 1; i > 0; i--)
        {
            bytes = mayResize && random.Next(3) == 0 ? Resized(bytes, other, random) : Changed(bytes, other, random);
        }

        return bytes;
    }

    /// <summary>A number, often one at which something may begin or end.</summary>
    public static ulong Number(Random random, ulong near) => random.Next(4) switch
    {
        0 => unchecked((ulong)Borders[random.Next(Borders.Length)]),
        1 => unchecked(near + (ulong)random.Next(-2, 3)),
        2 => near ^ (1UL << random.Next(64)),
        _ => (ulong)random.NextInt64() >> random.Next(64),
    };

    private static byte[] Changed(byte[] bytes, ReadOnlySpan<byte> other, Random random)
    {
        if (bytes.Length == 0)
        {
            return bytes;
        }

        int at = random.Next(bytes.Length);
        Span<byte> rest = bytes.AsSpan(at);
        switch (random.Next(6))
        {
            case 0:
                rest[0] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                rest[0] = (byte)random.Next(256);
                break;
            case 2:
                rest[0] += (byte)random.Next(-4, 5);
                break;
            case 3:
                WriteNumber(rest, random);
                break;
            case 4:
                Span<byte> run = rest[..Math.Min(rest.Length, random.Next(1, RunBytesMax))];
                random.NextBytes(run);
                break;
            default:
                ReadOnlySpan<byte> piece = Piece(other, random);
                piece[..Math.Min(piece.Length, rest.Length)].CopyTo(rest);
                break;
        }

        return bytes;
    }

    private static void WriteNumber(Span<byte> target, Random random)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, unchecked((ulong)Borders[random.Next(Borders.Length)]));
        int width = Math.Min(1 << random.Next(4), target.Length);
        number[..width].CopyTo(target);
    }

    private static byte[] Resized(byte[] bytes, ReadOnlySpan<byte> other, Random random)
    {
        int at = random.Next(bytes.Length + 1);
        int end = Math.Min(bytes.Length, at + random.Next(1, RunBytesMax));
        return random.Next(4) switch
        {
            0 => [.. bytes.AsSpan(0, at), .. bytes.AsSpan(end)],
            1 => [.. bytes.AsSpan(0, at), .. Piece(other, random), .. bytes.AsSpan(at)],
            2 => [.. bytes.AsSpan(0, end), .. bytes.AsSpan(at)],
            _ => bytes[..at],
        };
    }

    private static ReadOnlySpan<byte> Piece(ReadOnlySpan<byte> other, Random random)
    {
        int at = random.Next(other.Length + 1);
        return other.Slice(at, Math.Min(other.Length - at, random.Next(1, RunBytesMax)));
    }
}
