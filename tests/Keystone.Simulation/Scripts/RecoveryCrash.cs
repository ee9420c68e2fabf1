using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Scripts;

/// <summary>Crashes while a store comes back, up to three times running.</summary>
internal static class RecoveryCrash
{
    /// <summary>The most crashes in a row.</summary>
    public const int DepthMax = 3;

    /// <summary>A recovery makes about so many calls that write; later ones are those of the first jobs.</summary>
    private const int CallsMax = 60;

    private static readonly CrashMode[] Modes = Enum.GetValues<CrashMode>();

    /// <summary>
    /// Lets lives begin on the disk, each of which ends in a crash at a drawn call, and returns what the last one leaves. After a process
    /// kill only the process dies; after a power loss it may be the process or the machine. The options are drawn anew for each, but for
    /// what a store keeps from its making.
    /// </summary>
    public static SimulatedFileSystem Draw(SimulatedFileSystem left, StoreOptions made, CrashMode mode, int depth, int seed)
    {
        Random random = new(seed);
        for (; depth > 0; depth--)
        {
            long call = left.WriteCallCount + 1 + random.Next(CallsMax);
            CrashMode next =
                mode == CrashMode.ProcessKill || random.Next(2) == 0 ? CrashMode.ProcessKill : Modes[1 + random.Next(Modes.Length - 1)];
            left = At(left, made, call, next, seed + depth);
        }

        return left;
    }

    /// <summary>Lets a life begin, and returns what a crash at one of its first calls leaves.</summary>
    private static SimulatedFileSystem At(SimulatedFileSystem disk, StoreOptions made, long call, CrashMode mode, int seed)
    {
        SimulatedFileSystem? fork = null;
        disk.OnCall = (kind, _, number) =>
        {
            if (kind.IsWrite() && number == call && fork is null)
            {
                fork = disk.AfterCrash(mode, seed);
            }
        };
        SeededJobHost host = new(seed);
        StoreOptions options = SwarmOptions.Draw(seed, disk, host) with { KeyRing = made.KeyRing };
        StorageEngine engine = StorageEngine.Open(SwarmOptions.Directory, options);
        host.RunFor(TimeSpan.FromSeconds(1));
        host.Await(engine.DisposeAsync());
        return fork ?? disk.AfterCrash(mode, seed);
    }
}
