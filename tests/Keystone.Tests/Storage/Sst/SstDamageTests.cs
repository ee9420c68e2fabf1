using Keystone.Storage;
using Keystone.Storage.Entries;
using Keystone.Storage.Sst;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

/// <summary>Damaged files: a read gives the truth or refuses with the name of the file, never anything else.</summary>
public sealed class SstDamageTests
{
    /// <summary>
    /// Every file is scanned; looking for a single key as well every so often is enough, since both read through the same check.
    /// </summary>
    private const int GetEvery = 8;

    private readonly SstCursor _cursor = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_flipped_byte_is_harmless_or_refused(int compression)
    {
        int[] entriesBy = [480, 780, 900];
        List<TestEntry> entries = TestEntries.Numbered(entriesBy[compression], 100);
        SstOptions options = new() { Compression = (Compression)compression, OneLevelIndexDataBytesMax = 0, IndexPartitionBytes = 128 };
        (byte[] bytes, SstMeta meta) = SstFixture.Build(entries, options);
        Assert.InRange(bytes.Length, 56_000, 72_000);
        using SstFixture fixture = new(1 << 20);
        SstFooter footer = FooterOf(meta);
        int refused = 0;
        for (int at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= (byte)(1 << (at & 7));
            // The scan begins some blocks before the damage, so that it comes upon it soon.
            bool isData = at < footer.DataEnd;
            int from = isData ? Math.Max(0, (int)((long)at * entries.Count / footer.DataEnd) - 200) : 0;
            refused += ReadAll(fixture, bytes, meta, entries, isData ? at : 0, from) ? 0 : 1;
            bytes[at] ^= (byte)(1 << (at & 7));
        }

        // All but header, properties and footer, of which the manifest has a copy.
        int unread = SstFormat.HeaderBytes + SstFormat.FooterBytes + footer.Properties.Length;
        Assert.Equal(bytes.Length - unread, refused);
    }

    [Fact]
    public void A_verifier_finds_every_flipped_byte()
    {
        List<TestEntry> entries = TestEntries.Numbered(60, 40);
        (byte[] bytes, SstMeta meta) = SstFixture.Build(entries, new SstOptions { BlockBytes = 512 });
        using SstFixture fixture = new(1 << 20);
        for (int at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 0x10;
            fixture.Files.Files[SstFixture.PathOf(1)] = bytes;
            SstReader reader = new(meta, fixture.Cache, fixture.Handles);
            using (SstVerifier verifier = reader.Verify(fixture.ScanAccount))
            {
                StoreException damage = Assert.Throws<StoreException>(() => Finish(verifier));
                Assert.Equal(StoreErrorCode.Corrupt, damage.Code);
            }

            Assert.True(reader.Release());
            bytes[at] ^= 0x10;
        }
    }

    [Fact]
    public void A_file_cut_short_is_refused()
    {
        List<TestEntry> entries = TestEntries.Numbered(200);
        (byte[] bytes, SstMeta meta) = SstFixture.Build(entries, new SstOptions());
        using SstFixture fixture = new(1 << 20);
        for (int length = 0; length < bytes.Length - 2000; length += 97)
        {
            Assert.False(ReadAll(fixture, bytes[..length], meta, entries, length));
        }
    }

    [Fact]
    public void Two_blocks_that_changed_places_are_refused()
    {
        // Values of one size, not packed: the data blocks are of equal size.
        List<TestEntry> entries = [.. TestEntries.Numbered(500).Select(e => e with { Sequence = 7 })];
        (byte[] bytes, SstMeta meta) = SstFixture.Build(entries, new SstOptions { Compression = Compression.None });
        (BlockLocation one, BlockLocation two) = EqualBlocks(bytes, meta);
        byte[] swapped = [.. bytes];
        bytes.AsSpan((int)one.Offset, one.Length).CopyTo(swapped.AsSpan((int)two.Offset));
        bytes.AsSpan((int)two.Offset, two.Length).CopyTo(swapped.AsSpan((int)one.Offset));
        using SstFixture fixture = new(1 << 20);
        Assert.False(ReadAll(fixture, swapped, meta, entries, -1));
        Assert.True(ReadAll(fixture, bytes, meta, entries, -1));
    }

