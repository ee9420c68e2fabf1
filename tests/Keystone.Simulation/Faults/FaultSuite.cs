using Keystone.Simulation.Running;
using Keystone.Simulation.Scripts;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;

namespace Keystone.Simulation.Faults;

/// <summary>
/// Lets the first call of a kind go wrong, then the second, and so on, until a script passes unharmed: every call that the engine makes
/// fails once in every way in which it can. Each time the operation has failed alone, or the store is poisoned and comes back with
/// everything that was acknowledged; no hang, no leak, no half-applied batch.
/// </summary>
internal sealed class FaultSuite : ISuite
{
    /// <summary>The scripts are the same as those of the crashes, cut short: a run of its own is made for every call.</summary>
    private const int Operations = 24;

    private static readonly (FaultKind Kind, FileCall Call)[] Faults =
    [
        .. Enum.GetValues<FileCall>().Select(call => (FaultKind.Io, call)),
        .. new[] { FileCall.Create, FileCall.Write, FileCall.Sync, FileCall.SyncDirectory, FileCall.Rename, FileCall.CreateDirectory }
            .Select(call => (FaultKind.DiskFull, call)),
        .. new[] { FileCall.Create, FileCall.Open, FileCall.SyncDirectory }.Select(call => (FaultKind.TooManyOpenFiles, call)),
        (FaultKind.Short, FileCall.Read), (FaultKind.Short, FileCall.Write),
        (FaultKind.LostSync, FileCall.Sync), (FaultKind.LostSync, FileCall.SyncDirectory),
    ];

    private readonly Dictionary<string, (Script Script, FaultKind Kind, FileCall Call)> _cases = [];

    public FaultSuite()
    {
        foreach (Script script in Script.All.Where(script => script.Crash == 0))
        {
            foreach ((FaultKind kind, FileCall call) in Faults)
            {
                _cases.Add($"{script.Name}: {kind} of {call}", (script, kind, call));
            }
        }

        Cases = [.. _cases.Keys];
    }

    public string Name => "faults";

    public string Unit => "faults";

    public IReadOnlyList<string> Cases { get; }

    public IReadOnlyList<string> RequiredKinds { get; } = [.. Faults.Select(fault => fault.Kind.ToString()).Distinct()];

    public void Run(string name, int seed, Tally tally)
    {
        (Script script, FaultKind kind, FileCall call) = _cases[name];
        for (int number = 1; tally.WantsMore; number++)
        {
            // A lost sync of the directory above the store is beyond what a second creation could make good.
            string path = call == FileCall.SyncDirectory && kind == FaultKind.LostSync ? SwarmOptions.Directory : "*";
            if (!Strike(script with { Operations = Operations }, seed, new Fault(kind, call) { From = number, Path = path }))
            {
                return;
            }

            tally.Add(kind.ToString());
        }
    }

    /// <summary>Runs the script with the fault. Returns whether there was a call for it to strike.</summary>
    private static bool Strike(Script script, int seed, Fault fault)
    {
        FaultScript faults = new(seed, fault);
        ScriptRun run = new(script, seed, faults);
        try
        {
            run.RunWithFaults();
        }
        catch (Exception failure)
        {
            FileOperation struck = run.Calls!.Operations.Last().FirstOrDefault(operation => operation.Fault is not null);
            throw new InvalidOperationException($"number {fault.From}, {struck}: {failure.Message}", failure);
        }

        return faults.Strikes > 0;
    }
}
