using Keystone.Testing;

namespace Keystone.Simulation.Threads;

/// <summary>
/// Threads that do something to one thing at the same time: workers, who come to an end by themselves, and watchers, who go on until the
/// last worker has. What always holds: all begin together; the first failure of any of them, or of whoever reports one, lets all end, and
/// is thrown with the name of its thread.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    /// <summary>Who is not at the end by then never will be.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<Thread> _threads = [];
    private readonly ManualResetEventSlim _start = new();
    private int _working;
    private long _done;
    private (string Who, Exception Failure)? _first;
    private bool _mustEnd;

    /// <summary>Whether somebody has failed: nobody needs to go on.</summary>
    public bool MustEnd => Volatile.Read(ref _mustEnd);

    /// <summary>Whether the last worker is at the end, or somebody has failed.</summary>
    public bool IsOver => MustEnd || Volatile.Read(ref _working) == 0;

    /// <summary>Lets other threads in now and then, in the middle of things.</summary>
    public static void Stir(ref Dice dice)
    {
        switch (dice.Below(64))
        {
            case < 4:
                Thread.Yield();
                break;
            case < 6:
                Thread.SpinWait(200);
                break;
        }
    }

    /// <summary>Adds a thread that ends by itself. It returns how many operations it has checked.</summary>
    public void AddWorker(string name, Func<long> work)
    {
        _working++;
        Add(name, work, () => Interlocked.Decrement(ref _working));
    }

    /// <summary>Adds a thread that looks again and again until the work is over, and once more then.</summary>
    public void AddWatcher(string name, Func<long> look)
        => Add(
            name,
            () =>
            {
                long done = 0;
                bool isLast;
                do
                {
                    isLast = IsOver;
                    done += look();
                }
                while (!isLast && !MustEnd);
                return done;
            },
            () => { });

    /// <summary>Notes a failure. Any thread may call; the first one counts.</summary>
    public void Fail(string who, Exception failure)
    {
        lock (_threads)
        {
            _first ??= (who, failure);
            Volatile.Write(ref _mustEnd, true);
        }
    }

    /// <summary>Runs all to their end. Returns the operations that were checked.</summary>
    public long Run()
    {
        _threads.ForEach(thread => thread.Start());
        _start.Set();
        foreach (Thread thread in _threads)
        {
            if (!thread.Join(Patience))
            {
                Fail(thread.Name!, new TimeoutException($"it has not ended after {Patience.TotalSeconds:F0} s"));
                break;
            }
        }

        return _first is { } first
            ? throw new InvalidOperationException($"{first.Who}: {first.Failure.GetType().Name}: {first.Failure.Message}", first.Failure)
            : _done;
    }

    public void Dispose() => _start.Dispose();

    private void Add(string name, Func<long> run, Action end)
        => _threads.Add(new Thread(() =>
        {
            try
            {
                _start.Wait();
                Interlocked.Add(ref _done, run());
            }
            catch (Exception failure)
            {
                Fail(name, failure);
            }
            finally
            {
                end();
            }
        })
        {
            Name = name,
            IsBackground = true,
        });
}
