using System.Runtime.ExceptionServices;
using Keystone.Storage.Jobs;
using Keystone.Testing.Disk;

namespace Keystone.Testing.Jobs;

/// <summary>
/// Runs jobs one step at a time on the caller's thread, in an order drawn from a seed. A turn is one step of a job that can go
/// on, one posted piece of work, or one timer; every turn moves the clock by some microseconds, and when there is nothing to
/// do the clock jumps to the next delay.
/// <para>
/// What enters: jobs, posts, and a condition to run until. What always holds: the same seed and the same calls give the same
/// turns, and so the same <see cref="TraceHash"/>; nothing runs outside of the methods that run the loop; what a step or a
/// posted piece of work throws leaves the loop at once, <see cref="SimulatedCrash"/> first of all. A loop that does not come
/// to its end within <see cref="TurnsMax"/> turns, or in which nothing can happen any more, throws and says who waits.
/// </para>
/// </summary>
public sealed class SeededJobHost : IJobHost
{
    /// <summary>The clock's longest step at a turn.</summary>
    private const int TurnMicrosecondsMax = 20;

    private readonly List<SeededJob> _jobs = [];
    private readonly List<IThreadPoolWorkItem> _posts = [];
    private readonly List<SeededJob> _runnable = [];
    private Dice _dice;
    private int _loopThread;
    private string? _intrusion;

    /// <summary>Makes a host without jobs.</summary>
    public SeededJobHost(int seed)
    {
        Seed = seed;
        _dice = new Dice(seed, thing: 0);
    }

    /// <summary>What the order of turns is drawn from.</summary>
    public int Seed { get; }

    /// <summary>The clock of the jobs. A test may move it too.</summary>
    public SimulatedClock Clock { get; } = new();

    /// <inheritdoc/>
    public TimeProvider Time => Clock;

    /// <summary>Turns so far.</summary>
    public long Turns { get; private set; }

    /// <summary>A number made of all turns so far: who had each, what it answered, and when. Equal for equal runs.</summary>
    public ulong TraceHash { get; private set; }

    /// <summary>Turns that one call may take before it is taken for a loop without end.</summary>
    public int TurnsMax { get; set; } = 5_000_000;

    /// <summary>
    /// Called before each turn, with its number and the name of the job ("post" and "timer" for the others). What it throws
    /// leaves the loop.
    /// </summary>
    public Action<long, string>? OnTurn { get; set; }

    /// <inheritdoc/>
    public IJobHandle Start(IJob job)
    {
        RequireLoopThread();
        SeededJob seeded = new(this, job);
        _jobs.Add(seeded);
        return seeded;
    }

    /// <inheritdoc/>
    public void Post(IThreadPoolWorkItem work)
    {
        RequireLoopThread();
        _posts.Add(work);
    }

    /// <summary>Runs until the condition holds; it is looked at before every turn.</summary>
    public void RunUntil(Func<bool> condition)
        => Loop(() => !condition(), () => Jump(TimeSpan.MaxValue) ? true : throw Stuck("nothing can happen any more"));

    /// <summary>Runs until nothing can go on without a later time: delays and timers stay pending, the clock does not jump.</summary>
    public void RunUntilIdle() => Loop(() => true, () => false);

    /// <summary>Runs for this long by the simulated clock.</summary>
    public void RunFor(TimeSpan time)
    {
        TimeSpan end = Clock.Elapsed + time;
        Loop(() => Clock.Elapsed < end, () => Jump(end));
    }

