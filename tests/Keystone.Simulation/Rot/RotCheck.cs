using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Rot;

/// <summary>
/// Opens a damaged copy of a store, reads all of it and verifies it. An answer may be an error that names a damaged file, and is
/// otherwise right.
/// </summary>
internal static class RotCheck
{
    /// <summary>
    /// What became of the damage to bytes of this kind. Throws when an answer was wrong, when an error is not about the damage, or when
    /// something else came of it than had to.
    /// </summary>
    public static RotOutcome Of(RotStore store, SimulatedFileSystem damaged, LiveKind kind, params string[] paths)
    {
        RotOutcome outcome = Find(store, damaged, paths);
        bool isRight = kind switch
        {
            LiveKind.Covered => outcome == RotOutcome.Reported,
            LiveKind.Nothing => outcome == RotOutcome.Harmless,

            // The empty group that covers the last one is itself uncovered, and nothing is lost with it. Where the groups before it are
            // gone too, what the manifest still knows may miss them.
            _ => true,
        };
        return isRight ? outcome : throw new BrokenPromise($"damage to {kind} bytes is {outcome}");
    }

    private static RotOutcome Find(RotStore store, SimulatedFileSystem damaged, string[] paths)
    {
        SeededJobHost host = new(seed: 8);
        StorageEngine engine;
        try
        {
            engine = StorageEngine.Open(RotStore.Directory, store.OptionsOn(damaged, host));
        }
        catch (StoreException damage)
        {
            RequireAbout(damage, paths);
            return RotOutcome.Reported;
        }

        try
        {
            StoreCheck.Serve(engine);
            int count = store.History.PrefixOf(engine.LastSequenceOf);
            bool isReported = IsReported(engine, host, store.History.StateAfter(count), paths);
            return isReported ? RotOutcome.Reported : count < store.History.Count ? RotOutcome.Torn : RotOutcome.Harmless;
        }
        finally
        {
            host.Await(engine.DisposeAsync());
        }
    }

    private static bool IsReported(
        StorageEngine engine, SeededJobHost host, Dictionary<int, SortedDictionary<byte[], byte[]>> expected, string[] paths)
    {
        bool isReported = false;
        try
        {
            StoreCheck.RequireState(engine, expected, snapshot: null);
        }
        catch (StoreException damage)
        {
            RequireAbout(damage, paths);
            isReported = true;
            RequireGets(engine, expected, paths);
        }

        foreach (StoreException damage in host.Await(engine.VerifyAsync()))
        {
            RequireAbout(damage, paths);
            isReported = true;
        }

        return isReported;
    }

    /// <summary>A scan ends at the damage; single reads beside it go on and are right.</summary>
    private static void RequireGets(
        StorageEngine engine, Dictionary<int, SortedDictionary<byte[], byte[]>> expected, string[] paths)
    {
        byte[] value = new byte[1024];
        foreach ((int stripe, SortedDictionary<byte[], byte[]> keys) in expected)
        {
            foreach ((byte[] key, byte[] wanted) in keys)
            {
                try
                {
                    ReadResult result = engine.Get(new StripeClaim(stripe, 1), key, value);
                    if (result.Status != ReadStatus.Found || !value.AsSpan(0, result.ValueBytes).SequenceEqual(wanted))
                    {
                        throw new BrokenPromise($"stripe {stripe}, key {Convert.ToHexString(key)}: a get beside the damage finds {result}");
                    }
                }
                catch (StoreException damage)
                {
                    RequireAbout(damage, paths);
                }
            }
        }
    }

    /// <summary>What a manifest has lost may be missed by any other file.</summary>
    private static void RequireAbout(StoreException damage, string[] paths)
    {
        bool isNamed = Array.Exists(
            paths,
            path => damage.Message.Contains(Path.GetFileName(path), StringComparison.Ordinal)
                || FileNames.Parse(Path.GetFileName(path), out _) == FileKind.Manifest);
        if (damage.Code != StoreErrorCode.Corrupt || !isNamed)
        {
            throw new BrokenPromise($"damage to {string.Join(" and ", paths)} is reported as {damage.Code}: {damage.Message}");
        }
    }
}

/// <summary>What became of damage.</summary>
internal enum RotOutcome
{
    /// <summary>Some call named a damaged file.</summary>
    Reported,

    /// <summary>The last group is gone, of which nothing said that it was durable.</summary>
    Torn,

    /// <summary>Every answer is right.</summary>
    Harmless,
}
