namespace Keystone.Storage.Compaction;

/// <summary>
/// Keeps the compactions of a disk together below a number of bytes a second. Whoever moved bytes is told how long to rest; short debts
/// are carried over, so that a rest is worth its wake-up.
/// </summary>
internal sealed class ByteRate(TimeProvider time, long bytesPerSecondMax)
{
    private static readonly TimeSpan RestMin = TimeSpan.FromMilliseconds(10);

    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _paidUntil;

    /// <summary>How long to rest after having moved this many bytes; zero to go on.</summary>
    public TimeSpan RestAfter(long bytes)
    {
        if (bytesPerSecondMax == 0 || bytes == 0)
        {
            return TimeSpan.Zero;
        }

        lock (_lock)
        {
            TimeSpan now = time.GetElapsedTime(_start);
            _paidUntil = (_paidUntil > now ? _paidUntil : now) + TimeSpan.FromSeconds(bytes / (double)bytesPerSecondMax);
            TimeSpan debt = _paidUntil - now;
            return debt >= RestMin ? debt : TimeSpan.Zero;
        }
    }
}
