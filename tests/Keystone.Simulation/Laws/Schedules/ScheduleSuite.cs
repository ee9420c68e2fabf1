namespace Keystone.Simulation.Laws.Schedules;

/// <summary>Seeds of the scheduler. The first of them run twice, and have to be the same to the last turn, call and answer.</summary>
internal sealed class ScheduleSuite(int firstSeed)
{
    private const int TwiceMax = 200;

    private int _twice;

    public string Notes => $"{_twice} of them twice with equal hashes";

    /// <summary>Runs one seed. Returns the one schedule that it was.</summary>
    public long Run(int seed)
    {
        ulong hash = new ScheduleRun(seed).Run();
        if (seed - firstSeed < TwiceMax)
        {
            ulong again = new ScheduleRun(seed).Run();
            LawFailure.Require(hash == again, $"the first run has hash {hash:x}, the second {again:x}");
            Interlocked.Increment(ref _twice);
        }

        return 1;
    }
}
