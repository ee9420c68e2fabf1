using System.Buffers.Binary;
using Keystone.Simulation.Laws;
using Keystone.Storage;
using Keystone.Storage.Versions;

namespace Keystone.Simulation.Threads;

/// <summary>
/// Keys that are counted up, each by one writer: at every number it has the value of that number, or at some numbers none. Who looks at a
/// key may find any number between the one that was acknowledged before he looked and the one that was begun when he was done.
/// </summary>
internal sealed class CounterKeys(int count)
{
    /// <summary>At every so many numbers an odd key is removed. An even one is always there once it was written.</summary>
    private const int RemovalEvery = 8;

    private readonly long[] _begun = new long[count];
    private readonly long[] _acknowledged = new long[count];
    private readonly long[] _synced = new long[count];

    public int Count => count;

    public static bool IsRemoval(int key, long number) => key % 2 == 1 && number % RemovalEvery == 0;

    public static StripeClaim ClaimOf(int key) => new(key % ThreadStore.Stripes, 1);

    public static byte[] KeyOf(int key)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, key);
        return bytes;
    }

    /// <summary>The newest number that was acknowledged.</summary>
    public long Acknowledged(int key) => Volatile.Read(ref _acknowledged[key]);

    /// <summary>Begins the next number of a key and puts it into a batch.</summary>
    public long Begin(int key, WriteBatch batch)
    {
        long number = _begun[key] + 1;
        Volatile.Write(ref _begun[key], number);
        if (IsRemoval(key, number))
        {
            batch.Delete(ClaimOf(key), KeyOf(key));
        }
        else
        {
            Span<byte> value = stackalloc byte[MarkedValue.BytesMax];
            batch.Put(ClaimOf(key), KeyOf(key), value[..MarkedValue.Write(value, key, number)]);
        }

        return number;
    }

    /// <summary>The number was acknowledged.</summary>
    public void Acknowledge(int key, long number, WriteDurability durability)
    {
        Volatile.Write(ref _acknowledged[key], number);
        if (durability == WriteDurability.Synced)
        {
            Volatile.Write(ref _synced[key], number);
        }
    }

    /// <summary>What was acknowledged up to now, as durable as asked for: the least that whoever looks from now on may find.</summary>
    public long[] Floor(WriteDurability durability)
    {
        long[] source = durability == WriteDurability.Synced ? _synced : _acknowledged;
        long[] floor = new long[count];
        for (int key = 0; key < count; key++)
        {
            floor[key] = Volatile.Read(ref source[key]);
        }

        return floor;
    }

    /// <summary>Reads a key and requires a number from the floor on that was begun. Returns the number, or 0 for none.</summary>
    public long Require(StorageEngine engine, int key, long floor, Snapshot? snapshot = null)
    {
        long number = 0;
        ReadResult read = engine.Read(
            ClaimOf(key), KeyOf(key), 0, (_, value, _) => number = LookTwice(value, key), snapshot, mayBlock: true);
        LawFailure.Require(read.Status is ReadStatus.Found or ReadStatus.NotFound, $"key {key} is {read.Status}");
        RequireBetween(key, number, floor);
        return number;
    }

    /// <summary>Requires of a number that was found, 0 for none, that it was begun and is not below the floor.</summary>
    public void RequireBetween(int key, long number, long floor)
    {
        long begun = Volatile.Read(ref _begun[key]);
        if (number != 0)
        {
            LawFailure.Require(number >= floor, $"key {key} is back at {number} when {floor} was acknowledged");
            LawFailure.Require(number <= begun && !IsRemoval(key, number), $"key {key} has number {number}, {begun} were begun");
            return;
        }

        // The key is not there: it was not written yet, or one of the numbers that it may have removed it.
        long removal = (floor + RemovalEvery - 1) / RemovalEvery * RemovalEvery;
        LawFailure.Require(
            floor == 0 || (IsRemoval(key, removal) && removal <= begun),
            $"key {key} is not there when {floor} was acknowledged and {begun} begun");
    }

    /// <summary>A value that is lent stays as it is while it is lent, however long that is.</summary>
    private static long LookTwice(ReadOnlySpan<byte> value, int key)
    {
        long number = MarkedValue.NumberIn(value, key);
        Thread.Yield();
        LawFailure.Require(MarkedValue.NumberIn(value, key) == number, $"the value of key {key} changes while it is lent");
        return number;
    }
}
