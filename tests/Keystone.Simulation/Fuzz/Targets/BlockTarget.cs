using System.Buffers.Binary;
using Keystone.Storage.Buffers;
using Keystone.Storage.Sst;

namespace Keystone.Simulation.Fuzz.Targets;

/// <summary>
/// The payload of a block behind its checksum: unpacked, its shape looked at, and searched in every way if that was accepted.
/// <code>
/// +-----------+---------------+---------
/// | codec (1) | raw bytes (4) | payload
/// +-----------+---------------+---------
/// </code>
/// </summary>
internal sealed unsafe class BlockTarget : FuzzTarget
{
    private const int HeadBytes = 5;
    private const int RawBytesMax = 1 << 20;
    private const int KeysMax = 64;

    private static readonly MemoryAccount Account = new("fuzz block");
    private static readonly BlockUnpacker Unpacker = new(Account);

    public override string Name => "block";

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (Compression codec in Enum.GetValues<Compression>())
        {
            foreach ((byte[] payload, int raw) in TableFile.Payloads(TableFile.Write(codec, entries: 120, isTwoLevel: true)))
            {
                byte[] head = new byte[HeadBytes];
                head[0] = (byte)codec;
                BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(1), raw);
                yield return [.. head, .. payload];
            }
        }
    }

    public override byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        byte[] bytes = Mutation.Of(input, other, random);
        if (bytes.Length > HeadBytes && bytes[0] == (byte)Compression.None && random.Next(8) != 0)
        {
            // Unpacked bytes are as long as they are, and the last offset of a block is its length.
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), bytes.Length - HeadBytes);
            FitLastOffset(bytes.AsSpan(HeadBytes));
        }

        return bytes;
    }

    public override bool Run(byte[] input)
    {
        if (input.Length <= HeadBytes)
        {
            return false;
        }

        int raw = BinaryPrimitives.ReadInt32LittleEndian(input.AsSpan(1));
        if (raw is <= 0 or > RawBytesMax)
        {
            return false;
        }

        int stored = input.Length - HeadBytes;
        byte* source = (byte*)GuardedMemory.AlignedAlloc((nuint)stored, 64);
        byte* target = (byte*)GuardedMemory.AlignedAlloc((nuint)raw, 64);
        byte* key = (byte*)GuardedMemory.AlignedAlloc(SstFormat.KeyBytesMax + BlockFormat.HeadBytes, 64);
        try
        {
            input.AsSpan(HeadBytes).CopyTo(new Span<byte>(source, stored));
            bool isGood = Unpacker.TryUnpack((Compression)input[0], source, stored, target, raw) && BlockReader.IsWellFormed(target, raw);
            if (isGood)
            {
                Search(new BlockReader(target), key, target + raw);
            }

            return isGood;
        }
        finally
        {
            GuardedMemory.AlignedFree(key);
            GuardedMemory.AlignedFree(target);
            GuardedMemory.AlignedFree(source);
        }
    }

    private static void Search(BlockReader block, byte* key, byte* end)
    {
        new ReadOnlySpan<byte>(block.Prefix, block.PrefixLength).CopyTo(new Span<byte>(key, SstFormat.KeyBytesMax));
        int step = Math.Max(1, block.Count / KeysMax);
        for (int i = 0; i < block.Count; i += step)
        {
            int keyBytes = block.Read(i, key, out byte* value, out int valueBytes);
            Require(keyBytes >= block.PrefixLength && keyBytes <= SstFormat.KeyBytesMax, "a key is too long");
            Require(valueBytes >= 0 && value + valueBytes <= end, "a value lies outside of its block");
            Require(value == block.Value(i, out int again) && again == valueBytes, "a value has two places");
            _ = block.Stamp(i) + (valueBytes > 0 ? value[valueBytes - 1] : 0UL);
            _ = block.DiffersFromNext(i);
            _ = i > 0 && block.SameKeyAsPrevious(i);
            ReadOnlySpan<byte> whole = new(key, keyBytes);
            Require((uint)block.LowerBound(whole, out _) <= (uint)block.Count, "a search ends outside of its block");
            Require((uint)block.LowerBound(whole[..(keyBytes / 2)], out _) <= (uint)block.Count, "a search ends outside of its block");
        }
    }

    private static void FitLastOffset(Span<byte> block)
    {
        if (block.Length < BlockFormat.HeaderBytes)
        {
            return;
        }

        long count = BinaryPrimitives.ReadInt32LittleEndian(block);
        int width = block[7];
        long columns = BlockFormat.HeadsOffset(BinaryPrimitives.ReadUInt16LittleEndian(block[4..]));
        long first = columns + (count * (BlockFormat.HeadBytes + block[6]));
        long last = first + (count * width);
        if (count <= 0 || width is not (2 or 4) || last + width > block.Length)
        {
            return;
        }

        WriteOffset(block[(int)first..], width, last + width);
        WriteOffset(block[(int)last..], width, block.Length);
    }

    private static void WriteOffset(Span<byte> target, int width, long offset)
    {
        if (width == 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)offset);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(target, (int)offset);
        }
    }
}
