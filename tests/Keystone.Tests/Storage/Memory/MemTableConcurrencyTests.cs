using System.Buffers.Binary;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Memory;
using Xunit;

namespace Keystone.Tests.Storage.Memory;

/// <summary>One writer and readers at once. The keys are known, so each answer can be checked against what was published before.</summary>
public sealed class MemTableConcurrencyTests
{
    private const int KeyCount = 60_000;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 8)]
    [InlineData(3, 48)]
    public async Task What_was_published_is_found_and_scanned_while_the_writer_goes_on(int readerCount, int prefixLength)
    {
        using ChunkPool pool = new(new MemoryAccount("write buffers"), 64 * 1024 * 1024, hugePages: false);
        MemTable table = new(pool);
        Published published = new();
        Task writer = Task.Factory.StartNew(() => Write(table, published, prefixLength), TaskCreationOptions.LongRunning);
        Task[] readers = [.. Enumerable.Range(0, readerCount).Select(seed =>
            Task.Factory.StartNew(() => Read(table, published, prefixLength, seed), TaskCreationOptions.LongRunning))];
        await Task.WhenAll([writer, .. readers]);
        table.Free();
    }

    private static void Write(MemTable table, Published published, int prefixLength)
    {
        byte[] key = new byte[prefixLength + sizeof(ulong)];
        try
        {
            for (ulong id = 1; id <= KeyCount; id++)
            {
                FillKey(key, id);
                Assert.True(table.TryReserve(1, key.Length + sizeof(ulong)));
                table.Add(key, EntryStamp.Of(id, EntryKind.Put), BitConverter.GetBytes(id));
                published.Sequence = id;
            }
        }
        finally
        {
            published.IsLast = true;
        }
    }

    private static void Read(MemTable table, Published published, int prefixLength, int seed)
    {
        byte[] key = new byte[prefixLength + sizeof(ulong)];
        MemTableCursor cursor = table.OpenCursor();
        Random random = new(seed);
        bool isLast;
        do
        {
            isLast = published.IsLast;
            ulong sequence = published.Sequence;
            for (int i = 0; i < 50 && sequence > 0; i++)
            {
                ulong id = (ulong)random.NextInt64(1, (long)sequence + 1);
                FillKey(key, id);
                Assert.True(table.TryGet(key, sequence, out MemTableEntry entry));
                Assert.Equal(id, BitConverter.ToUInt64(entry.Value));
                Assert.Equal(CursorState.Entry, cursor.Seek(key));
                Assert.True(cursor.Key.SequenceEqual(key));
                FillKey(key, id + (2 * KeyCount));
                Assert.False(table.TryGet(key, EntryStamp.SequenceMax, out _));
            }

            AssertScan(cursor, published.Sequence, isBackward: random.Next(2) == 0);
        }
        while (!isLast);
    }

    /// <summary>A scan is in strict order and holds all that was published before it began.</summary>
    private static void AssertScan(MemTableCursor cursor, ulong sequence, bool isBackward)
    {
        ulong found = 0;
        byte[] last = [];
        CursorState state = isBackward ? cursor.SeekLast() : cursor.SeekFirst();
        while (state == CursorState.Entry)
        {
            found += EntryStamp.Sequence(cursor.Stamp) <= sequence ? 1ul : 0;
            if (last.Length == cursor.KeyLength)
            {
                Assert.Equal(isBackward ? -1 : 1, Math.Sign(cursor.Key.SequenceCompareTo(last)));
            }
            else
            {
                last = new byte[cursor.KeyLength];
            }

            cursor.Key.CopyTo(last);
            state = isBackward ? cursor.Previous() : cursor.Next();
        }

        Assert.Equal(sequence, found);
    }

    /// <summary>Ids one after the other in the first third, then spread, so that leaves split at the end and in the middle.</summary>
    private static void FillKey(Span<byte> key, ulong id)
    {
        key.Fill(9);
        ulong number = id < KeyCount / 3 ? id : id * 0x9E37_79B9_7F4A_7C15;
        BinaryPrimitives.WriteUInt64BigEndian(key[^sizeof(ulong)..], number);
    }

    private sealed class Published
    {
        private ulong _sequence;
        private bool _isLast;

        public ulong Sequence
        {
            get => Volatile.Read(ref _sequence);
            set => Volatile.Write(ref _sequence, value);
        }

        public bool IsLast
        {
            get => Volatile.Read(ref _isLast);
            set => Volatile.Write(ref _isLast, value);
        }
    }
}
