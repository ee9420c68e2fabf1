using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Keystone.Simulation.Running;

/// <summary>
/// Runs a suite: every kind of case under the first seed, then under the next, several at a time, until the minimum is reached or the
/// time is over.
/// <para>
/// What enters is a suite and how much it is to try. What leaves is a report of a few lines, and whether the suite has passed; whole
/// exceptions go to a writer of their own. What always holds: a run passes only if no promise was broken, the minimum was reached, and
/// every required kind was tried. A failed case is named at once with its message and the line that replays it, also when it was another
/// thread that died and took the process with it, and when somebody ends the process because it hangs. The first case is run
/// however short the time is.
/// </para>
/// </summary>
internal sealed class SuiteRun(ISuite suite, SuiteOptions options, TextWriter report, TextWriter errors)
{
    /// <summary>Of a long run a line is written so often.</summary>
    private static readonly TimeSpan ProgressTime = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _kinds = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _notes = new(StringComparer.Ordinal);
    private readonly List<(string Name, int Seed)> _running = [];
    private readonly Stopwatch _watch = new();
    private long _next = -1;
    private long _count;
    private long _caseCount;
    private int _failureCount;

    /// <summary>Runs and reports. Returns whether the suite has passed.</summary>
    public bool Run()
    {
        if (options.Case is { } unknown && !suite.Cases.Contains(unknown))
        {
            report.WriteLine($"There is no case \"{unknown}\" of {suite.Name}. Known are: {string.Join(", ", suite.Cases)}.");
            return false;
        }

        _watch.Start();
        AppDomain.CurrentDomain.UnhandledException += OnThreadDied;
        using PosixSignalRegistration stop = PosixSignalRegistration.Create(
            PosixSignal.SIGTERM, _ => FailRunning("was still running when the process was told to end", failure: null));
        if (options.Case is { } name)
        {
            for (int time = 0; time < options.Times && _failureCount == 0; time++)
            {
                RunCase(name, options.Seed, new Tally());
            }
        }
        else
        {
            RunAll();
        }

        AppDomain.CurrentDomain.UnhandledException -= OnThreadDied;
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

    private void RunAll()
    {
        int threadCount = Math.Min(options.Threads, suite.CasesAtATimeMax);
        Thread[] threads = [.. Enumerable.Range(0, threadCount).Select(_ => new Thread(RunCases))];
        Array.ForEach(threads, thread => thread.Start());
        foreach (Thread thread in threads)
        {
            while (!thread.Join(ProgressTime))
            {
                report.WriteLine(
                    $"{suite.Name}: {Volatile.Read(ref _count)} {suite.Unit} in {_watch.Elapsed.TotalSeconds:F0} s, "
                    + $"{options.CountMin} are wanted, at seed {SeedOf(Volatile.Read(ref _next))}");
            }
        }
    }

    private void RunCases()
    {
        while (true)
        {
            long number = Interlocked.Increment(ref _next);
            if (number > 0 && !WantsMore(0))
            {
                return;
            }

            RunCase(suite.Cases[(int)(number % suite.Cases.Count)], SeedOf(number), new Tally(this));
        }
    }

    private int SeedOf(long number) => options.Seed + (int)(number / suite.Cases.Count);

    private void RunCase(string name, int seed, Tally tally)
    {
        lock (_lock)
        {
            _running.Add((name, seed));
        }

        try
        {
            suite.Run(name, seed, tally);
        }
        catch (Exception failure)
        {
            Fail(name, seed, $"{failure.GetType().Name}: {failure.Message}", failure);
        }

        lock (_lock)
        {
            _running.Remove((name, seed));
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

    private void OnThreadDied(object sender, UnhandledExceptionEventArgs death)
    {
        Exception? failure = death.ExceptionObject as Exception;
        FailRunning($"was running when another thread died of {failure?.GetType().Name}: {failure?.Message}", failure);
    }

    /// <summary>Nobody knows which of the running cases it was.</summary>
    private void FailRunning(string what, Exception? failure)
    {
        lock (_lock)
        {
            foreach ((string name, int seed) in _running)
            {
                Fail(name, seed, what, failure);
            }
        }
    }

    private void Fail(string name, int seed, string what, Exception? failure)
    {
        lock (_lock)
        {
            if (_failureCount < options.FailuresMax)
            {
                Volatile.Write(ref _failureCount, _failureCount + 1);
                report.WriteLine($"FAILED {suite.Name} case \"{name}\" seed {seed}: {what}");
                report.WriteLine(
                    $"replay: dotnet run -c Release --project tests/Keystone.Simulation -- {suite.Name} --case \"{name}\" --seed {seed}");
                errors.WriteLine(failure);
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
        KeyValuePair<string, long>[] kinds = [.. _kinds.Where(kind => kind.Key != suite.Unit).Concat(_notes)];
        if (kinds.Length > 0)
        {
            report.WriteLine($"{suite.Name}: {string.Join(", ", kinds.Select(k => $"{k.Key} {k.Value}"))}");
        }
    }
}
