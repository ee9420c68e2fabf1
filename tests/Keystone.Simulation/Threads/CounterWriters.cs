using Keystone.Storage;
using Keystone.Testing;

namespace Keystone.Simulation.Threads;

/// <summary>
/// Threads that count keys up, each its own: one at a time, or several in one batch over stripes; durable or buffered; the next only when
/// the last was acknowledged.
/// </summary>
internal static class CounterWriters
{
    public const int KeysPerBatchMax = 4;

    /// <summary>Adds writers to a team. They end after so many writes each.</summary>
    public static void Add(ThreadTeam team, ThreadStore store, CounterKeys keys, int seed, int writers, int writes, double syncedShare)
    {
        for (int writer = 0; writer < writers; writer++)
        {
            int id = writer;
            Dice dice = new(seed, id + 1000);
            team.AddWorker($"writer {id}", () =>
            {
                int done = 0;
                for (; done < writes && !team.MustEnd; done++)
                {
                    Write(store.Engine, keys, id, writers, ref dice, syncedShare);
                }

                return done;
            });
        }
    }

    /// <summary>Writes the next numbers of some keys of a writer.</summary>
    public static void Write(StorageEngine engine, CounterKeys keys, int writer, int writers, ref Dice dice, double syncedShare)
    {
        WriteBatch batch = new();
        Dictionary<int, long> numbers = [];
        int wanted = dice.Below(3) == 0 ? 1 + dice.Below(KeysPerBatchMax) : 1;
        for (int i = 0; i < wanted; i++)
        {
            // Half of the time the writer's first key, so that there is always one that has just been written.
            int key = writer + (dice.Below(2) == 0 ? 0 : writers * dice.Below(keys.Count / writers));
            if (!numbers.ContainsKey(key))
            {
                numbers[key] = keys.Begin(key, batch);
            }
        }

        WriteDurability durability = dice.Chance(syncedShare) ? WriteDurability.Synced : WriteDurability.Buffered;
        WriteResult result = ThreadStore.Wait(engine.WriteAsync(batch, durability));
        Laws.LawFailure.Require(result.Status == WriteStatus.Committed, $"a write ended with {result.Status}");
        foreach ((int key, long number) in numbers)
        {
            keys.Acknowledge(key, number, durability);
        }
    }
}
