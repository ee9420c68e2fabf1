using System.Diagnostics;

namespace Keystone.Simulation.Laws;

/// <summary>
/// Runs one seed after another, on every processor, until enough was done or the time is over. What enters is a run that is made of its
/// seed alone and says how much it did. What leaves is a report, and whether every law held and the minimum was reached. What always
/// holds: the first seed runs to its end however short the time is, so a replay is one seed with no seconds; after a failure no new seed
/// is begun, and the report has the command that replays the failed one.
/// </summary>
internal sealed class SeedLoop(string suite, string unit, int firstSeed, TimeSpan time, long minimum)
{
    private readonly Stopwatch _watch = new();
    private int _seed = firstSeed - 1;
    private long _seedsDone;
    private long _done;
    private string? _failure;

    /// <summary>Runs and reports. <paramref name="notes"/> is asked at the end for what else is worth telling.</summary>
    public bool Run(TextWriter report, Func<int, long> run, Func<string>? notes = null)
    {
        _watch.Start();
        Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() => RunSeeds(run)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        report.WriteLine(
            $"{suite}: {_done:N0} {unit}, {_seedsDone:N0} seeds from {firstSeed} on, {_watch.Elapsed.TotalSeconds:F0} s, "
            + $"{(_failure is null ? 0 : 1)} laws broken{(notes is null ? "" : $"; {notes()}")}");
        if (_failure is not null)
        {
            report.WriteLine(_failure);
        }
        else if (_done < minimum)
        {
            report.WriteLine($"FAILED {suite}: {_done:N0} {unit} are fewer than the {minimum:N0} that have to be made");
        }

        return _failure is null && _done >= minimum;
    }

    private bool WantsMore()
        => Volatile.Read(ref _failure) is null
        && _watch.Elapsed < time
        && (minimum == 0 || Volatile.Read(ref _done) < minimum);

    private void RunSeeds(Func<int, long> run)
    {
        while (true)
        {
            int seed = Interlocked.Increment(ref _seed);
            if (seed != firstSeed && !WantsMore())
            {
                return;
            }

            try
            {
                Interlocked.Add(ref _done, run(seed));
                Interlocked.Increment(ref _seedsDone);
            }
            catch (Exception broken)
            {
                string failure = $"FAILED {suite} seed {seed}: {broken}\n"
                    + $"replay: dotnet run -c Release --project tests/Keystone.Simulation -- {suite} --seed {seed} --seconds 0";
                Interlocked.CompareExchange(ref _failure, failure, null);
            }
        }
    }
}
