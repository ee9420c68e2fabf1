using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Keystone.Storage;
using Keystone.Storage.Entries;
using Keystone.Storage.Sst;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

/// <summary>
/// Files whose checksums are all right and which no builder has written: what leads out of a block or of the file is refused before anybody
/// follows it.
/// </summary>
public sealed class SstShapeTests
{
    private static readonly SstOptions Options = new()
    {
        BlockBytes = 512,
        Compression = Compression.None,
        OneLevelIndexDataBytesMax = 0,
        IndexPartitionBytes = 128,
    };

    private const string OfTheIndex = "the root index block has an impossible layout";
    private const string OfAPartition = "does not name the blocks that the root says";

    private readonly List<TestEntry> _entries = TestEntries.Numbered(200, 60);

    /// <summary>A change of the payload of a block, under the checksum that then fits.</summary>
    private unsafe delegate void Change(BlockReader index, byte* payload);

    [Theory]
    [InlineData(12)]
    [InlineData(32)]
    [InlineData(36)]
    [InlineData(40)]
    [InlineData(52)]
    [InlineData(60)]
    [InlineData(68)]
    [InlineData(76)]
    [InlineData(84)]
    public void A_footer_that_contradicts_itself_is_refused(int numberAt)
    {
        (_, SstMeta meta) = SstFixture.Build(_entries, Options);
        using SstFixture fixture = new();
        foreach (int number in new[] { -1, int.MinValue, int.MaxValue })
        {
            byte[] footer = [.. meta.Footer];
            BinaryPrimitives.WriteInt32LittleEndian(footer.AsSpan(numberAt), number);
            SstFormat.WriteFooterChecksum(footer, meta.FileId);
            SstMeta changed = meta.With(meta.FileNumber, meta.FileBytes, footer);
            RequireRefused(() => new SstReader(changed, fixture.Cache, fixture.Handles));
        }
    }

    [Fact]
    public unsafe void A_root_that_names_a_partition_outside_of_the_file_is_refused()
        => RequireRootRefused(OfTheIndex, (_, payload) => *(ulong*)(payload + 8) += 1UL << 50);

    [Fact]
    public unsafe void A_root_that_begins_a_partition_before_the_first_block_is_refused()
        => RequireRootRefused(OfTheIndex, (root, _) => Unsafe.WriteUnaligned(root.Value(0, out int _), -1));

    [Fact]
    public unsafe void A_root_that_begins_a_partition_behind_the_last_block_is_refused()
        => RequireRootRefused(OfTheIndex, (root, _) => Unsafe.WriteUnaligned(root.Value(root.Count - 1, out int _), 1 << 30));

    [Fact]
    public unsafe void A_partition_that_has_other_blocks_than_the_root_says_is_refused()
        => RequireRootRefused(
            OfAPartition, (root, _) => Unsafe.WriteUnaligned(root.Value(1, out int _), SstReader.FirstDataBlock(root, 1) + 1));

    [Fact]
    public unsafe void A_partition_whose_keys_end_before_the_root_says_is_refused()
    {
        byte[] behindAll = [.. _entries[^1].Key, 1];
        RequireRootRefused(
            OfAPartition,
            (root, payload) => *((ulong*)(payload + BlockFormat.HeadsOffset(root.PrefixLength)) + root.Count - 1) = ulong.MaxValue,
            reader => Seek(reader, behindAll));
    }

    [Fact]
    public unsafe void A_filter_block_that_is_shorter_than_its_lines_is_refused()
    {
        (byte[] bytes, SstMeta meta) = SstFixture.Build(_entries, Options);
        SstFooter footer = SstFooter.Decode(meta.Footer, "test", 0);
        BlockLocation location = footer.FilterLocation(0);
        int payloadBytes = location.Length - BlockFormat.TrailerBytes;
        Assert.Equal(4 * SplitBlockFilter.LineBytes, payloadBytes);
        fixed (byte* stored = bytes.AsSpan((int)location.Offset))
        {
            // One run of literals in LZ4: a token, the rest of its length, and the bytes as they are.
            int rawBytes = payloadBytes - 2;
            stored[0] = 0xF0;
            stored[1] = (byte)(rawBytes - 15);
            BlockFormat.Seal(
                stored, payloadBytes, rawBytes, Compression.Lz4, BlockKind.Filter, meta.FileId, location.Offset, null);
        }

        RequireRefusal(bytes, meta, "the filter block has an impossible layout", reader => Get(reader, _entries[0].Key));
    }

    private void RequireRootRefused(string refusal, Change change)
    {
        byte[] last = _entries[^1].Key;
        RequireRootRefused(refusal, change, reader => Get(reader, last), reader => Get(reader, _entries[0].Key), Scan);
    }

    /// <summary>Whoever reads is told of it. Some of it may be told only to those who come by.</summary>
    private unsafe void RequireRootRefused(string refusal, Change change, params Action<SstReader>[] reads)
    {
        (byte[] bytes, SstMeta meta) = SstFixture.Build(_entries, Options);
        BlockLocation root = SstFooter.Decode(meta.Footer, "test", 0).Root;
        fixed (byte* stored = bytes.AsSpan((int)root.Offset))
        {
            int payloadBytes = root.Length - BlockFormat.TrailerBytes;
            change(new BlockReader(stored), stored);
            BlockFormat.Seal(
                stored, payloadBytes, payloadBytes, Compression.None, BlockKind.IndexRoot, meta.FileId, root.Offset, null);
        }

        RequireRefusal(bytes, meta, refusal, reads);
    }

    private static void RequireRefusal(byte[] bytes, SstMeta meta, string refusal, params Action<SstReader>[] reads)
    {
        using SstFixture fixture = new();
        SstReader reader = fixture.Add(bytes, meta);
        List<Exception?> met = [.. reads.Select(read => Record.Exception(() => read(reader)))];
        Assert.Contains(met, m => m is not null && m.Message.Contains(refusal, StringComparison.Ordinal));
        Assert.All(met, m => Assert.True(m is null or StoreException { Code: StoreErrorCode.Corrupt }));
    }

    private static void RequireRefused(Action read)
        => Assert.Equal(StoreErrorCode.Corrupt, Assert.Throws<StoreException>(read).Code);

    private static void Get(SstReader reader, byte[] key)
    {
        PinnedValue value = default;
        reader.TryGet(key, SstReader.HashOf(key), EntryStamp.SequenceMax, mayBlock: true, ref value);
        value.Dispose();
    }

    private static void Seek(SstReader reader, byte[] key)
    {
        SstCursor cursor = reader.OpenCursor(throughCache: true);
        try
        {
            while (cursor.Seek(key) == CursorState.NeedsLoad)
            {
                cursor.Load();
            }
        }
        finally
        {
            cursor.Reset();
        }
    }

    private static void Scan(SstReader reader)
    {
        SstCursor cursor = reader.OpenCursor(throughCache: true);
        try
        {
            for (CursorState state = cursor.SeekLast(); state != CursorState.End; state = cursor.Previous())
            {
                while (state == CursorState.NeedsLoad)
                {
                    cursor.Load();
                    state = cursor.KeyLength == 0 ? cursor.SeekLast() : cursor.Previous();
                }
            }
        }
        finally
        {
            cursor.Reset();
        }
    }
}
