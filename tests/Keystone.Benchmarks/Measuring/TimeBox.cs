using System.Diagnostics;

namespace Keystone.Benchmarks.Measuring;

/// <summary>
/// How long a loop runs. A box with any time at all lets at least one turn through, however late its thread came to run; an empty
/// one lets none. The time begins when it is made.
/// </summary>
internal struct TimeBox
{
    private readonly long _deadline;
    private bool _isFresh;

    public TimeBox(double seconds)
    {
        _deadline = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        _isFresh = seconds > 0;
    }

    /// <summary>Whether another turn may begin.</summary>
    public bool HasTurn() => HasTurnAt(Stopwatch.GetTimestamp());

    /// <summary>The same for a caller that has just read the clock.</summary>
    public bool HasTurnAt(long ticks)
    {
        bool hasTurn = _isFresh || ticks < _deadline;
        _isFresh = false;
        return hasTurn;
    }
}