    [Fact]
    public void A_block_of_another_file_is_refused()
    {
        List<TestEntry> entries = TestEntries.Numbered(500);
        SstOptions options = new() { Compression = Compression.None };
        (byte[] bytes, SstMeta meta) = SstFixture.Build(entries, options, fileId: 1);
        (byte[] other, SstMeta otherMeta) = SstFixture.Build(entries, options, fileId: 2);
        Assert.Equal(bytes.Length, other.Length);
        (BlockLocation one, _) = EqualBlocks(bytes, meta);
        other.AsSpan((int)one.Offset, one.Length).CopyTo(bytes.AsSpan((int)one.Offset));
        using SstFixture fixture = new(1 << 20);
        Assert.False(ReadAll(fixture, bytes, meta, entries, -1));

        // Nor is the whole file of another id, though every entry in it is the same.
        Assert.False(ReadAll(fixture, other, meta, entries, -1));
        Assert.True(ReadAll(fixture, other, otherMeta, entries, -1));
    }

    [Fact]
    public void A_description_with_a_damaged_footer_is_refused()
    {
        (_, SstMeta meta) = SstFixture.Build(TestEntries.Numbered(10), new SstOptions());
        using SstFixture fixture = new();
        for (int at = 0; at < meta.Footer.Length; at++)
        {
            byte[] footer = [.. meta.Footer];
            footer[at] ^= 1;
            SstMeta damaged = meta.With(meta.FileNumber, meta.FileBytes, footer);
            StoreException damage = Assert.Throws<StoreException>(() => new SstReader(damaged, fixture.Cache, fixture.Handles));
            Assert.Equal(StoreErrorCode.Corrupt, damage.Code);
        }
    }

    /// <summary>
    /// Scans the file from an entry on and, now and then, looks for a key. True: everything was as it should be. False: something was
    /// refused.
    /// </summary>
    private bool ReadAll(SstFixture fixture, byte[] bytes, SstMeta meta, List<TestEntry> entries, int salt, int from = 0)
    {
        fixture.Files.Files[SstFixture.PathOf(meta.FileNumber)] = bytes;
        SstReader reader = new(meta, fixture.Cache, fixture.Handles);
        bool isGood = Attempt(() => Scan(reader, _cursor, fixture, entries, from));
        if (salt % GetEvery == 0)
        {
            TestEntry entry = entries[(int)((uint)(salt * 31) % (uint)entries.Count)];
            isGood &= Attempt(() => Get(reader, entry));
        }

        Assert.True(reader.Release());
        return isGood;
    }

    private static bool Attempt(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (StoreException e) when (e.Code == StoreErrorCode.Corrupt)
        {
            Assert.Contains(SstFixture.PathOf(1), e.Message, StringComparison.Ordinal);
            return false;
        }
    }

    private static void Scan(SstReader reader, SstCursor cursor, SstFixture fixture, List<TestEntry> entries, int from)
    {
        cursor.Open(reader, throughCache: false, fixture.ScanAccount);
        try
        {
            int count = from;
            byte[] first = entries[from].Key;
            CursorState state = cursor.Seek(first);
            for (; state != CursorState.End; state = count == from ? cursor.Seek(first) : cursor.Next())
            {
                if (state == CursorState.NeedsLoad)
                {
                    cursor.Load();
                    continue;
                }

                TestEntry expected = entries[count++];
                Assert.True(cursor.Stamp == expected.Stamp && cursor.Key.SequenceEqual(expected.Key));
                Assert.True(cursor.Value.SequenceEqual(expected.Value));
            }

            Assert.Equal(entries.Count, count);
        }
        finally
        {
            cursor.Reset();
        }
    }

    private static void Get(SstReader reader, TestEntry entry)
    {
        PinnedValue value = default;
        SstLookup lookup = reader.TryGet(entry.Key, SstReader.HashOf(entry.Key), EntryStamp.SequenceMax, mayBlock: true, ref value);
        Assert.True(lookup.IsFound && lookup.Stamp == entry.Stamp && value.Span.SequenceEqual(entry.Value));
        value.Dispose();
    }

    private static void Finish(SstVerifier verifier)
    {
        while (verifier.Step())
        {
        }
    }

    /// <summary>Two data blocks that are equally long.</summary>
    private static unsafe (BlockLocation, BlockLocation) EqualBlocks(byte[] bytes, SstMeta meta)
    {
        using SstFixture fixture = new();
        BlockReader root = new(fixture.Add(bytes, meta).Blocks.Root(mayBlock: true)!.Pointer);
        Dictionary<int, BlockLocation> byLength = [];
        for (int i = 0; i < root.Count; i++)
        {
            BlockLocation location = new(root.Stamp(i));
            if (!byLength.TryAdd(location.Length, location))
            {
                return (byLength[location.Length], location);
            }
        }

        throw new InvalidOperationException("no two blocks of one size");
    }

    private static SstFooter FooterOf(SstMeta meta) => SstFooter.Decode(meta.Footer, "test", 0);
}
