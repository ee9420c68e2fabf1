using Keystone.Simulation.Running;
using Keystone.Simulation.Scripts;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;

namespace Keystone.Simulation.Faults;

/// <summary>
/// One sync fails and drops what it should have written, as Linux does: the pages, or the names, stay readable and count as clean, and
/// the next sync succeeds without them. Nobody may try that sync again, and what was acknowledged is durable all the same. It strikes a
/// drawn sync of a segment, a table, a manifest or the directory, in a script drawn from the seed.
/// </summary>
internal sealed class SyncSuite : ISuite
{
    private const int Operations = 40;

    /// <summary>After the failed sync, at one in so many calls the power is lost.</summary>
    private const int CallsBetween = 32;

    private static readonly Dictionary<string, (FileCall Call, string Path)> Places = new()
    {
        ["log"] = (FileCall.Sync, "*.log"),
        ["table"] = (FileCall.Sync, "*.sst"),
        ["manifest"] = (FileCall.Sync, "*MANIFEST*"),
        ["directory"] = (FileCall.SyncDirectory, SwarmOptions.Directory),
    };

    public string Name => "syncs";

    public string Unit => "lost syncs";

    public IReadOnlyList<string> Cases { get; } = [.. Places.Keys];

    public IReadOnlyList<string> RequiredKinds { get; } = [.. Places.Keys];

    public void Run(string name, int seed, Tally tally)
    {
        Script script = Script.Swarm(seed) with { Operations = Operations, Flush = 2, Compact = 0.5, SyncedShare = 0.5 };
        (FileCall call, string path) = Places[name];
        Random random = new(seed);
        int count = Count(script, seed, new Fault(FaultKind.LostSync, call) { Path = path });
        if (count == 0)
        {
            tally.Note("without such a sync");
            return;
        }

        FaultScript faults = new(seed, new Fault(FaultKind.LostSync, call) { Path = path, From = 1 + random.Next(count) });
        ScriptRun? run = null;
        run = new ScriptRun(script, seed, faults)
        {
            OnDisk = disk => disk.OnCall = (at, _, _) =>
            {
                if (at.IsWrite() && faults.Strikes > 0 && random.Next(CallsBetween) == 0)
                {
                    run!.RequireDurable(CrashMode.DropAll);
                    tally.Note("power losses after it");
                }
            },
        };
        run.RunWithFaults();
        RequireNotRepeated(run.Calls!.Operations.Last());
        tally.Add(name);
    }

    /// <summary>How many syncs the fault could strike.</summary>
    private static int Count(Script script, int seed, Fault fault)
    {
        FaultScript never = new(seed, fault with { Probability = 0 });
        ScriptRun run = new(script, seed, never);
        run.Run();
        return run.Calls!.Operations.Last().Count(operation => never.Concerns(operation.Call, operation.Path));
    }

    /// <summary>In the life that met the failure, nothing more is written to or synced at the place that failed.</summary>
    private static void RequireNotRepeated(FileOperation[] operations)
    {
        int struck = Array.FindIndex(operations, operation => operation.Fault == FaultKind.LostSync);
        FileOperation failed = operations[struck];
        foreach (FileOperation later in operations.Skip(struck + 1).TakeWhile(operation => operation.Call != FileCall.Lock))
        {
            if (later.Path == failed.Path && (later.Call == failed.Call || later.Call == FileCall.Write))
            {
                throw new BrokenPromise($"after {failed} the store went on with {later}");
            }
        }
    }
}
