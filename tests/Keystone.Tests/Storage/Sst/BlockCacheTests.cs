using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Sst;
using Keystone.Tests.Testing;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

public sealed class BlockCacheTests
{
    private static readonly SstOptions Small = new() { OneLevelIndexDataBytesMax = 0, IndexPartitionBytes = 1024, BlockBytes = 1024 };

    [Theory]
    [InlineData(0)]
    [InlineData(5_000)]
    [InlineData(100_000)]
    public void The_budget_is_kept(long budget)
    {
        using SstFixture fixture = new(budget);
        List<TestEntry> entries = TestEntries.Numbered(5000);
        SstReader[] readers = [fixture.Add(entries, Small, 1), fixture.Add(entries, Small, 2)];
        long roots = readers.Sum(r => Root(r));
        Random random = new(3);
        for (int i = 0; i < 5000; i++)
        {
            Get(readers[i & 1], entries[random.Next(entries.Count)]);
            Assert.InRange(fixture.Cache.Bytes, roots, Math.Max(roots, budget));
        }

        // One buffer for stored bytes is kept beside the budget.
        Assert.InRange(fixture.CacheAccount.Bytes, roots, Math.Max(roots, budget) + (64 * 1024));
        Assert.True(fixture.Cache.Evictions > 1000);
    }

    [Fact]
    public unsafe void A_scratch_that_goes_back_keeps_nothing_of_a_large_block()
    {
        MemoryAccount account = new("test");
        using BlockScratch scratch = new(account);
        scratch.Stored.EnsureFree(8 << 20);
        Assert.True(scratch.Unpacker.RoomFor(8 << 20) is not null);
        scratch.Shrink();
        Assert.InRange(account.Bytes, 0, 256 << 10);
    }

    [Fact]
    public void A_hit_allocates_nothing_and_reads_nothing()
    {
        using SstFixture fixture = new();
        List<TestEntry> entries = TestEntries.Numbered(5000);
        SstReader reader = fixture.Add(entries, new SstOptions { OneLevelIndexDataBytesMax = 0, IndexPartitionBytes = 1024 });
        foreach (TestEntry entry in entries)
        {
            Get(reader, entry);
        }

        SstCursor cursor = reader.OpenCursor(throughCache: true);
        Walk(cursor);
        int reads = fixture.Files.Reads;
        long misses = fixture.Cache.Misses;
        Assert.Equal(0, Allocations.Of(GetAndWalk));
        Assert.Equal(reads, fixture.Files.Reads);
        Assert.Equal(misses, fixture.Cache.Misses);
        cursor.Reset();

        void GetAndWalk()
        {
            foreach (TestEntry entry in entries)
            {
                PinnedValue value = default;
                SstLookup lookup = reader.TryGet(entry.Key, SstReader.HashOf(entry.Key), entry.Sequence, mayBlock: false, ref value);
                if (!lookup.IsFound || value.Span.Length != entry.Value.Length)
                {
                    Assert.Fail($"lost {entry}");
                }

                value.Dispose();
            }

            Walk(cursor);
            cursor.Reset();
            cursor.Open(reader, throughCache: true);
        }
    }

    [Fact]
    public void Without_leave_to_block_nothing_is_read()
    {
        using SstFixture fixture = new();
        List<TestEntry> entries = TestEntries.Numbered(1000);
        SstReader reader = fixture.Add(entries, Small);
        foreach (TestEntry entry in entries)
        {
            PinnedValue value = default;
            SstLookup lookup = reader.TryGet(entry.Key, SstReader.HashOf(entry.Key), entry.Sequence, mayBlock: false, ref value);
            Assert.Equal(SstLookupState.NeedsLoad, lookup.State);
        }

        Assert.Equal(0, fixture.Files.Reads);
        Assert.Equal(0, fixture.Cache.Bytes);
    }

    [Fact]
    public void A_load_of_a_cursor_reads_once_and_a_scan_leaves_the_cache_alone()
    {
        using SstFixture fixture = new();
        List<TestEntry> entries = TestEntries.Numbered(5000);
        SstReader reader = fixture.Add(entries, Small);
        SstCursor cursor = reader.OpenCursor(throughCache: false, fixture.ScanAccount);
        int loads = Walk(cursor, fixture);
        cursor.Reset();
        Assert.Equal(0, fixture.Cache.Bytes);
        Assert.Equal(0, fixture.CacheAccount.Bytes);
        Assert.InRange(loads, 3, 30);

        cursor.Open(reader, throughCache: true);
        loads = Walk(cursor, fixture);
        cursor.Reset();
        Assert.InRange(loads, 500, 5000);
        Assert.Equal(loads - 1, fixture.Cache.Misses);
    }

