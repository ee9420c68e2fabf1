using Keystone.Simulation.Running;
using Keystone.Storage;
using Keystone.Testing;

namespace Keystone.Simulation.Threads;

/// <summary>
/// Lives of a store that end in the middle of everything, closed by two threads at once: every call comes to its end, with an answer or as
/// Closed; what an iterator has open stays good until it is let go, behind the close too; then all memory and all files are given back, and
/// the next life has what was acknowledged.
/// </summary>
internal sealed class CloseCase(int seed)
{
    private const int Lives = 6;
    private const int Writers = 3;
    private const int Keys = 48;
    private const int WritesBeforeCloseMax = 300;

    private readonly CounterKeys _keys = new(Keys);
    private int _writes;

    public long Run(Tally tally)
    {
        long done = 0;
        ThreadTeam? team = null;
        using ThreadStore store = new(seed, (who, failure) => team?.Fail(who, failure));
        for (int life = 0; life < Lives; life++)
        {
            team = new ThreadTeam();
            using (team)
            {
                done += RunLife(team, store, new Dice(seed, life));
            }

            store.Close();
            store.Open();
            for (int key = 0; key < Keys; key++)
            {
                _keys.Require(store.Engine, key, _keys.Acknowledged(key));
            }

            tally.Note("closes");
        }

        store.Close();
        return done;
    }

    private long RunLife(ThreadTeam team, ThreadStore store, Dice dice)
    {
        _writes = 0;
        StorageEngine engine = store.Engine;
        for (int writer = 0; writer < Writers; writer++)
        {
            int id = writer;
            Dice own = new(dice.Next());
            team.AddWorker($"writer {id}", () => UntilClosed(team, () => Write(engine, id, ref own)));
        }

        Dice reader = new(dice.Next());
        team.AddWorker("reader", () => UntilClosed(team, () => Look(engine, ref reader)));
        Dice walker = new(dice.Next());
        HeldWalk? walk = null;
        team.AddWorker("walker", () => UntilClosed(team, () => Walk(engine, ref walk, ref walker)));
        Dice maintainer = new(dice.Next());
        team.AddWorker("maintainer", () => UntilClosed(team, () =>
        {
            (maintainer.Below(2) == 0 ? engine.CompactAsync() : engine.FlushAsync()).GetAwaiter().GetResult();
            return true;
        }));
        int writesBeforeClose = dice.Below(WritesBeforeCloseMax);
        for (int closer = 0; closer < 2; closer++)
        {
            team.AddWorker($"closer {closer}", () => Close(team, engine, writesBeforeClose));
        }

        long done = team.Run();

        // The store is closed, and its iterator still has its moment.
        walk?.Repeat(isBackward: true);
        walk?.Dispose();
        return done;
    }

    private static long UntilClosed(ThreadTeam team, Func<bool> work)
    {
        long done = 0;
        try
        {
            while (!team.MustEnd && work())
            {
                done++;
            }
        }
        catch (StoreException closed) when (closed.Code == StoreErrorCode.Closed)
        {
            // The answer that every call gets which the close has overtaken.
        }

        return done;
    }

    private bool Write(StorageEngine engine, int writer, ref Dice dice)
    {
        CounterWriters.Write(engine, _keys, writer, Writers, ref dice, syncedShare: 0.3);
        Interlocked.Increment(ref _writes);
        return true;
    }

    private bool Look(StorageEngine engine, ref Dice dice)
    {
        int key = dice.Below(Keys);
        long floor = _keys.Acknowledged(key);
        if (engine.TryGet(CounterKeys.ClaimOf(key), CounterKeys.KeyOf(key), default).Status == ReadStatus.NotServing)
        {
            return false;
        }

        long number = 0;
        ReadResult read = engine.Read(
            CounterKeys.ClaimOf(key),
            CounterKeys.KeyOf(key),
            0,
            (_, value, _) => number = MarkedValue.NumberIn(value, key),
            mayBlock: true);
        if (read.Status == ReadStatus.NotServing)
        {
            return false;
        }

        _keys.RequireBetween(key, number, floor);
        return true;
    }

    private bool Walk(StorageEngine engine, ref HeldWalk? walk, ref Dice dice)
    {
        walk?.Repeat(isBackward: dice.Below(2) == 0);
        if (walk is null || dice.Below(4) == 0)
        {
            walk?.Dispose();
            walk = HeldWalk.TryOpen(engine, _keys, dice.Below(ThreadStore.Stripes));
        }

        return walk is not null;
    }

    private long Close(ThreadTeam team, StorageEngine engine, int writesBeforeClose)
    {
        SpinWait wait = default;
        while (Volatile.Read(ref _writes) < writesBeforeClose && !team.MustEnd)
        {
            wait.SpinOnce();
        }

        engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return 1;
    }
}
