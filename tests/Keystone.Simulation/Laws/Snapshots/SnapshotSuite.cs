namespace Keystone.Simulation.Laws.Snapshots;

/// <summary>Histories with snapshots, and how often all of them were checked.</summary>
internal sealed class SnapshotSuite
{
    private long _checks;

    public string Notes => $"{_checks:N0} checks of all snapshots, one after every job";

    /// <summary>Runs one seed. Returns the one history that it was.</summary>
    public long Run(int seed)
    {
        Interlocked.Add(ref _checks, new SnapshotRun(seed).Run());
        return 1;
    }
}