    [Fact]
    public void A_pinned_value_outlives_its_eviction_and_its_file()
    {
        using SstFixture fixture = new(0);
        List<TestEntry> entries = TestEntries.Numbered(100);
        (byte[] bytes, SstMeta meta) = SstFixture.Build(entries, Small);
        fixture.Files.Files[SstFixture.PathOf(1)] = bytes;
        SstReader reader = new(meta, fixture.Cache, fixture.Handles);
        PinnedValue value = default;
        Assert.True(reader.TryGet(entries[50].Key, SstReader.HashOf(entries[50].Key), EntryStamp.SequenceMax, true, ref value).IsFound);
        Assert.True(reader.Release());
        Assert.Equal(0, fixture.Cache.Bytes);
        Assert.Equal(entries[50].Value, value.Span.ToArray());
        value.Dispose();
        value.Dispose();
    }

    [Fact]
    public void Index_and_filter_stay_while_data_come_and_go()
    {
        using SstFixture fixture = new(60_000);
        List<TestEntry> entries = TestEntries.Numbered(5000);
        SstReader reader = fixture.Add(entries, Small);
        Random random = new(5);
        for (int i = 0; i < 20_000; i++)
        {
            Get(reader, entries[random.Next(entries.Count)]);
        }

        // Of filter, partition and data block only the last should have missed, nearly always.
        Assert.InRange(fixture.Cache.Misses, 10_000, 26_000);
    }

    [Fact]
    public async Task Readers_and_evictions_get_along()
    {
        using SstFixture fixture = new(40_000, handles: 2);
        List<TestEntry> entries = TestEntries.Numbered(4000);
        SstReader[] readers = [.. Enumerable.Range(1, 5).Select(n => fixture.Add(entries, Small, n))];
        const int threads = 4;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task[] tasks = [.. Enumerable.Range(0, threads).Select(t => Task.Run(() => ReadMuch(readers, entries, t), cancellation))];
        await Task.WhenAll(tasks);
        Assert.InRange(fixture.Files.OpenMax, 1, threads + 1);
        Assert.True(fixture.Cache.Evictions > 1000);
    }

    private static void ReadMuch(SstReader[] readers, List<TestEntry> entries, int seed)
    {
        Random random = new(seed);
        SstCursor cursor = new();
        for (int i = 0; i < 4000; i++)
        {
            SstReader reader = readers[random.Next(readers.Length)];
            int at = random.Next(entries.Count - 20);
            Get(reader, entries[at]);
            if (i % 10 == 0)
            {
                cursor.Open(reader, throughCache: true);
                CursorState state;
                while ((state = cursor.Seek(entries[at].Key)) == CursorState.NeedsLoad)
                {
                    cursor.Load();
                }

                for (int n = at; n < at + 20; n++)
                {
                    Assert.Equal(CursorState.Entry, state);
                    Assert.True(cursor.Value.SequenceEqual(entries[n].Value));
                    while ((state = cursor.Next()) == CursorState.NeedsLoad)
                    {
                        cursor.Load();
                    }
                }

                cursor.Reset();
            }
        }
    }

    private static long Root(SstReader reader) => reader.Blocks.Root(mayBlock: true)!.Length;

    private static void Get(SstReader reader, TestEntry entry)
    {
        PinnedValue value = default;
        SstLookup lookup = reader.TryGet(entry.Key, SstReader.HashOf(entry.Key), EntryStamp.SequenceMax, mayBlock: true, ref value);
        Assert.True(lookup.IsFound && lookup.Stamp == entry.Stamp && value.Span.SequenceEqual(entry.Value));
        value.Dispose();
    }

    /// <summary>Walks to the end. Returns how often it had to load.</summary>
    private static int Walk(SstCursor cursor, SstFixture? fixture = null)
    {
        int loads = 0;
        bool isStarted = false;
        for (CursorState state = cursor.SeekFirst(); state != CursorState.End; state = isStarted ? cursor.Next() : cursor.SeekFirst())
        {
            isStarted |= state == CursorState.Entry;
            if (state == CursorState.NeedsLoad)
            {
                int reads = fixture?.Files.Reads ?? 0;
                cursor.Load();
                loads++;
                if (fixture != null)
                {
                    Assert.Equal(reads + 1, fixture.Files.Reads);
                }
            }
        }

        return loads;
    }
}
