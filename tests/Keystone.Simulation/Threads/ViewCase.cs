using Keystone.Simulation.Laws;
using Keystone.Simulation.Running;
using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing;

namespace Keystone.Simulation.Threads;

/// <summary>
/// Readers of every kind beside writers, flushes and compactions that never rest: values that are lent, iterators that stay open while the
/// buffers and files under them are flushed, merged and removed, and snapshots. A reader finds what was acknowledged before and nothing
/// that was not written, never goes backward, and what has a moment answers the same for as long as it is open.
/// </summary>
internal sealed class ViewCase(int seed)
{
    private const int Writers = 2;
    private const int WritesOfWriter = 1_500;
    private const int Keys = 64;
    private const int WalksMax = 4;
    private const int HotLooks = 200;

    private readonly CounterKeys _keys = new(Keys);

    public long Run(Tally tally)
    {
        using ThreadTeam team = new();
        using ThreadStore store = new(seed, team.Fail);
        CounterWriters.Add(team, store, _keys, seed, Writers, WritesOfWriter, syncedShare: 0.02);
        Dice maintainer = new(seed, thing: 1);
        team.AddWatcher("maintainer", () => Maintain(store.Engine, ref maintainer));
        for (int reader = 0; reader < 2; reader++)
        {
            Dice dice = new(seed, reader + 10);
            long[] seen = new long[Keys];
            team.AddWatcher($"reader {reader}", () => Look(store.Engine, ref dice, seen));
        }

        byte[] value = new byte[MarkedValue.BytesMax];
        team.AddWatcher("reader of hot keys", () => LookAtHotKeys(store.Engine, value));
        Dice walker = new(seed, thing: 20);
        List<HeldWalk> walks = [];
        team.AddWatcher("walker", () => Walk(store.Engine, ref walker, walks));
        if (seed % 2 == 0)
        {
            // Not always: what a snapshot holds would hide that somebody else needed it too.
            Dice holder = new(seed, thing: 30);
            team.AddWatcher("holder of snapshots", () => Hold(store.Engine, ref holder));
        }

        long done = team.Run();
        walks.ForEach(walk => walk.Dispose());
        StoreStatistics statistics = store.Engine.Statistics();
        tally.Note("flushes", statistics.Flushes);
        tally.Note("compactions", statistics.Compactions);
        store.Close();
        return done;
    }

    private static long Maintain(StorageEngine engine, ref Dice dice)
    {
        (dice.Below(3) == 0 ? engine.CompactAsync() : engine.FlushAsync()).GetAwaiter().GetResult();
        return 1;
    }

    private long Look(StorageEngine engine, ref Dice dice, long[] seen)
    {
        int key = dice.Below(Keys);
        long floor = Math.Max(seen[key], _keys.Acknowledged(key));
        ThreadTeam.Stir(ref dice);
        seen[key] = Math.Max(floor, _keys.Require(engine, key, floor));
        return 1;
    }

    /// <summary>Copies what is written most, with nothing to do in between: whoever interrupts it does so inside of the engine.</summary>
    private long LookAtHotKeys(StorageEngine engine, byte[] value)
    {
        for (int look = 0; look < HotLooks; look++)
        {
            int key = look % Writers;
            long floor = _keys.Acknowledged(key);
            ReadResult read = engine.Get(CounterKeys.ClaimOf(key), CounterKeys.KeyOf(key), value);
            bool isThere = read.Status == ReadStatus.Found;
            _keys.RequireBetween(key, isThere ? MarkedValue.NumberIn(value.AsSpan(0, read.ValueBytes), key) : 0, floor);
        }

        return HotLooks;
    }

    private long Walk(StorageEngine engine, ref Dice dice, List<HeldWalk> walks)
    {
        if (walks.Count < WalksMax)
        {
            walks.Add(HeldWalk.TryOpen(engine, _keys, dice.Below(ThreadStore.Stripes))!);
        }

        int chosen = dice.Below(walks.Count);
        walks[chosen].Repeat(isBackward: dice.Below(2) == 0);
        if (dice.Below(4) == 0)
        {
            walks[chosen].Dispose();
            walks.RemoveAt(chosen);
        }

        return 1;
    }

    /// <summary>A snapshot, its gets and its iterators, opened one after the other while time goes on, all have one answer.</summary>
    private long Hold(StorageEngine engine, ref Dice dice)
    {
        long[] floor = _keys.Floor(WriteDurability.Buffered);
        using Snapshot snapshot = engine.TakeSnapshot();
        long[] found = new long[Keys];
        for (int key = 0; key < Keys; key++)
        {
            found[key] = _keys.Require(engine, key, floor[key], snapshot);
        }

        for (int round = 0; round < 3; round++)
        {
            int stripe = dice.Below(ThreadStore.Stripes);
            using HeldWalk walk = HeldWalk.TryOpen(engine, _keys, stripe, snapshot)!;
            walk.Repeat(isBackward: dice.Below(2) == 0);
            for (int key = stripe; key < Keys; key += ThreadStore.Stripes)
            {
                LawFailure.Require(
                    walk.NumberOf(key) == found[key],
                    $"a snapshot has key {key} at {found[key]} and walks over it at {walk.NumberOf(key)}");
                LawFailure.Require(_keys.Require(engine, key, found[key], snapshot) == found[key], $"a snapshot changes key {key}");
            }
        }

        return Keys;
    }
}
