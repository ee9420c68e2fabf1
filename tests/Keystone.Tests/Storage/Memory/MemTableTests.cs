using CsCheck;
using Keystone.Storage.Entries;
using Keystone.Storage.Memory;
using Keystone.Tests.Testing;
using Xunit;

namespace Keystone.Tests.Storage.Memory;

public sealed class MemTableTests
{
    /// <summary>Few bytes so that keys meet, and shared prefixes around the lengths where nodes change their ways.</summary>
    private static readonly Gen<byte[]> AnyKey = Gen.OneOf(
        Gen.Int[0, 3].SelectMany(length => Gen.Byte.Array[length]),
        Gen.Select(OneOf(0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 43, 44, 45, 52, 100), Gen.Byte[0, 3].Array[0, 9]).Select(Prefixed),
        Gen.Select(OneOf(7, 8, 44, 45), Gen.Byte.Array[0, 12]).Select(Prefixed),
        Gen.Select(Gen.Int[4088, 4096], Gen.Byte[0, 1]).Select((length, last) => LongKey(length, last)));

    private static readonly Gen<(byte[] Key, int Kind, int ValueLength)[]> AnyOperations =
        Gen.Select(AnyKey, Gen.Int[0, 3], Gen.Frequency((50, Gen.Int[0, 40]), (1, Gen.Int[16_000, 20_000]))).Array[0, 700];

    [Fact]
    public void Any_operations_answer_like_a_sorted_dictionary()
    {
        AnyOperations.Sample(
            operations =>
            {
                using MemTableFixture fixture = Filled(operations);
                fixture.AssertScans();
                foreach (byte[] key in fixture.Keys)
                {
                    fixture.AssertGet(key, ulong.MaxValue >> 8);
                    fixture.AssertGet([.. key, 0], ulong.MaxValue >> 8);
                    fixture.AssertGet(key[..(key.Length / 2)], ulong.MaxValue >> 8);
                }
            },
            iter: 150);
    }

    [Fact]
    public void Every_snapshot_sees_the_newest_version_at_or_below_it()
    {
        Gen.Select(Gen.Byte[0, 5], Gen.Int[0, 3], Gen.Int[0, 20]).Array[0, 60].Sample(
            operations =>
            {
                using MemTableFixture fixture = Filled([.. operations.Select(o => (new[] { o.Item1 }, o.Item2, o.Item3))]);
                for (ulong sequence = 0; sequence <= fixture.Sequence + 1; sequence++)
                {
                    for (byte key = 0; key <= 6; key++)
                    {
                        fixture.AssertGet([key], sequence);
                    }
                }
            },
            iter: 100);
    }

    [Fact]
    public void Seeks_find_both_neighbors_of_any_key()
    {
        Gen.Select(AnyOperations, AnyKey.Array[20]).Sample(
            (operations, targets) =>
            {
                using MemTableFixture fixture = Filled(operations);
                List<(byte[] Key, ulong Stamp, byte[] Value)> versions = fixture.Versions();
                foreach (byte[] target in targets.Concat(fixture.Keys.Take(20)))
                {
                    AssertSeeks(fixture.Table, versions, target);
                }
            },
            iter: 100);
    }

    [Fact]
    public void A_walk_to_and_fro_stays_in_order()
    {
        Gen.Select(AnyOperations, Gen.Int[-3, 3].Array[100]).Sample(
            (operations, strides) =>
            {
                using MemTableFixture fixture = Filled(operations);
                List<(byte[] Key, ulong Stamp, byte[] Value)> versions = fixture.Versions();
                MemTableCursor cursor = fixture.Table.OpenCursor();
                int at = 0;
                CursorState state = cursor.SeekFirst();
                foreach (int stride in strides)
                {
                    for (int step = 0; step < Math.Abs(stride) && state == CursorState.Entry; step++)
                    {
                        state = stride > 0 ? cursor.Next() : cursor.Previous();
                        at += Math.Sign(stride);
                    }

                    if (at < 0 || at >= versions.Count)
                    {
                        Assert.Equal(CursorState.End, state);
                        return;
                    }

                    MemTableFixture.AssertStandsOn(cursor, state, versions[at]);
                }
            },
            iter: 100);
    }

