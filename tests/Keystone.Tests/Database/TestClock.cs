namespace Keystone.Tests.Database;

/// <summary>The system's clock, but for the time of day, which a test sets. Timers run as they do.</summary>
internal sealed class TestClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
