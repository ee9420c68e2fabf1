using Keystone.Storage.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Jobs;

public class JobSignalTests
{
    public static TheoryData<bool> Ways => [Futex.IsSupported, false];

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Ways))]
    public async Task Two_threads_that_wake_each_other_never_miss_a_wake(bool isFutexUsed)
    {
        const int Rounds = 20_000;
        JobSignal ping = new(isFutexUsed);
        JobSignal pong = new(isFutexUsed);
        int shared = 0;
        Task other = Task.Factory.StartNew(
            () => Play(own: 1, ping, pong),
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await Task.Factory.StartNew(
            () => Play(own: 0, pong, ping),
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await other;
        Assert.Equal(Rounds, shared);

        // Whoever's turn it is counts on; the other waits for it.
        void Play(int own, JobSignal mine, JobSignal theirs)
        {
            while (true)
            {
                mine.Clear();
                int seen = Volatile.Read(ref shared);
                if (seen == Rounds)
                {
                    theirs.Wake();
                    return;
                }

                if (seen % 2 == own)
                {
                    Volatile.Write(ref shared, seen + 1);
                    theirs.Wake();
                }
                else
                {
                    mine.Park(Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_wake_before_the_wait_ends_it_at_once_and_only_that_one(bool isFutexUsed)
    {
        JobSignal signal = new(isFutexUsed);
        signal.Wake();
        signal.Wake();
        Assert.True(signal.Spin(looksMax: 1, pausesPerLook: 1));
        signal.Park(Timeout.InfiniteTimeSpan);
        signal.Clear();
        Assert.False(signal.Spin(looksMax: 1, pausesPerLook: 1));
        signal.Park(TimeSpan.FromMilliseconds(1));
        Assert.False(signal.Spin(looksMax: 1, pausesPerLook: 1));
    }
}
