using System.Buffers.Binary;
using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Files;
using Keystone.Storage.Sst;

namespace Keystone.Simulation.Fuzz.Targets;

/// <summary>
/// A whole table: described as repair does it, then verified, walked both ways through the cache and beside it, and asked for keys.
/// </summary>
internal sealed class TableTarget : FuzzTarget
{
    private const int StepsMax = 20_000;

    private static readonly MemoryAccount Account = new("fuzz table reads");

    // Where the numbers of a footer stand, as SstFormat draws it.
    private static readonly int[] FooterNumbers = [12, 32, 36, 40, 48, 56, 64, 72, 80];

    public override string Name => "table";

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (Compression codec in Enum.GetValues<Compression>())
        {
            yield return TableFile.Write(codec, entries: 30, isTwoLevel: false);
            yield return TableFile.Write(codec, entries: 200, isTwoLevel: true);
        }

        foreach (byte[] file in FilesOf(name => FileNames.Parse(name, out _) == FileKind.Sst))
        {
            yield return file;
        }
    }

    public override byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        if (input.Length < SstFormat.HeaderBytes + SstFormat.FooterBytes)
        {
            return Mutation.Of(input, other, random);
        }

        byte[] bytes = [.. input];
        switch (random.Next(10))
        {
            case 0:
                return Mutation.Of(input, other, random);
            case < 4:
                ChangeFooter(bytes, random);
                break;
            default:
                ChangeBlock(bytes, other, random);
                break;
        }

        TableFile.Repair(bytes);
        return bytes;
    }

    public override bool Run(byte[] input)
    {
        FuzzFiles files = new(input);
        bool isWhole;
        using (BlockCache cache = new(256 << 10, Account))
        using (HandleCache handles = new(files, "/store"))
        {
            isWhole = Attempt(() => Read(files, cache, handles));
        }

        Require(Account.Bytes == 0 && files.OpenCount == 0, "memory or a handle was not given back");
        return isWhole;
    }

    private static void Read(FuzzFiles files, BlockCache cache, HandleCache handles)
    {
        SstMeta meta;
        using (IFile file = files.Open("/store/table", writable: false))
        {
            meta = SstMeta.ReadFrom(file, 1, Account);
        }

        SstReader reader = new(meta, cache, handles);
        try
        {
            // Each for itself: what the first one meets must not hide the rest.
            bool isWhole = Attempt(() => Verify(reader));
            isWhole &= Attempt(() => Walk(reader, throughCache: false, c => c.SeekFirst(), c => c.Next()));
            isWhole &= Attempt(() => Walk(reader, throughCache: true, c => c.SeekFirst(), c => c.Next()));
            isWhole &= Attempt(() => Walk(reader, throughCache: false, c => c.SeekLast(), c => c.Previous()));
            isWhole &= Attempt(() => Walk(reader, throughCache: true, c => c.SeekLast(), c => c.Previous()));
            foreach (byte[] key in KeysNear(meta))
            {
                isWhole &= Attempt(() => Get(reader, key));
                isWhole &= Attempt(() => Walk(reader, throughCache: true, c => c.Seek(key), c => c.Next(), steps: 3));
                isWhole &= Attempt(() => Walk(reader, throughCache: true, c => c.SeekBefore(key), c => c.Previous(), steps: 3));
            }

            if (!isWhole)
            {
                throw StoreException.Corrupt("/store/table", 0, "some reads were refused");
            }
        }
        finally
        {
            Require(reader.Release(), "somebody still holds the reader");
        }
    }

    private static byte[][] KeysNear(SstMeta meta) =>
    [
        [],
        meta.FirstKey,
        meta.LastKey,
        [.. meta.LastKey, 0],
        [.. "key-of-some-length"u8, 0, 20, .. new byte[6]],
        [.. "key-of-some-length"u8, 0, 41, .. new byte[13]],
        [.. "kc"u8],
    ];

    private static void Verify(SstReader reader)
    {
        using SstVerifier verifier = reader.Verify(Account);
        while (verifier.Step())
        {
        }
    }

    private static void Get(SstReader reader, byte[] key)
    {
        PinnedValue value = default;
        try
        {
            _ = reader.TryGet(key, SstReader.HashOf(key), EntryStamp.SequenceMax, mayBlock: true, ref value);
            _ = value.Span.IsEmpty ? 0 : value.Span[^1];
        }
        finally
        {
            value.Dispose();
        }
    }

    private static unsafe void Walk(
        SstReader reader, bool throughCache, Func<SstCursor, CursorState> begin, Func<SstCursor, CursorState> go, int steps = StepsMax)
    {
        SstCursor cursor = reader.OpenCursor(throughCache, Account);
        try
        {
            bool isBegun = false;
            for (int i = 0; i < steps;)
            {
                CursorState state = isBegun ? go(cursor) : begin(cursor);
                if (state == CursorState.End)
                {
                    return;
                }

                if (state == CursorState.NeedsLoad)
                {
                    cursor.Load();
                    continue;
                }

                isBegun = true;
                i++;
                Require(cursor.KeyLength <= SstFormat.KeyBytesMax && cursor.ValueLength >= 0, "an entry has an impossible length");
                _ = cursor.ValueLength > 0 ? cursor.ValuePointer[0] + cursor.ValuePointer[cursor.ValueLength - 1] : 0;
            }
        }
        finally
        {
            cursor.Reset();
        }
    }

    private static void ChangeFooter(byte[] file, Random random)
    {
        Span<byte> field = TableFile.Footer(file)[FooterNumbers[random.Next(FooterNumbers.Length)]..];
        bool isWord = random.Next(2) == 0;
        ulong before = isWord ? BinaryPrimitives.ReadUInt64LittleEndian(field) : BinaryPrimitives.ReadUInt32LittleEndian(field);
        ulong number = Mutation.Number(random, before);
        if (isWord)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(field, number);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(field, (uint)number);
        }
    }

    /// <summary>A block as it is stored, its trailer included. Most often one of those that lead to others.</summary>
    private static void ChangeBlock(byte[] file, byte[] other, Random random)
    {
        List<(BlockKind Kind, BlockLocation Location)> blocks = TableFile.Blocks(file);
        if (random.Next(2) == 0)
        {
            blocks.RemoveAll(block => block.Kind == BlockKind.Data);
        }

        if (blocks.Count == 0)
        {
            return;
        }

        BlockLocation location = blocks[random.Next(blocks.Count)].Location;
        Span<byte> stored = file.AsSpan((int)location.Offset, location.Length);
        if (random.Next(8) == 0)
        {
            TableFile.Shorten(stored);
        }
        else
        {
            Mutation.Of(stored, other, random, mayResize: false).CopyTo(stored);
        }
    }
}
