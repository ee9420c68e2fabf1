using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Scripts;

/// <summary>Opens what a crash left and holds it against the oracle.</summary>
internal static class StoreCheck
{
    /// <summary>
    /// Recovers the disk, checks it, writes on, loses power, and checks again: what was promised before and after the crash is there,
    /// nothing else is. Returns the number of batches that came back.
    /// </summary>
    public static int RecoverAndVerify(SimulatedFileSystem files, History history, int promised, int seed)
    {
        SeededJobHost host = new(seed);
        StoreOptions options = SwarmOptions.Draw(seed, files, host);
        StorageEngine engine = StorageEngine.Open(SwarmOptions.Directory, options);
        Serve(engine);
        int count = RequirePrefix(engine, history, promised);

        History next = history.Clone();
        next.TruncateTo(count);
        byte[] key = [(byte)'z', 1];
        Batch batch = next.Add([new Change(0, key, [42])]);
        WriteResult result = host.Await(engine.PutAsync(new StripeClaim(0, 1), key, [42]));
        if (result.Status != WriteStatus.Committed)
        {
            throw new BrokenPromise($"the first write after the crash was answered with {result.Status}");
        }

        next.Acknowledge(batch, WriteDurability.Synced);
        SimulatedFileSystem again = files.AfterCrash(CrashMode.DropAll, seed);
        host.Await(engine.DisposeAsync());
        SeededJobHost secondHost = new(seed + 1);
        StorageEngine second = StorageEngine.Open(
            SwarmOptions.Directory,
            SwarmOptions.Draw(seed + 1, again, secondHost) with { StripeCount = options.StripeCount, KeyRing = options.KeyRing });
        Serve(second);
        RequirePrefix(second, next, next.Count);
        secondHost.Await(second.DisposeAsync());
        return count;
    }

    /// <summary>Takes all stripes into service, unless the store is poisoned already.</summary>
    /// <exception cref="StoreException">Poisoned.</exception>
    public static void Serve(StorageEngine engine)
    {
        for (int stripe = 0; stripe < engine.StripeCount; stripe++)
        {
            if (!engine.TryServe(new StripeClaim(stripe, 1)))
            {
                throw engine.Statistics().IsPoisoned
                    ? new StoreException(StoreErrorCode.Poisoned, "The store was poisoned before it was served.")
                    : new BrokenPromise($"stripe {stripe} is not claimed");
            }
        }
    }

    /// <summary>The store holds a prefix of the history that is not below what was promised, and exactly that.</summary>
    public static int RequirePrefix(StorageEngine engine, History history, int promised)
    {
        int count = history.PrefixOf(engine.LastSequenceOf);
        if (count < promised)
        {
            throw new BrokenPromise($"{promised} batches were acknowledged, {count} are there");
        }

        RequireState(engine, history.StateAfter(count), snapshot: null);
        return count;
    }

    /// <summary>Every stripe holds these keys and values, by scan both ways and by point reads.</summary>
    public static void RequireState(StorageEngine engine, Dictionary<int, SortedDictionary<byte[], byte[]>> expected, Snapshot? snapshot)
    {
        for (int stripe = 0; stripe < engine.StripeCount; stripe++)
        {
            StripeClaim claim = new(stripe, 1);
            SortedDictionary<byte[], byte[]> keys = expected.GetValueOrDefault(stripe) ?? [];
            List<(byte[] Key, byte[] Value)> found = Scan(engine, claim, snapshot, backward: false);
            List<(byte[] Key, byte[] Value)> reverse = Scan(engine, claim, snapshot, backward: true);
            reverse.Reverse();
            RequireEqual(stripe, "a scan", keys, found);
            RequireEqual(stripe, "a backward scan", keys, reverse);
            byte[] value = new byte[4096];
            foreach ((byte[] key, byte[] wanted) in keys)
            {
                ReadResult result = engine.Get(claim, key, value, snapshot);
                if (result.Status != ReadStatus.Found || !value.AsSpan(0, result.ValueBytes).SequenceEqual(wanted))
                {
                    throw new BrokenPromise(
                        $"stripe {stripe}, key {Convert.ToHexString(key)}: a get finds {result}, not {wanted.Length} bytes");
                }
            }

            if (engine.Get(claim, "not there"u8, value, snapshot).Status != ReadStatus.NotFound)
            {
                throw new BrokenPromise($"stripe {stripe} has a key that nobody wrote");
            }
        }
    }

    private static List<(byte[] Key, byte[] Value)> Scan(StorageEngine engine, StripeClaim claim, Snapshot? snapshot, bool backward)
    {
        List<(byte[] Key, byte[] Value)> found = [];
        using StripeIterator iterator =
            engine.OpenIterator(claim, snapshot: snapshot) ?? throw new BrokenPromise($"stripe {claim.Stripe} is not served");
        IteratorState state = Move(() => backward ? iterator.SeekLast() : iterator.SeekFirst(), iterator);
        while (state == IteratorState.Entry)
        {
            found.Add((iterator.Key.ToArray(), iterator.Value.ToArray()));
            state = Move(() => backward ? iterator.Previous() : iterator.Next(), iterator);
        }

        return found;
    }

    private static IteratorState Move(Func<IteratorState> move, StripeIterator iterator)
    {
        for (int i = 0; i < 1000; i++)
        {
            IteratorState state = move();
            if (state != IteratorState.NeedsDisk)
            {
                return state;
            }

            iterator.Load();
        }

        throw new BrokenPromise("a move of an iterator needs the disk again and again");
    }

    private static void RequireEqual(
        int stripe, string how, SortedDictionary<byte[], byte[]> expected, List<(byte[] Key, byte[] Value)> found)
    {
        if (expected.Count != found.Count || !expected.Zip(found).All(
            p => p.First.Key.AsSpan().SequenceEqual(p.Second.Key) && p.First.Value.AsSpan().SequenceEqual(p.Second.Value)))
        {
            string missing = string.Join(
                " ", expected.Keys.Where(k => !found.Exists(f => f.Key.AsSpan().SequenceEqual(k))).Select(Convert.ToHexString));
            string extra = string.Join(" ", found.Where(f => !expected.ContainsKey(f.Key)).Select(f => Convert.ToHexString(f.Key)));
            throw new BrokenPromise(
                $"stripe {stripe}: {how} finds {found.Count} keys, not {expected.Count}. Missing: [{missing}]. Too many: [{extra}].");
        }
    }
}
