using System.Diagnostics;

namespace Keystone.Simulation.Running;

/// <summary>
/// Runs a suite: every kind of case under the first seed, then under the next, on several threads, until the minimum is reached or the
/// time is over.
/// <para>
/// What always holds: a run passes only if no promise was broken, the minimum was reached, and every required kind was tried. A failed
/// case is reported with the line that replays it; the first one ends the run unless more are asked for.
/// </para>
/// </summary>
internal sealed class SuiteRun(ISuite suite, SuiteOptions options, TextWriter report)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _kinds = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _notes = new(StringComparer.Ordinal);
    private readonly Stopwatch _watch = new();
    private long _next = -1;
    private long _count;
    private long _caseCount;
    private int _failureCount;

    /// <summary>Runs and reports. Returns whether the suite has passed.</summary>
    public bool Run()
    {
        _watch.Start();
        if (options.Case is { } name)
        {
            if (!suite.Cases.Contains(name))
            {
                report.WriteLine($"There is no case \"{name}\" of {suite.Name}. Known are: {string.Join(", ", suite.Cases)}.");
                return false;
            }

            RunCase(name, options.Seed, new Tally());
        }
        else
        {
            Thread[] threads = [.. Enumerable.Range(0, options.Threads).Select(_ => new Thread(RunCases))];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
        }

        bool hasPassed = _failureCount == 0 && (options.Case is not null || IsEnough());
        Report();
        return hasPassed;
    }

    /// <summary>Whether a case that has counted so much, and is not over, should go on.</summary>
    public bool WantsMore(long counted)
        => Volatile.Read(ref _failureCount) < options.FailuresMax
        && _watch.Elapsed < options.Time
        && (options.CountMin == 0 || Volatile.Read(ref _count) + counted < options.CountMin || IsFirstRound);

    /// <summary>Every kind of case comes once before the minimum can end a run.</summary>
    private bool IsFirstRound => Volatile.Read(ref _next) < suite.Cases.Count;

    private void RunCases()
    {
        while (WantsMore(0))
        {
            long number = Interlocked.Increment(ref _next);
            RunCase(
                suite.Cases[(int)(number % suite.Cases.Count)], options.Seed + (int)(number / suite.Cases.Count), new Tally(this));
        }
    }

    private void RunCase(string name, int seed, Tally tally)
    {
        try
        {
            suite.Run(name, seed, tally);
        }
        catch (Exception failure)
        {
            Fail(name, seed, failure);
        }

        lock (_lock)
        {
            _count += tally.Count;
            _caseCount++;
            AddAll(_kinds, tally.Kinds);
            AddAll(_notes, tally.Notes);
        }
    }

    private static void AddAll(SortedDictionary<string, long> sums, IReadOnlyDictionary<string, long> counts)
    {
        foreach ((string what, long count) in counts)
        {
            sums[what] = sums.GetValueOrDefault(what) + count;
        }
    }

    private void Fail(string name, int seed, Exception failure)
    {
        lock (_lock)
        {
            if (_failureCount < options.FailuresMax)
            {
                Volatile.Write(ref _failureCount, _failureCount + 1);
                report.WriteLine($"FAILED {suite.Name} case \"{name}\" seed {seed}: {failure.GetType().Name}: {failure.Message}");
                report.WriteLine(
                    $"replay: dotnet run -c Release --project tests/Keystone.Simulation -- {suite.Name} --case \"{name}\" --seed {seed}");
                report.WriteLine(failure);
            }
        }
    }

    private bool IsEnough()
    {
        bool isEnough = _count >= options.CountMin && _count > 0;
        if (!isEnough)
        {
            report.WriteLine($"FAILED {suite.Name}: {_count} {suite.Unit} in {_watch.Elapsed.TotalSeconds:F0} s, not {options.CountMin}.");
        }

        string[] missing = [.. suite.RequiredKinds.Where(kind => !_kinds.ContainsKey(kind))];
        if (missing.Length > 0)
        {
            report.WriteLine($"FAILED {suite.Name}: nothing was tried of {string.Join(", ", missing)}.");
        }

        return isEnough && missing.Length == 0;
    }

    private void Report()
    {
        double seconds = _watch.Elapsed.TotalSeconds;
        report.WriteLine(
            $"{suite.Name}: {_count} {suite.Unit} in {_caseCount} cases from seed {options.Seed} on, {seconds:F0} s, "
            + $"{_count / seconds:F0} a second, {_failureCount} promises broken");
        report.WriteLine($"{suite.Name}: {string.Join(", ", _kinds.Concat(_notes).Select(k => $"{k.Key} {k.Value}"))}");
    }
}
