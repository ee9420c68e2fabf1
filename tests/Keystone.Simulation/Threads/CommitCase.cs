using System.Buffers.Binary;
using Keystone.Simulation.Laws;
using Keystone.Simulation.Running;
using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing;
using Keystone.Testing.Disk;

namespace Keystone.Simulation.Threads;

/// <summary>
/// Many writers, durable and buffered, single keys and batches over stripes, and increments that look before they write, while somebody
/// takes the disk as it would be after a power loss or a kill at any moment: it has all that was acknowledged before, as durable as was
/// asked for, and nothing that was not written. No increment is lost or counted twice, and nobody sees half of a batch.
/// </summary>
internal sealed class CommitCase(int seed)
{
    private const int Writers = 4;
    private const int WritesOfWriter = 500;
    private const int Keys = 48;
    private const int Adders = 2;
    private const int IncrementsOfAdder = 300;

    private static readonly CrashMode[] Modes = Enum.GetValues<CrashMode>();
    private static readonly byte[] SumKey = "sum of all adders"u8.ToArray();
    private static readonly byte[] PairKey = "a number that all stripes have"u8.ToArray();

    private readonly CounterKeys _keys = new(Keys);
    private long _incrementsBegun;
    private long _incrementsAcknowledged;
    private long _pairs;
    private long _forks;

    public long Run(Tally tally)
    {
        using ThreadTeam team = new();
        using ThreadStore store = new(seed, team.Fail);
        CounterWriters.Add(team, store, _keys, seed, Writers, WritesOfWriter, syncedShare: 0.4);
        for (int adder = 0; adder < Adders; adder++)
        {
            team.AddWorker($"adder {adder}", () => Increment(team, store.Engine));
        }

        team.AddWatcher("writer of pairs", () => WritePair(store.Engine));
        team.AddWatcher("reader of pairs", () => ReadPair(store.Engine));
        Dice dice = new(seed, thing: 1);
        team.AddWatcher("power", () => LosePower(store, ref dice));
        Dice maintainer = new(seed, thing: 2);
        team.AddWatcher("maintainer", () => Maintain(store.Engine, ref maintainer));
        long done = team.Run();
        RequireEnd(store.Engine);
        store.Close();
        store.Open();
        RequireEnd(store.Engine);
        store.Close();
        tally.Note("disks after a crash", _forks);
        return done;
    }

    private static long Maintain(StorageEngine engine, ref Dice dice)
    {
        Thread.Sleep(dice.Below(3));
        engine.FlushAsync().GetAwaiter().GetResult();
        return 1;
    }

    private long Increment(ThreadTeam team, StorageEngine engine)
    {
        int done = 0;
        for (; done < IncrementsOfAdder && !team.MustEnd; done++)
        {
            Interlocked.Increment(ref _incrementsBegun);
            WriteDurability durability = done % 3 == 0 ? WriteDurability.Synced : WriteDurability.Buffered;
            WriteResult result = engine.WriteAsync(new SumPlan(), durability).AsTask().GetAwaiter().GetResult();
            LawFailure.Require(result.Status == WriteStatus.Committed, $"an increment ended with {result.Status}");
            Interlocked.Increment(ref _incrementsAcknowledged);
        }

        return done;
    }

    private long WritePair(StorageEngine engine)
    {
        WriteBatch batch = new();
        byte[] number = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, ++_pairs);
        for (int stripe = 0; stripe < ThreadStore.Stripes; stripe++)
        {
            batch.Put(new StripeClaim(stripe, 1), PairKey, number);
        }

        ThreadStore.Wait(engine.WriteAsync(batch, _pairs % 4 == 0 ? WriteDurability.Synced : WriteDurability.Buffered));
        return 1;
    }

    private static long ReadPair(StorageEngine engine)
    {
        using Snapshot snapshot = engine.TakeSnapshot();
        RequireOnePair(engine, snapshot);
        return 1;
    }

    /// <summary>All stripes have one number. In a disk after a crash too: a batch is there or not.</summary>
    private static void RequireOnePair(StorageEngine engine, Snapshot? snapshot)
    {
        long first = NumberOf(engine, stripe: 0, PairKey, snapshot);
        for (int stripe = 1; stripe < ThreadStore.Stripes; stripe++)
        {
            long other = NumberOf(engine, stripe, PairKey, snapshot);
            LawFailure.Require(first == other, $"of one batch stripe 0 has number {first} and stripe {stripe} number {other}");
        }
    }

    private long LosePower(ThreadStore store, ref Dice dice)
    {
        CrashMode mode = Modes[dice.Below(Modes.Length)];
        int crash = dice.Below(int.MaxValue);
        long[] floor = _keys.Floor(mode == CrashMode.ProcessKill ? WriteDurability.Buffered : WriteDurability.Synced);
        SimulatedFileSystem left = store.Disk.AfterCrash(mode, crash);
        store.Visit(left, crash, engine =>
        {
            for (int key = 0; key < Keys; key++)
            {
                RequireAfter(mode, crash, () => _keys.Require(engine, key, floor[key]));
            }

            RequireAfter(mode, crash, () => RequireOnePair(engine, snapshot: null));
        });
        _forks++;
        return Keys;
    }

    private static void RequireAfter(CrashMode mode, int crash, Action check)
    {
        try
        {
            check();
        }
        catch (LawFailure failure)
        {
            throw new InvalidOperationException($"after {mode} (crash seed {crash}): {failure.Message}", failure);
        }
    }

    private void RequireEnd(StorageEngine engine)
    {
        for (int key = 0; key < Keys; key++)
        {
            _keys.Require(engine, key, _keys.Acknowledged(key));
        }

        long sum = NumberOf(engine, stripe: 0, SumKey, snapshot: null);
        LawFailure.Require(sum == _incrementsAcknowledged, $"{_incrementsAcknowledged} increments are {sum} in the sum");
        LawFailure.Require(NumberOf(engine, stripe: 0, PairKey, snapshot: null) == _pairs, $"the last of {_pairs} pairs is not there");
    }

    private static long NumberOf(StorageEngine engine, int stripe, byte[] key, Snapshot? snapshot)
    {
        byte[] number = new byte[sizeof(long)];
        ReadResult read = engine.Get(new StripeClaim(stripe, 1), key, number, snapshot);
        LawFailure.Require(read.Status is ReadStatus.Found or ReadStatus.NotFound, $"a number is {read.Status}");
        return BinaryPrimitives.ReadInt64LittleEndian(number);
    }

    /// <summary>Adds one to the sum.</summary>
    private sealed class SumPlan : IWritePlan
    {
        public int ReadCount => 1;

        public StripeClaim ClaimAt(int read) => new(0, 1);

        public ReadOnlySpan<byte> KeyAt(int read) => SumKey;

        public bool Decide(PlanReads reads, WriteBatch batch)
        {
            byte[] number = new byte[sizeof(long)];
            if (reads.TryGet(0, out ReadOnlySpan<byte> value, out _))
            {
                value.CopyTo(number);
            }

            BinaryPrimitives.WriteInt64LittleEndian(number, BinaryPrimitives.ReadInt64LittleEndian(number) + 1);
            batch.Put(ClaimAt(0), SumKey, number);
            return true;
        }
    }
}
