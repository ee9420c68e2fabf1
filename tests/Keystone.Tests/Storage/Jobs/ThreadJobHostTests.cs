using Keystone.Storage.Jobs;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Jobs;

public class ThreadJobHostTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_is_stepped_once_at_its_start_and_once_after_each_wake()
    {
        await using ThreadJobHost host = new();
        using SemaphoreSlim stepped = new(0);
        int steps = 0;
        IJobHandle handle = host.Start(new ScriptedJob(() =>
        {
            steps++;
            stepped.Release();
            return steps == 3 ? JobStep.Done : JobStep.Sleep;
        }));

        for (int step = 1; step <= 3; step++)
        {
            await stepped.WaitAsync(Cancellation);
            handle.Wake();
        }

        await handle.Completion.WaitAsync(Cancellation);
        Assert.Equal(3, steps);
    }

    [Fact]
    public async Task Wakes_from_many_threads_are_never_lost()
    {
        const int Wakers = 4;
        const int WakesEach = 50_000;
        await using ThreadJobHost host = new();
        int given = 0;
        int seen = 0;
        IJobHandle handle = host.Start(new ScriptedJob(() =>
        {
            seen = Volatile.Read(ref given);
            return seen == Wakers * WakesEach ? JobStep.Done : JobStep.Sleep;
        }));

        Task[] wakers = [.. Enumerable.Range(0, Wakers).Select(_ => Task.Run(GiveAndWake, Cancellation))];
        await Task.WhenAll(wakers);
        await handle.Completion.WaitAsync(Cancellation);
        Assert.Equal(Wakers * WakesEach, seen);

        void GiveAndWake()
        {
            for (int index = 0; index < WakesEach; index++)
            {
                Interlocked.Increment(ref given);
                handle.Wake();
            }
        }
    }

    [Fact]
    public async Task A_wake_during_a_step_counts()
    {
        await using ThreadJobHost host = new();
        TaskCompletionSource<IJobHandle> self = new();
        int steps = 0;
        IJobHandle handle = host.Start(new ScriptedJob(() =>
        {
            self.Task.GetAwaiter().GetResult().Wake();
            return ++steps == 3 ? JobStep.Done : JobStep.Sleep;
        }));
        self.SetResult(handle);
        await handle.Completion.WaitAsync(Cancellation);
        Assert.Equal(3, steps);
    }

    [Theory]
    [InlineData(JobPriority.Foreground)]
    [InlineData(JobPriority.Background)]
    public async Task A_delay_ends_by_itself(JobPriority priority)
    {
        await using ThreadJobHost host = new();
        int steps = 0;
        ScriptedJob job = new(() => ++steps == 3 ? JobStep.Done : JobStep.SleepFor(TimeSpan.FromMilliseconds(0.5)), priority);
        IJobHandle handle = host.Start(job);
        await handle.Completion.WaitAsync(Cancellation);
        Assert.Equal(3, steps);
    }

    [Fact]
    public async Task A_wake_ends_a_delay()
    {
        await using ThreadJobHost host = new();
        using SemaphoreSlim stepped = new(0);
        int steps = 0;
        IJobHandle handle = host.Start(new ScriptedJob(() =>
        {
            stepped.Release();
            return ++steps == 2 ? JobStep.Done : JobStep.SleepFor(TimeSpan.FromDays(100));
        }));

        // A wake before the first step is answered by that step; this one is to end the delay after it.
        await stepped.WaitAsync(Cancellation);
        handle.Wake();
        await handle.Completion.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task Delays_are_measured_by_the_clock_that_was_handed_in()
    {
        SimulatedClock clock = new();
        await using ThreadJobHost host = new(clock);
        int steps = 0;
        IJobHandle handle = host.Start(new ScriptedJob(() => ++steps == 2 ? JobStep.Done : JobStep.SleepFor(TimeSpan.FromHours(1))));
        while (clock.NextDue == TimeSpan.MaxValue)
        {
            await Task.Yield();
        }

        Assert.Equal(TimeSpan.FromHours(1), clock.NextDue);
        clock.Advance(TimeSpan.FromHours(1));
        clock.FireDue(0);
        await handle.Completion.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task What_a_step_throws_fails_the_completion_and_is_reported_and_other_jobs_go_on()
    {
        (IJob Job, Exception Failure)? reported = null;
        await using ThreadJobHost host = new(onFailure: (job, failure) => reported = (job, failure));
        ScriptedJob broken = new(() => throw new InvalidDataException("broken"));
        ScriptedJob waiting = new(() => reported is null ? JobStep.SleepFor(TimeSpan.FromMilliseconds(1)) : JobStep.Done);
        IJobHandle other = host.Start(waiting);

        Task ended = host.Start(broken).Completion.WaitAsync(Cancellation);
        InvalidDataException failure = await Assert.ThrowsAsync<InvalidDataException>(() => ended);

        await other.Completion.WaitAsync(Cancellation);
        Assert.Equal((broken, failure), reported);
    }

    [Fact]
    public async Task Closing_the_host_waits_for_its_jobs_and_takes_no_more()
    {
        ThreadJobHost host = new();
        bool isToldToEnd = false;
        IJobHandle handle = host.Start(new ScriptedJob(() => Volatile.Read(ref isToldToEnd) ? JobStep.Done : JobStep.Sleep));
        Task closed = host.DisposeAsync().AsTask();
        Assert.False(closed.IsCompleted);
        Assert.Throws<ObjectDisposedException>(() => host.Start(new ScriptedJob(() => JobStep.Done)));
        Volatile.Write(ref isToldToEnd, true);
        handle.Wake();
        await closed.WaitAsync(Cancellation);
        Assert.True(handle.Completion.IsCompletedSuccessfully);
        handle.Wake();
    }

    [Fact]
    public async Task Threads_of_background_jobs_are_nicer_and_all_bear_the_name_of_their_job()
    {
        await using ThreadJobHost host = new();
        Assert.Equal(("flush", ThreadNiceness.Background), await Look(JobPriority.Background, "flush"));
        Assert.Equal(("commit", ThreadNiceness.Read()), await Look(JobPriority.Foreground, "commit"));

        async Task<(string?, int)> Look(JobPriority priority, string name)
        {
            (string?, int) seen = default;
            IJobHandle handle = host.Start(new ScriptedJob(
                () =>
                {
                    seen = (Thread.CurrentThread.Name, ThreadNiceness.Read());
                    return JobStep.Done;
                },
                priority,
                name));
            await handle.Completion.WaitAsync(Cancellation);
            return seen;
        }
    }

    [Fact]
    public async Task Sleeping_waking_and_posting_allocate_nothing()
    {
        await using ThreadJobHost host = new();
        Counting post = new();
        int steps = 0;
        long allocated = 0;
        ScriptedJob job = new(() =>
        {
            steps++;
            host.Post(post);
            allocated = steps == 100 ? -GC.GetAllocatedBytesForCurrentThread() : allocated;
            return steps < 200 ? JobStep.SleepFor(TimeSpan.FromMilliseconds(0.1)) : JobStep.Done;
        });
        await host.Start(job).Completion.WaitAsync(Cancellation);
        Assert.Equal(0, allocated + job.AllocatedAtEnd);
    }

    private sealed class Counting : IThreadPoolWorkItem
    {
        public int Count;

        public void Execute() => Interlocked.Increment(ref Count);
    }

    private sealed class ScriptedJob(Func<JobStep> step, JobPriority priority = JobPriority.Foreground, string name = "scripted") : IJob
    {
        public string Name => name;

        public JobPriority Priority => priority;

        public long AllocatedAtEnd { get; private set; }

        public JobStep Step()
        {
            JobStep next = step();
            AllocatedAtEnd = GC.GetAllocatedBytesForCurrentThread();
            return next;
        }
    }
}
