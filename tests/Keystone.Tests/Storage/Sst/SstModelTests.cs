using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Files;
using Keystone.Storage.Sst;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

/// <summary>Random files against the sorted list that they were made of.</summary>
public sealed class SstModelTests
{
    private static readonly int[] BlockSizes = [256, 1024, 4096, 8192, 32768];
    private static readonly int[] FilterBits = [0, 1, 5, 10, 20];
    /// <summary>Root, two partitions and two data blocks.</summary>
    private const int LoadsMax = 5;

    private static readonly long[] CacheSizes = [0, 1, 20_000, 64 << 20];

    public static TheoryData<int> Seeds()
    {
        TheoryData<int> seeds = [];
        for (int i = 0; i < 40; i++)
        {
            seeds.Add(i);
        }

        return seeds;
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_file_answers_like_the_list_that_it_was_made_of(int seed)
    {
        Random random = new(seed);
        List<TestEntry> entries = TestEntries.Random(random, random.Next(1, 600), random.Next(3) == 0 ? 4000 : 60);
        SstOptions options = new()
        {
            BlockBytes = BlockSizes[random.Next(BlockSizes.Length)],
            FilterBitsPerKey = FilterBits[random.Next(FilterBits.Length)],
            Compression = (Compression)random.Next(3),
            IndexPartitionBytes = random.Next(2) == 0 ? 256 : 4096,
            OneLevelIndexDataBytesMax = random.Next(2) == 0 ? 0 : 1 << 20,
        };
        using SstFixture fixture = new(CacheSizes[random.Next(CacheSizes.Length)]);
        SstReader reader = fixture.Add(entries, options);

        CheckMeta(entries, reader.Meta, fixture);
        CheckGets(entries, reader, random);
        foreach (bool throughCache in new[] { true, false })
        {
            SstCursor cursor = reader.OpenCursor(throughCache, fixture.ScanAccount);
            CheckWalks(entries, cursor);
            CheckSeeks(entries, cursor, random);
            CheckWander(entries, cursor, random);
            cursor.Reset();
            Assert.Equal(0, fixture.ScanAccount.Bytes);
        }

        using SstVerifier verifier = reader.Verify(fixture.ScanAccount);
        while (verifier.Step())
        {
        }

        Assert.Equal(entries.Count, verifier.EntryCount);
    }

    private static void CheckMeta(List<TestEntry> entries, SstMeta meta, SstFixture fixture)
    {
        Assert.Equal(entries.Count, meta.EntryCount);
        Assert.Equal(entries.Count(e => e.Kind == EntryKind.Delete), meta.DeleteCount);
        Assert.Equal(entries[0].Key, meta.FirstKey);
        Assert.Equal(entries[^1].Key, meta.LastKey);
        Assert.Equal(entries.Min(e => e.Sequence), meta.FirstSequence);
        Assert.Equal(entries.Max(e => e.Sequence), meta.LastSequence);
        Assert.Equal(entries.Sum(e => e.Key.Length + e.Value.Length), meta.DataBytes);

        using NativeBuffer encoded = new(fixture.BuildAccount, 4096);
        meta.Encode(encoded);
        encoded.Append(new byte[] { 1, 2, 3 });
        ReadOnlySpan<byte> source = encoded.Written;
        Assert.Equivalent(meta, SstMeta.Decode(ref source), strict: true);
        Assert.Equal(3, source.Length);

        IFileSystem files = fixture.Files;
        using IFile file = files.Open(SstFixture.PathOf(meta.FileNumber), writable: false);
        Assert.Equivalent(meta, SstMeta.ReadFrom(file, meta.FileNumber, fixture.BuildAccount), strict: true);
    }

    private static void CheckGets(List<TestEntry> entries, SstReader reader, Random random)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            TestEntry entry = entries[i];
            bool isNewest = i == 0 || !entries[i - 1].Key.AsSpan().SequenceEqual(entry.Key);
            bool isOldest = i + 1 == entries.Count || !entries[i + 1].Key.AsSpan().SequenceEqual(entry.Key);
            ExpectGet(reader, entry.Key, entry.Sequence, entry, random);
            if (isNewest)
            {
                ExpectGet(reader, entry.Key, EntryStamp.SequenceMax, entry, random);
            }
            else
            {
                ExpectGet(reader, entry.Key, entries[i - 1].Sequence - 1, entry, random);
            }

            if (isOldest)
            {
                ExpectGet(reader, entry.Key, entry.Sequence - 1, null, random);
            }

            byte[] foreign = Mutate(random, entry.Key);
            if (!entries.Exists(e => e.Key.AsSpan().SequenceEqual(foreign)))
            {
                ExpectGet(reader, foreign, EntryStamp.SequenceMax, null, random);
            }
        }
    }

    private static void ExpectGet(SstReader reader, byte[] key, ulong sequenceMax, TestEntry? expected, Random random)
    {
        PinnedValue value = default;
        ulong hash = SstReader.HashOf(key);
        SstLookup lookup = reader.TryGet(key, hash, sequenceMax, mayBlock: false, ref value);
        if (lookup.State == SstLookupState.NeedsLoad)
        {
            lookup = reader.TryGet(key, hash, sequenceMax, mayBlock: true, ref value);
        }

        Assert.Equal(expected == null ? SstLookupState.Absent : SstLookupState.Found, lookup.State);
        if (expected != null)
        {
            Assert.Equal(expected.Stamp, lookup.Stamp);
            Assert.Equal(expected.Kind == EntryKind.Delete, lookup.IsDelete);
            Assert.True(expected.Value.AsSpan().SequenceEqual(value.Span));
        }

        value.Dispose();
    }

    private static void CheckWalks(List<TestEntry> entries, SstCursor cursor)
    {
        CursorState state = Walk(cursor, c => c.SeekFirst());
        foreach (TestEntry entry in entries)
        {
            Expect(entry, state, cursor);
            state = Walk(cursor, c => c.Next());
        }

        Assert.Equal(CursorState.End, state);
        state = Walk(cursor, c => c.SeekLast());
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            Expect(entries[i], state, cursor);
            state = Walk(cursor, c => c.Previous());
        }

        Assert.Equal(CursorState.End, state);
    }

    private static void CheckSeeks(List<TestEntry> entries, SstCursor cursor, Random random)
    {
        for (int i = 0; i < 100; i++)
        {
            byte[] key = entries[random.Next(entries.Count)].Key;
            key = random.Next(2) == 0 ? key : Mutate(random, key);
            int index = entries.FindIndex(e => e.Key.AsSpan().SequenceCompareTo(key) >= 0);
            Expect(index < 0 ? null : entries[index], Walk(cursor, c => c.Seek(key)), cursor);
            index = entries.FindLastIndex(e => e.Key.AsSpan().SequenceCompareTo(key) < 0);
            Expect(index < 0 ? null : entries[index], Walk(cursor, c => c.SeekBefore(key)), cursor);
        }
    }

    private static void CheckWander(List<TestEntry> entries, SstCursor cursor, Random random)
    {
        int at = entries.Count / 2;
        byte[] key = entries[at].Key;
        at = entries.FindIndex(e => e.Key.AsSpan().SequenceEqual(key));
        Expect(entries[at], Walk(cursor, c => c.Seek(key)), cursor);
        for (int i = 0; i < 300; i++)
        {
            bool isForward = at == 0 || (at + 1 < entries.Count && random.Next(2) == 0);
            if (entries.Count == 1)
            {
                return;
            }

            at += isForward ? 1 : -1;
            Expect(entries[at], isForward ? Walk(cursor, c => c.Next()) : Walk(cursor, c => c.Previous()), cursor);
        }
    }

    /// <summary>Makes a move, loading as often as it asks for it: bounded, however small the cache.</summary>
    private static CursorState Walk(SstCursor cursor, Func<SstCursor, CursorState> move)
    {
        CursorState state = move(cursor);
        for (int loads = 0; state == CursorState.NeedsLoad; loads++)
        {
            Assert.True(loads < LoadsMax, "the move does not get on");
            cursor.Load();
            state = move(cursor);
        }

        return state;
    }

    private static void Expect(TestEntry? entry, CursorState state, SstCursor cursor)
    {
        Assert.Equal(entry == null ? CursorState.End : CursorState.Entry, state);
        if (entry != null)
        {
            Assert.True(entry.Key.AsSpan().SequenceEqual(cursor.Key), $"key {Convert.ToHexString(cursor.Key)} where {entry} belongs");
            Assert.Equal(entry.Stamp, cursor.Stamp);
            Assert.True(entry.Value.AsSpan().SequenceEqual(cursor.Value));
        }
    }

    private static byte[] Mutate(Random random, byte[] key) => random.Next(5) switch
    {
        0 => [.. key, 0],
        1 => key.Length == 0 ? [7] : key[..^1],
        2 => key.Length == 0 ? [0, 0, 0] : [.. key[..^1], (byte)(key[^1] + 1)],
        3 => key.Length == 0 ? [255] : [.. key[..^1], (byte)(key[^1] - 1)],
        _ => TestEntries.Bytes(random, random.Next(20), 256),
    };
}
