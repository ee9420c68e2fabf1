namespace Keystone.Testing.Jobs;

/// <summary>
/// A clock that stands still until it is moved. It starts at the same moment every time. Timers fire as turns of the
/// <see cref="SeededJobHost"/> that owns the clock, never while it moves. Any thread may look at the clock and set timers; one moves it.
/// </summary>
public sealed class SimulatedClock : TimeProvider
{
    /// <summary>Where every simulated clock starts.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>All timers that were not disposed. Guarded by itself.</summary>
    private readonly List<SimulatedTimer> _timers = [];

    /// <summary>How far the clock was moved.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>When the next timer fires, counted like <see cref="Elapsed"/>; <see cref="TimeSpan.MaxValue"/> if none will.</summary>
    internal TimeSpan NextDue
    {
        get
        {
            lock (_timers)
            {
                return _timers.Count == 0 ? TimeSpan.MaxValue : _timers.Min(timer => timer.Due);
            }
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Start + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp() => Elapsed.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        SimulatedTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        lock (_timers)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    /// <summary>Moves the clock forward.</summary>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        Elapsed += time;
    }

    internal int CountDue()
    {
        lock (_timers)
        {
            return _timers.Count == 0 ? 0 : _timers.Count(timer => timer.Due <= Elapsed);
        }
    }

    internal void FireDue(int index)
    {
        SimulatedTimer timer;
        lock (_timers)
        {
            timer = _timers.Where(timer => timer.Due <= Elapsed).ElementAt(index);
        }

        timer.Fire();
    }

    private bool Contains(SimulatedTimer timer)
    {
        lock (_timers)
        {
            return _timers.Contains(timer);
        }
    }

    private void Remove(SimulatedTimer timer)
    {
        lock (_timers)
        {
            _timers.Remove(timer);
        }
    }

    private sealed class SimulatedTimer(SimulatedClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : clock.Elapsed + dueTime;
            _period = period;
            return clock.Contains(this);
        }

        public void Fire()
        {
            bool isPeriodic = _period != Timeout.InfiniteTimeSpan && _period != TimeSpan.Zero;
            Due = isPeriodic ? clock.Elapsed + _period : TimeSpan.MaxValue;
            callback(state);
        }

        public void Dispose() => clock.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
