using System.Diagnostics;
using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Sst;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

public sealed class SstLimitTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_largest_keys_and_values_and_the_empty_ones_come_back(int compression)
    {
        byte[] big = new byte[SstFormat.ValueBytesMax];
        new Random(1).NextBytes(big.AsSpan(0, big.Length / 2));
        byte[] longKey = new byte[SstFormat.KeyBytesMax];
        longKey[^1] = 1;
        List<TestEntry> entries =
        [
            new([], 5, EntryKind.Put, []),
            new([], 4, EntryKind.Put, big),
            new([], 3, EntryKind.Delete, []),
            new(new byte[SstFormat.KeyBytesMax], 9, EntryKind.Put, big),
            new(longKey, EntryStamp.SequenceMax, EntryKind.Put, [1]),
            new([1], 1, EntryKind.Put, big),
        ];
        using SstFixture fixture = new(1 << 20);
        SstReader reader = fixture.Add(entries, new SstOptions { Compression = (Compression)compression });
        foreach (TestEntry entry in entries)
        {
            PinnedValue value = default;
            SstLookup lookup = reader.TryGet(entry.Key, SstReader.HashOf(entry.Key), entry.Sequence, mayBlock: true, ref value);
            Assert.Equal(entry.Stamp, lookup.Stamp);
            Assert.True(value.Span.SequenceEqual(entry.Value));
            value.Dispose();
        }

        using SstVerifier verifier = reader.Verify(fixture.ScanAccount);
        while (verifier.Step())
        {
        }
    }

    [Fact]
    public void A_large_value_shares_its_block_with_nothing()
    {
        List<TestEntry> entries = TestEntries.Numbered(30, 100);
        entries[15] = entries[15] with { Value = new byte[4097] };
        using SstFixture fixture = new();
        SstReader reader = fixture.Add(entries, new SstOptions());
        Assert.Equal(3, reader.Footer.DataBlocks);
        entries[15] = entries[15] with { Value = new byte[4096] };
        Assert.InRange(fixture.Add(entries, new SstOptions(), 2).Footer.DataBlocks, 1, 2);
    }

    [Fact]
    public void Entries_out_of_order_stop_the_builder()
    {
        MemoryAccount account = new("build");
        byte[][] keys = [[2], [2, 0], [1], []];
        foreach ((byte[] key, ulong sequence) in new[] { (keys[0], 5UL), (keys[0], 6UL), (keys[2], 1UL), (keys[3], 1UL) })
        {
            using SstBuilder builder = new(new SstOptions(), account);
            builder.Begin(1, 1);
            builder.Add(keys[0], EntryStamp.Of(5, EntryKind.Put), [1]);
            Assert.Throws<UnreachableException>(() => builder.Add(key, EntryStamp.Of(sequence, EntryKind.Put), [1]));
        }

        using SstBuilder empty = new(new SstOptions(), account);
        empty.Begin(1, 1);
        Assert.Throws<UnreachableException>(() => empty.Finish());
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        SstOptions[] options =
        [
            new() { BlockBytes = 100 }, new() { BlockBytes = 2 << 20 }, new() { FilterBitsPerKey = -1 }, new() { FilterBitsPerKey = 65 },
            new() { Compression = (Compression)3 }, new() { IndexPartitionBytes = 1 }, new() { OneLevelIndexDataBytesMax = -1 },
        ];
        foreach (SstOptions refused in options)
        {
            StoreException refusal = Assert.Throws<StoreException>(() => new SstBuilder(refused, new MemoryAccount("build")));
            Assert.Equal(StoreErrorCode.LimitExceeded, refusal.Code);
        }
    }

    [Fact]
    public void The_estimate_of_the_size_is_near_the_truth()
    {
        using SstFixture fixture = new();
        MemoryAccount account = new("build");
        foreach (int valueBytes in (int[])[0, 100, 1000, 20_000])
        {
            using SstBuilder builder = new(new SstOptions { Compression = Compression.None }, account);
            builder.Begin(1, 1);
            foreach (TestEntry entry in TestEntries.Numbered(1000, valueBytes))
            {
                builder.Add(entry.Key, entry.Stamp, entry.Value);
            }

            long estimate = builder.FileBytesEstimate;
            Assert.InRange(estimate / (double)builder.Finish().FileBytes, 0.9, 1.1);
        }
    }
}
