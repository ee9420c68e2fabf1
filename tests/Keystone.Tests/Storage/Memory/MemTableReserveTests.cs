using CsCheck;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Memory;
using Xunit;

namespace Keystone.Tests.Storage.Memory;

public sealed class MemTableReserveTests
{
    /// <summary>Batches of keys in one of three orders, each key and value with its length.</summary>
    private static readonly Gen<(int KeyLength, int ValueLength)[]> AnyBatch = Gen.Select(
        Gen.Frequency((20, Gen.Int[8, 40]), (1, Gen.Int[8, 4096])),
        Gen.Frequency((60, Gen.Int[0, 200]), (3, Gen.Int[0, 17_000]), (1, Gen.Int[0, 60_000]))).Array[1, 300];

    [Fact]
    public void What_was_reserved_always_fits_until_the_pool_is_full()
    {
        Gen.Select(AnyBatch.Array[60], Gen.Int[0, 2], Gen.Int[4, 60]).Sample(
            (batches, order, capacityPages) =>
            {
                MemoryAccount account = new("write buffers");
                using ChunkPool pool = new(account, capacityPages * 16L * ChunkPool.ChunkBytesMin, hugePages: false);
                MemTable[] tables = [new(pool), new(pool)];
                ulong sequence = 0;
                for (int i = 0; i < batches.Length; i++)
                {
                    Fill(tables[i % 2], batches[i], order, ref sequence);
                    Assert.True(pool.UsedBytes <= pool.CapacityBytes);
                    Assert.Equal(pool.UsedBytes, account.Bytes);
                    Assert.Equal(pool.UsedBytes, tables[0].Bytes + tables[1].Bytes);
                }

                tables[0].Free();
                tables[1].Free();
                Assert.Equal(0, account.Bytes);
            },
            iter: 200);
    }

    [Fact]
    public void A_refused_reservation_takes_nothing_and_does_not_touch_an_older_one()
    {
        using ChunkPool pool = new(new MemoryAccount("write buffers"), 256 * 1024, hugePages: false);
        MemTable table = new(pool);
        Assert.True(table.TryReserve(10, 1000));
        long bytes = table.Bytes;
        Assert.False(table.TryReserve(10_000, 1_000_000));
        Assert.False(table.TryReserve(1, 250_000));
        Assert.Equal(bytes, table.Bytes);
        for (ulong i = 1; i <= 10; i++)
        {
            table.Add(BitConverter.GetBytes(i), EntryStamp.Of(i, EntryKind.Put), new byte[92]);
        }

        Assert.Equal(10, table.EntryCount);
        table.Free();
    }

    [Fact]
    public void Reservations_add_up_and_what_is_given_back_is_free_again()
    {
        using ChunkPool pool = new(new MemoryAccount("write buffers"), 4 * 1024 * 1024, hugePages: false);
        MemTable table = new(pool);
        Assert.True(table.TryReserve(100, 1_000_000));
        long one = pool.UsedBytes;
        Assert.True(table.TryReserve(1, 500_000));
        Assert.True(pool.UsedBytes > one);
        table.Unreserve(101, 1_500_000);
        Assert.True(pool.UsedBytes <= ChunkPool.ChunkBytesMax);
        table.Free();
        Assert.Equal(0, pool.UsedBytes);
    }

    [Fact]
    public void Adding_without_a_reservation_is_refused()
    {
        using ChunkPool pool = new(new MemoryAccount("write buffers"), 1024 * 1024, hugePages: false);
        MemTable table = new(pool);
        Assert.Throws<System.Diagnostics.UnreachableException>(() => table.Add([1], EntryStamp.Of(1, EntryKind.Put), []));
        Assert.True(table.TryReserve(1, 1));
        Assert.Throws<System.Diagnostics.UnreachableException>(() => table.Add([1], EntryStamp.Of(1, EntryKind.Put), [1]));
        table.Free();
    }

    [Fact]
    public void A_small_table_holds_little_and_a_growing_one_not_much_more_than_it_uses()
    {
        using ChunkPool pool = new(new MemoryAccount("write buffers"), 16 * 1024 * 1024, hugePages: false);
        MemTable table = new(pool);
        long written = 0;
        for (ulong i = 1; i <= 20_000; i++)
        {
            Assert.True(table.TryReserve(1, 116));
            table.Add(BitConverter.GetBytes(i * 0x9E37_79B9_7F4A_7C15), EntryStamp.Of(i, EntryKind.Put), new byte[108]);
            written += 116;
            if (i == 1)
            {
                Assert.Equal(ChunkPool.ChunkBytesMin, table.Bytes);
            }

            Assert.True(table.Bytes <= (written * 2) + 8192, $"{table.Bytes} bytes for {written}");
        }

        table.Free();
    }

    [Fact]
    public void Small_puts_take_no_chunk_from_the_pool_and_give_it_back_in_turns()
    {
        using ChunkPool pool = new(new MemoryAccount("write buffers"), 16 * 1024 * 1024, hugePages: false);
        MemTable table = new(pool);
        int givenBack = 0;
        for (ulong i = 1; i <= 5_000; i++)
        {
            Assert.True(table.TryReserve(1, 116));
            long reserved = pool.UsedBytes;
            table.Add(BitConverter.GetBytes(i * 0x9E37_79B9_7F4A_7C15), EntryStamp.Of(i, EntryKind.Put), new byte[108]);
            givenBack += pool.UsedBytes < reserved ? 1 : 0;
        }

        Assert.True(givenBack < 50, $"{givenBack} puts gave back what they had taken");
        table.Free();
        Assert.Equal(0, pool.UsedBytes);
    }

    private static void Fill(MemTable table, (int KeyLength, int ValueLength)[] batch, int order, ref ulong sequence)
    {
        if (!table.TryReserve(batch.Length, batch.Sum(operation => (long)operation.KeyLength + operation.ValueLength)))
        {
            return;
        }

        foreach ((int keyLength, int valueLength) in batch)
        {
            sequence++;
            ulong id = order switch { 0 => sequence, 1 => ~sequence, _ => sequence * 0x9E37_79B9_7F4A_7C15 };
            byte[] key = new byte[keyLength];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(key, id);
            table.Add(key, EntryStamp.Of(sequence, EntryKind.Put), new byte[valueLength]);
        }
    }
}