    [Fact]
    public void A_cursor_keeps_its_place_while_keys_are_inserted()
    {
        Gen.Select(AnyOperations, AnyOperations, Gen.Bool).Sample(
            (before, meanwhile, isBackward) =>
            {
                using MemTableFixture fixture = Filled(before);
                HashSet<string> existing = [.. fixture.Keys.Select(Convert.ToHexString)];
                List<string> seen = [];
                MemTableCursor cursor = fixture.Table.OpenCursor();
                CursorState state = isBackward ? cursor.SeekLast() : cursor.SeekFirst();
                int next = 0;
                while (state == CursorState.Entry)
                {
                    string key = Convert.ToHexString(cursor.Key);
                    if (seen.Count == 0 || seen[^1] != key)
                    {
                        seen.Add(key);
                    }

                    for (int i = 0; i < 3 && next < meanwhile.Length; i++, next++)
                    {
                        Apply(fixture, meanwhile[next]);
                    }

                    state = isBackward ? cursor.Previous() : cursor.Next();
                }

                IEnumerable<byte[]> distinct = seen.Distinct().Select(Convert.FromHexString);
                List<string> sorted = [.. distinct.Order(ByteOrder.Instance).Select(Convert.ToHexString)];
                if (isBackward)
                {
                    sorted.Reverse();
                }

                Assert.Equal(sorted, seen);
                Assert.Empty(existing.Except(seen));
                fixture.AssertScans();
            },
            iter: 100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(44)]
    [InlineData(45)]
    [InlineData(60)]
    public void Keys_in_rising_falling_and_mixed_order_are_all_found(int prefixLength)
    {
        foreach (Func<int, int> order in new Func<int, int>[] { i => i, i => 4999 - i, i => (int)(i * 2_654_435_761L % 5000) })
        {
            using MemTableFixture fixture = new();
            for (int i = 0; i < 5000; i++)
            {
                int id = order(i);
                fixture.Put(Prefixed(prefixLength, [(byte)(id >> 8), (byte)id]), BitConverter.GetBytes(i));
            }

            fixture.Put([], [1]);
            fixture.AssertScans();
            foreach (byte[] key in fixture.Keys)
            {
                fixture.AssertGet(key, fixture.Sequence);
            }

            fixture.AssertGet(Prefixed(prefixLength, [255, 255]), fixture.Sequence);
        }
    }

    [Fact]
    public void The_largest_key_and_value_are_kept_whole()
    {
        using MemTableFixture fixture = new();
        byte[] key = LongKey(MemTable.KeyBytesMax, 7);
        byte[] value = new byte[MemTable.ValueBytesMax];
        Array.Fill(value, (byte)3);
        value[^1] = 4;
        fixture.Put(key, value);
        fixture.Put(key, []);
        fixture.Put([], value[..100_000]);
        fixture.AssertGet(key, 1);
        fixture.AssertGet(key, 2);
        fixture.AssertScans();
    }

    [Fact]
    public void A_key_of_many_versions_is_walked_both_ways()
    {
        using MemTableFixture fixture = new();
        for (int i = 0; i < 20_000; i++)
        {
            fixture.Put([1, (byte)(i % 2)], BitConverter.GetBytes(i));
        }

        fixture.AssertScans();
        fixture.AssertGet([1, 1], 10_000);
    }

    [Fact]
    public void An_empty_table_takes_no_memory_and_finds_nothing()
    {
        using MemTableFixture fixture = new();
        Assert.Equal(0, fixture.Table.Bytes);
        Assert.Equal(0ul, fixture.Table.FirstSequence);
        fixture.AssertGet([], ulong.MaxValue >> 8);
        fixture.AssertScans();
        MemTableCursor cursor = fixture.Table.OpenCursor();
        Assert.Equal(CursorState.End, cursor.Seek([]));
        Assert.Equal(CursorState.End, cursor.SeekBefore([1]));
    }

    [Fact]
    public void A_freed_table_starts_anew_in_recycled_memory()
    {
        using MemTableFixture fixture = new(capacityBytes: 1024 * 1024);
        for (int round = 0; round < 10; round++)
        {
            for (int i = 0; i < 3000; i++)
            {
                fixture.Put(BitConverter.GetBytes((i * 7919) + round), new byte[100]);
            }

            fixture.AssertScans();
            fixture.Free();
            Assert.Equal(0, fixture.Account.Bytes);
            Assert.Equal(0ul, fixture.Table.FirstSequence);
            fixture.AssertScans();
        }
    }

    [Fact]
    public void A_cursor_can_be_reset_and_opened_on_another_table()
    {
        using MemTableFixture one = new();
        using MemTableFixture other = new();
        one.Put([1], [1]);
        other.Put([2], [2]);
        MemTableCursor cursor = one.Table.OpenCursor();
        MemTableFixture.AssertStandsOn(cursor, cursor.SeekFirst(), one.Versions()[0]);
        cursor.Reset();
        Assert.Throws<System.Diagnostics.UnreachableException>(() => cursor.SeekFirst());
        cursor.Open(other.Table);
        MemTableFixture.AssertStandsOn(cursor, cursor.SeekFirst(), other.Versions()[0]);
    }

    [Fact]
    public void Nothing_is_allocated_by_adding_reading_and_scanning()
    {
        using MemTableFixture fixture = new();
        MemTable table = fixture.Table;
        MemTableCursor cursor = table.OpenCursor();
        ulong sequence = 0;
        Work();
        Assert.Equal(0, Allocations.Of(Work));

        void Work()
        {
            Span<byte> key = stackalloc byte[16];
            key.Clear();
            for (ulong end = sequence + 2000; sequence < end;)
            {
                sequence++;
                BitConverter.TryWriteBytes(key, sequence * 0x9E37_79B9_7F4A_7C15);
                Assert.True(table.TryReserve(1, 32));
                table.Add(key, EntryStamp.Of(sequence, EntryKind.Put), key);
                table.TryGet(key, sequence, out _);
            }

            for (CursorState state = cursor.SeekFirst(); state == CursorState.Entry; state = cursor.Next())
            {
            }

            for (CursorState state = cursor.SeekLast(); state == CursorState.Entry; state = cursor.Previous())
            {
            }
        }
    }

    private static Gen<int> OneOf(params int[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    private static void AssertSeeks(MemTable table, List<(byte[] Key, ulong Stamp, byte[] Value)> versions, byte[] target)
    {
        MemTableCursor cursor = table.OpenCursor();
        int first = versions.FindIndex(version => ByteOrder.Instance.Compare(version.Key, target) >= 0);
        CursorState state = cursor.Seek(target);
        if (first < 0)
        {
            Assert.Equal(CursorState.End, state);
        }
        else
        {
            MemTableFixture.AssertStandsOn(cursor, state, versions[first]);
        }

        int last = (first < 0 ? versions.Count : first) - 1;
        state = cursor.SeekBefore(target);
        if (last < 0)
        {
            Assert.Equal(CursorState.End, state);
            return;
        }

        MemTableFixture.AssertStandsOn(cursor, state, versions[last]);
        state = cursor.Next();
        Assert.Equal(first < 0 ? CursorState.End : CursorState.Entry, state);
    }

    private static MemTableFixture Filled((byte[] Key, int Kind, int ValueLength)[] operations)
    {
        MemTableFixture fixture = new();
        foreach ((byte[] Key, int Kind, int ValueLength) operation in operations)
        {
            Apply(fixture, operation);
        }

        return fixture;
    }

    private static void Apply(MemTableFixture fixture, (byte[] Key, int Kind, int ValueLength) operation)
    {
        if (operation.Kind == 0)
        {
            fixture.Delete(operation.Key);
            return;
        }

        byte[] value = new byte[operation.ValueLength];
        Array.Fill(value, (byte)fixture.Sequence);
        fixture.Put(operation.Key, value);
    }

    private static byte[] Prefixed(int prefixLength, byte[] tail)
    {
        byte[] key = new byte[prefixLength + tail.Length];
        Array.Fill(key, (byte)1, 0, prefixLength);
        tail.CopyTo(key, prefixLength);
        return key;
    }

    private static byte[] LongKey(int length, byte last)
    {
        byte[] key = Prefixed(length, []);
        key[^1] = last;
        return key;
    }
}