    /// <summary>Runs until the task is completed, and returns or throws what it has come to.</summary>
    public T Await<T>(ValueTask<T> task)
    {
        RunUntil(() => task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Runs until the task is completed, and throws what it failed with.</summary>
    public void Await(ValueTask task)
    {
        RunUntil(() => task.IsCompleted);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Runs until the task is completed, and returns or throws what it has come to.</summary>
    public T Await<T>(Task<T> task)
    {
        RunUntil(() => task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Runs until the task is completed, and throws what it failed with.</summary>
    public void Await(Task task)
    {
        RunUntil(() => task.IsCompleted);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Starts an asynchronous piece of a test, a client for example, as a turn of its own. Run the loop to see it go on.</summary>
    public Task Begin(Func<Task> work)
    {
        Workload workload = new(work);
        Post(workload);
        return workload.Completion;
    }

    /// <summary>Await it to let others have their turns.</summary>
    public TurnAwaitable NextTurn() => new(this);

    /// <summary>
    /// Throws if another thread is about to touch the simulation while the loop runs: it would not be the same the next time.
    /// </summary>
    internal void RequireLoopThread()
    {
        if (_loopThread != 0 && _loopThread != Environment.CurrentManagedThreadId)
        {
            _intrusion = $"Thread {Environment.CurrentManagedThreadId} woke, posted or started something while the loop ran, "
                + $"so the run cannot be repeated:\n{Environment.StackTrace}";
            throw new InvalidOperationException(_intrusion);
        }
    }

    private void Loop(Func<bool> isWanted, Func<bool> whenIdle)
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        int outerThread = _loopThread;
        SynchronizationContext.SetSynchronizationContext(null);
        _loopThread = Environment.CurrentManagedThreadId;
        try
        {
            for (int turn = 0; isWanted(); turn++)
            {
                if (turn == TurnsMax)
                {
                    throw Stuck($"{TurnsMax} turns did not come to an end");
                }

                if (!TakeTurn() && !whenIdle())
                {
                    return;
                }
            }
        }
        finally
        {
            _loopThread = outerThread;
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Draws one of all things that could happen now and lets it happen. Returns whether there was one.</summary>
    private bool TakeTurn()
    {
        _runnable.Clear();
        foreach (SeededJob job in _jobs)
        {
            if (job.IsRunnable(Clock.Elapsed))
            {
                _runnable.Add(job);
            }
        }

        int timers = Clock.CountDue();
        int choices = _runnable.Count + _posts.Count + timers;
        if (choices == 0)
        {
            return false;
        }

        int choice = _dice.Below(choices);
        if (choice < _runnable.Count)
        {
            Step(_runnable[choice]);
        }
        else if (choice < _runnable.Count + _posts.Count)
        {
            RunPost(choice - _runnable.Count);
        }
        else
        {
            Record("timer", choices);
            Clock.FireDue(choice - _runnable.Count - _posts.Count);
        }

        if (_intrusion is not null)
        {
            throw new InvalidOperationException(_intrusion);
        }

        Clock.Advance(TimeSpan.FromMicroseconds(1 + _dice.Below(TurnMicrosecondsMax)));
        return true;
    }

    private void Step(SeededJob job)
    {
        Record(job.Name, _runnable.Count);
        try
        {
            Mark((ulong)job.Step());
        }
        catch (Exception failure) when (failure is not SimulatedCrash)
        {
            _jobs.Remove(job);
            job.Fail(failure);
            ExceptionDispatchInfo.Throw(failure);
        }

        if (job.IsEnded)
        {
            _jobs.Remove(job);
        }
    }

    private void RunPost(int index)
    {
        Record("post", _posts.Count);
        IThreadPoolWorkItem work = _posts[index];
        _posts.RemoveAt(index);
        work.Execute();
    }

    private void Record(string name, int choices)
    {
        Turns++;
        foreach (char letter in name)
        {
            TraceHash = (TraceHash ^ letter) * 0x100000001B3;
        }

        Mark((ulong)Clock.Elapsed.Ticks);
        Mark((ulong)choices);
        OnTurn?.Invoke(Turns, name);
    }

    private void Mark(ulong value) => TraceHash = Dice.Mix(TraceHash ^ value);

    /// <summary>Moves the clock to the next delay, but not beyond the limit. Returns whether there was anything to move it to.</summary>
    private bool Jump(TimeSpan limit)
    {
        TimeSpan next = Clock.NextDue < limit ? Clock.NextDue : limit;
        foreach (SeededJob job in _jobs)
        {
            next = job.Due < next ? job.Due : next;
        }

        if (next == TimeSpan.MaxValue)
        {
            return false;
        }

        Clock.Advance(next > Clock.Elapsed ? next - Clock.Elapsed : TimeSpan.Zero);
        return true;
    }

    private InvalidOperationException Stuck(string why)
        => new($"Seed {Seed}, turn {Turns}, time {Clock.Elapsed}: {why}. Jobs: {string.Join("; ", _jobs)}. Posts: {_posts.Count}.");
}
