using Keystone.Benchmarks.Measuring;
using Xunit;

namespace Keystone.Tests.Benchmarks;

public sealed class TimeBoxTests
{
    [Fact]
    public void Any_time_at_all_gives_one_turn_however_late()
    {
        var time = new TimeBox(seconds: 0.001);
        Assert.True(time.HasTurnAt(long.MaxValue));
        Assert.False(time.HasTurnAt(long.MaxValue));
    }

    [Fact]
    public void No_time_gives_none()
    {
        var time = new TimeBox(seconds: 0);
        Assert.False(time.HasTurn());
    }

    [Fact]
    public void Turns_go_on_until_the_deadline()
    {
        var time = new TimeBox(seconds: 3600);
        Assert.True(time.HasTurn());
        Assert.True(time.HasTurn());
    }
}
