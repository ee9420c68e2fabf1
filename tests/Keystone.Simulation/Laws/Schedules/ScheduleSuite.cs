using Keystone.Simulation.Running;

namespace Keystone.Simulation.Laws.Schedules;

/// <summary>Seeds of the scheduler. Some of them run twice, and have to be the same to the last turn, call and answer.</summary>
internal static class ScheduleSuite
{
    private const int TwiceEvery = 64;

    /// <summary>Runs one seed. Returns the one schedule that it was.</summary>
    public static long Run(int seed, Tally tally)
    {
        ulong hash = new ScheduleRun(seed).Run();
        if (seed % TwiceEvery == 0)
        {
            ulong again = new ScheduleRun(seed).Run();
            LawFailure.Require(hash == again, $"the first run has hash {hash:x}, the second {again:x}");
            tally.Note("of them twice with equal hashes");
        }

        return 1;
    }
}
