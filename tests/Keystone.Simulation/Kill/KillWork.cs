using System.Buffers.Binary;
using Keystone.Storage;
using Keystone.Testing;

namespace Keystone.Simulation.Kill;

/// <summary>
/// What the killed process writes: for every lane an endless row of operations that depends on the seed alone. The writer performs them
/// and the suite works them out again, so that all it has to be told is how many were acknowledged.
/// <para>
/// A lane has keys of its own, spread over all stripes, and one operation at a time: what the store holds of a lane is therefore what its
/// acknowledged operations left, or that and the one operation whose answer was still to come. There is no third answer.
/// </para>
/// </summary>
internal sealed class KillWork(int seed, int cycle, int stripeCount)
{
    /// <summary>How many tasks write at once.</summary>
    public const int Lanes = 24;

    /// <summary>More than a process can do before it is killed.</summary>
    public const int OperationsMax = 10_000_000;

    private const int KeysOfLane = 300;
    private const int BatchChangesMax = 10;
    private const int ValueBytesUsual = 300;
    private const int ValueBytesMax = 4000;

    /// <summary>Lane, cycle and number stand in front of a value, so that no two operations write the same bytes.</summary>
    private const int StampBytes = 3 * sizeof(int);

    /// <summary>An operation of a lane; number 0 is its first one in this cycle.</summary>
    public KillOperation Draw(int lane, int number)
    {
        Dice dice = new(seed, Thing(lane, number));
        WriteDurability durability = dice.Chance(SyncedShareOf(lane)) ? WriteDurability.Synced : WriteDurability.Buffered;
        int count = dice.Chance(0.25) ? 2 + dice.Below(BatchChangesMax - 1) : 1;
        List<KillChange> changes = [];
        for (int i = 0; i < count; i++)
        {
            byte[] key = DrawKey(lane, ref dice);
            byte[]? value = dice.Chance(0.2) ? null : DrawValue(lane, number, ref dice);
            changes.Add(new KillChange(StripeOf(key), key, value));
        }

        return new KillOperation(changes, durability);
    }

    /// <summary>The stripe that a key belongs to.</summary>
    public int StripeOf(ReadOnlySpan<byte> key)
        => (int)(Dice.Mix(BinaryPrimitives.ReadUInt32LittleEndian(key)) % (ulong)stripeCount);

    /// <summary>
    /// Some lanes never ask for a sync, some always do, and some do both by turns. Writes that are logged together wait for the sync of
    /// any of them, so every other cycle is almost without syncs: that makes the load under which tables are flushed and merged.
    /// </summary>
    private double SyncedShareOf(int lane) => (lane % 3) * (cycle % 2 == 0 ? 0.5 : 0.001);

    private static byte[] DrawKey(int lane, ref Dice dice)
    {
        int index = dice.Below(KeysOfLane);
        byte[] key = new byte[sizeof(uint) + (index % 13)];
        key[0] = (byte)lane;
        BinaryPrimitives.WriteUInt16BigEndian(key.AsSpan(1), (ushort)index);
        return key;
    }

    private byte[] DrawValue(int lane, int number, ref Dice dice)
    {
        byte[] value = new byte[StampBytes + dice.Below(dice.Chance(0.05) ? ValueBytesMax : ValueBytesUsual)];
        BinaryPrimitives.WriteInt32LittleEndian(value, lane);
        BinaryPrimitives.WriteInt32LittleEndian(value.AsSpan(sizeof(int)), cycle);
        BinaryPrimitives.WriteInt32LittleEndian(value.AsSpan(2 * sizeof(int)), number);
        value.AsSpan(StampBytes).Fill((byte)dice.Next());
        return value;
    }

    private long Thing(int lane, int number) => ((((long)cycle * Lanes) + lane) * OperationsMax) + number;
}

/// <summary>Changes that take force together or not at all.</summary>
internal sealed record KillOperation(IReadOnlyList<KillChange> Changes, WriteDurability Durability)
{
    /// <summary>Fills a batch that is empty.</summary>
    public void AddTo(WriteBatch batch)
    {
        foreach (KillChange change in Changes)
        {
            if (change.Value is { } value)
            {
                batch.Put(new StripeClaim(change.Stripe, KillStore.Epoch), change.Key, value);
            }
            else
            {
                batch.Delete(new StripeClaim(change.Stripe, KillStore.Epoch), change.Key);
            }
        }
    }
}

/// <summary>A put, or a removal if there is no value.</summary>
internal sealed record KillChange(int Stripe, byte[] Key, byte[]? Value);
