using System.Buffers.Binary;
using System.IO.Hashing;
using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Sst;

namespace Keystone.Simulation.Fuzz.Targets;

/// <summary>Tables: written small, taken apart into blocks, and given checksums that fit what stands in them now.</summary>
internal static unsafe class TableFile
{
    private const int BlocksMax = 400;
    private const int ChecksumBytes = 8;
    private const int CodecOffset = 24;
    private const int KindOffset = 25;

    private static readonly MemoryAccount Account = new("fuzz table");

    public static byte[] Write(Compression codec, int entries, bool isTwoLevel)
    {
        SstOptions options = new()
        {
            BlockBytes = 256,
            Compression = codec,
            IndexPartitionBytes = 256,
            OneLevelIndexDataBytesMax = isTwoLevel ? 0 : 1 << 20,
        };
        using MemoryStream file = new();
        using SstBuilder builder = new(options, Account);
        builder.Begin(1, 4711);
        for (int i = 0; i < entries; i++)
        {
            byte[] key = [.. "key-of-some-length"u8, (byte)(i / 3 >> 8), (byte)(i / 3), .. new byte[i / 3 % 14]];
            EntryKind kind = i % 7 == 3 ? EntryKind.Delete : EntryKind.Put;
            builder.Add(key, EntryStamp.Of((ulong)(10_000 - i), kind), kind == EntryKind.Put ? new byte[i % 50] : []);
        }

        builder.Finish();
        file.Write(builder.Finished);
        builder.Taken(builder.Finished.Length);
        return file.ToArray();
    }

    /// <summary>The payloads of all blocks that have a shape, as they are stored, and how long they are unpacked.</summary>
    public static IEnumerable<(byte[] Payload, int RawBytes)> Payloads(byte[] file)
        => Blocks(file)
            .Where(block => block.Kind is BlockKind.Data or BlockKind.Index or BlockKind.IndexRoot)
            .Select(block => file.AsSpan((int)block.Location.Offset, block.Location.Length).ToArray())
            .Select(stored => (stored[..^BlockFormat.TrailerBytes],
                BinaryPrimitives.ReadInt32LittleEndian(stored.AsSpan(stored.Length - BlockFormat.TrailerBytes))));

    public static Span<byte> Footer(byte[] file) => file.AsSpan(file.Length - SstFormat.FooterBytes);

    /// <summary>Puts right what can be: header, footer, and each block that can be found from the footer on.</summary>
    public static void Repair(byte[] file)
    {
        if (file.Length < SstFormat.HeaderBytes + SstFormat.FooterBytes)
        {
            return;
        }

        UInt128 id = BinaryPrimitives.ReadUInt128LittleEndian(Footer(file)[16..]);
        SstFormat.WriteFooterChecksum(Footer(file), id);
        SstFormat.WriteHeader(file, id);
        _ = Blocks(file, repairs: true);
    }

    /// <summary>The blocks that lie within the file, as the index names them.</summary>
    public static List<(BlockKind Kind, BlockLocation Location)> Blocks(byte[] file, bool repairs = false)
    {
        List<(BlockKind Kind, BlockLocation Location)> blocks = [];
        SstFooter footer;
        try
        {
            footer = SstFooter.Decode(Footer(file), "table", 0);
        }
        catch (StoreException)
        {
            return blocks;
        }

        Queue<(BlockKind Kind, BlockLocation Location)> found = new(
            [(BlockKind.IndexRoot, footer.Root), (BlockKind.Properties, footer.Properties)]);
        for (int i = 0; i < Math.Min(footer.FilterBlocks, 8); i++)
        {
            found.Enqueue((BlockKind.Filter, footer.FilterLocation(i)));
        }

        BlockKind belowRoot = footer.IndexPartitions == 0 ? BlockKind.Data : BlockKind.Index;
        while (blocks.Count < BlocksMax && found.TryDequeue(out (BlockKind Kind, BlockLocation Location) block))
        {
            if (block.Location.End > file.Length || block.Location.Length <= BlockFormat.TrailerBytes)
            {
                continue;
            }

            blocks.Add(block);
            Span<byte> stored = file.AsSpan((int)block.Location.Offset, block.Location.Length);
            if (repairs)
            {
                WriteChecksum(stored, block.Kind, footer.FileId, block.Location.Offset);
            }

            if (block.Kind is BlockKind.IndexRoot or BlockKind.Index)
            {
                BlockKind below = block.Kind == BlockKind.IndexRoot ? belowRoot : BlockKind.Data;
                LocationsIn(stored, block, footer).ForEach(location => found.Enqueue((below, location)));
            }
        }

        return blocks;
    }

    /// <summary>
    /// Makes a block one that unpacks to less than it was, without changing its length in the file: a run of literals in LZ4, which is a
    /// token, the rest of its length, and the bytes as they are.
    /// </summary>
    public static void Shorten(Span<byte> stored)
    {
        const int inToken = 15;
        Span<byte> payload = stored[..^BlockFormat.TrailerBytes];
        int lengthBytes = 1 + ((payload.Length - inToken) / byte.MaxValue);
        int rawBytes = payload.Length - 1 - lengthBytes;
        int rest = rawBytes - inToken - ((lengthBytes - 1) * byte.MaxValue);
        if (payload.Length < 64 || rest is < 0 or >= byte.MaxValue)
        {
            return;
        }

        payload[..^(1 + lengthBytes)].ToArray().CopyTo(payload[(1 + lengthBytes)..]);
        payload[0] = 0xF0;
        payload[1..lengthBytes].Fill(byte.MaxValue);
        payload[lengthBytes] = (byte)rest;
        BinaryPrimitives.WriteInt32LittleEndian(stored[payload.Length..], rawBytes);
        stored[payload.Length + CodecOffset] = (byte)Compression.Lz4;
    }

    private static void WriteChecksum(Span<byte> stored, BlockKind kind, UInt128 fileId, long offset)
    {
        stored[stored.Length - BlockFormat.TrailerBytes + KindOffset] = (byte)kind;
        ulong checksum = XxHash3.HashToUInt64(stored[..^ChecksumBytes], SstFormat.Seed(fileId, offset, (ulong)kind));
        BinaryPrimitives.WriteUInt64LittleEndian(stored[^ChecksumBytes..], checksum);
    }

    private static List<BlockLocation> LocationsIn(
        ReadOnlySpan<byte> stored, (BlockKind Kind, BlockLocation Location) block, in SstFooter footer)
    {
        List<BlockLocation> locations = [];
        using BlockUnpacker unpacker = new(Account);
        using NativeBuffer payload = new(Account, 0);
        try
        {
            new BlockIo(footer, null).Unpack("table", block.Kind, block.Location, stored, unpacker, payload);
            BlockReader index = new(payload.Pointer);
            for (int i = 0; i < Math.Min(index.Count, BlocksMax); i++)
            {
                locations.Add(new BlockLocation(index.Stamp(i)));
            }
        }
        catch (StoreException)
        {
            // What it names cannot be known.
        }

        return locations;
    }
}
