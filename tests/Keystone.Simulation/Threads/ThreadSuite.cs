using Keystone.Simulation.Running;

namespace Keystone.Simulation.Threads;

/// <summary>
/// The engine, and the parts of it that threads share, on real threads. A seed draws sizes, options and what every thread does; in which
/// order they do it the scheduler decides, so a seed that failed may have to be run several times until it fails again. What is counted
/// is operations whose answer was checked.
/// <para>
/// Run it with MALLOC_PERTURB_ set to a number: then the heap fills what is freed, and whoever reads it is found.
/// </para>
/// </summary>
internal sealed class ThreadSuite : ISuite
{
    private static readonly Dictionary<string, Func<int, Tally, long>> Parts = new()
    {
        ["memtable"] = (seed, _) => new MemTableCase(seed).Run(),
        ["block cache"] = (seed, tally) => new BlockCacheCase(seed).Run(tally),
        ["handle cache"] = (seed, _) => new HandleCacheCase(seed).Run(),
        ["views"] = (seed, tally) => new ViewCase(seed).Run(tally),
        ["commits"] = (seed, tally) => new CommitCase(seed).Run(tally),
        ["close"] = (seed, tally) => new CloseCase(seed).Run(tally),
    };

    public string Name => "threads";

    public string Unit => "operations";

    public IReadOnlyList<string> Cases { get; } = [.. Parts.Keys];

    public IReadOnlyList<string> RequiredKinds { get; } = [.. Parts.Keys];

    public int CasesAtATimeMax => 1;

    public void Run(string name, int seed, Tally tally) => tally.Add(name, Parts[name](seed, tally));
}
