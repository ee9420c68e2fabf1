using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Testing;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Laws;

/// <summary>
/// Options of a small store, drawn from a seed down to the ids and keys of its files: the same seed makes the same bytes.
/// </summary>
internal static class LawOptions
{
    public static StoreOptions Draw(int seed, SimulatedFileSystem files, SeededJobHost host)
    {
        Dice ids = new(seed, thing: 1);
        Dice bytes = new(seed, thing: 2);
        return SwarmOptions.Draw(seed, files, host) with
        {
            NewId = () => new UInt128(ids.Next(), ids.Next()),
            RandomBytes = target =>
            {
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = (byte)bytes.Next();
                }
            },
        };
    }

    /// <summary>Makes a store whose stripes are all claimed and served under epoch 1.</summary>
    public static StorageEngine Create(StoreOptions options, SeededJobHost host)
    {
        StorageEngine engine = StorageEngine.Create(SwarmOptions.Directory, options);
        host.Await(engine.ClaimAsync(Enumerable.Range(0, engine.StripeCount).Select(s => new StripeClaim(s, 1))));
        StoreCheck.Serve(engine);
        return engine;
    }

    /// <summary>Opens a store that was made before and serves all its stripes.</summary>
    public static StorageEngine Open(StoreOptions options, string directory = SwarmOptions.Directory)
    {
        StorageEngine engine = StorageEngine.Open(directory, options);
        StoreCheck.Serve(engine);
        return engine;
    }

    /// <summary>Closes a store, and requires that it gives everything back.</summary>
    public static void Close(StorageEngine engine, SeededJobHost host)
    {
        host.Await(engine.DisposeAsync());
        RequireAllGivenBack(engine);
    }

    /// <summary>Requires that a closed store, whose calls have all ended, holds no native memory.</summary>
    public static void RequireAllGivenBack(StorageEngine engine)
    {
        string left = string.Join(", ", engine.Accounts.All.Where(a => a.Bytes != 0).Select(a => $"{a.Name} {a.Bytes}"));
        LawFailure.Require(left.Length == 0, $"native memory is left after the close: {left}");
    }
}
