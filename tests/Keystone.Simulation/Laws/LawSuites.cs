using Keystone.Simulation.Laws.Filters;
using Keystone.Simulation.Laws.Model;
using Keystone.Simulation.Laws.Options;
using Keystone.Simulation.Laws.Schedules;
using Keystone.Simulation.Laws.Snapshots;
using Keystone.Simulation.Running;

namespace Keystone.Simulation.Laws;

/// <summary>The suites of laws: histories drawn from a seed, and what must hold whatever they are.</summary>
internal static class LawSuites
{
    public static IReadOnlyList<ISuite> All { get; } =
    [
        new SeedSuite("model", "history", "operations", (seed, _) => new ModelRun(seed).Run()),
        new SeedSuite("schedule", "schedule", "schedules", ScheduleSuite.Run),
        new SeedSuite("options", "history", "histories", (seed, _) => OptionsSuite.Run(seed)),
        new SeedSuite("snapshots", "history", "histories", RunSnapshots),
        new SeedSuite("filters", "filter", "probes", (seed, tally) => new FilterRun(seed, tally).Run()),
    ];

    private static long RunSnapshots(int seed, Tally tally)
    {
        tally.Note("checks of all snapshots", new SnapshotRun(seed).Run());
        return 1;
    }
}
