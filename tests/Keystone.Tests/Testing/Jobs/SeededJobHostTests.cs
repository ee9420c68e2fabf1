using Keystone.Storage.Jobs;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Testing.Jobs;

public class SeededJobHostTests
{
    private readonly SeededJobHost _host = new(seed: 1);

    [Fact]
    public void A_job_is_stepped_at_its_start_and_after_wakes_which_count_as_one()
    {
        int steps = 0;
        IJobHandle handle = _host.Start(new ScriptedJob("a", () => ++steps == 3 ? JobStep.Done : JobStep.Sleep));
        Assert.Equal(0, steps);
        _host.RunUntilIdle();
        Assert.Equal(1, steps);
        handle.Wake();
        handle.Wake();
        _host.RunUntilIdle();
        Assert.Equal(2, steps);
        handle.Wake();
        _host.Await(handle.Completion);
        Assert.Equal(3, steps);
    }

    [Fact]
    public void A_wake_during_a_step_counts()
    {
        int steps = 0;
        IJobHandle? handle = null;
        handle = _host.Start(new ScriptedJob("a", () =>
        {
            handle!.Wake();
            return ++steps == 3 ? JobStep.Done : JobStep.Sleep;
        }));
        _host.RunUntilIdle();
        Assert.Equal(3, steps);
    }

    [Fact]
    public void The_clock_jumps_to_the_next_delay_when_nothing_else_can_happen()
    {
        TimeSpan? ended = null;
        int steps = 0;
        _host.Start(new ScriptedJob("a", () =>
        {
            ended = _host.Clock.Elapsed;
            return ++steps == 2 ? JobStep.Done : JobStep.SleepFor(TimeSpan.FromHours(1));
        }));
        _host.RunUntilIdle();
        Assert.Equal(1, steps);
        _host.RunFor(TimeSpan.FromMinutes(59));
        Assert.Equal(1, steps);
        _host.RunUntil(() => steps == 2);
        Assert.InRange(ended!.Value, TimeSpan.FromHours(1), TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_wake_ends_a_delay_and_no_second_step_follows_it()
    {
        int steps = 0;
        IJobHandle handle = _host.Start(new ScriptedJob("a", () => ++steps == 1 ? JobStep.SleepFor(TimeSpan.FromHours(1)) : JobStep.Sleep));
        _host.RunUntilIdle();
        handle.Wake();
        _host.RunFor(TimeSpan.FromHours(2));
        Assert.Equal(2, steps);
    }

    [Fact]
    public void The_same_seed_gives_the_same_turns_and_others_give_others()
    {
        Assert.Equal(Play(seed: 1), Play(seed: 1));
        (ulong Hash, string Order)[] plays = [.. Enumerable.Range(0, 20).Select(Play)];
        Assert.Equal(20, plays.Select(play => play.Hash).Distinct().Count());
        Assert.Equal(20, plays.Select(play => play.Order).Distinct().Count());
    }

    [Fact]
    public void A_crash_in_a_step_a_post_or_the_hook_leaves_the_loop()
    {
        _host.Start(new ScriptedJob("a", () => throw new SimulatedCrash("step")));
        Assert.Equal("step", Assert.Throws<SimulatedCrash>(_host.RunUntilIdle).Message);

        SeededJobHost posts = new(seed: 1);
        posts.Post(new Work(() => throw new SimulatedCrash("post")));
        Assert.Equal("post", Assert.Throws<SimulatedCrash>(posts.RunUntilIdle).Message);

        SeededJobHost hooked = new(seed: 1) { OnTurn = (number, name) => throw new SimulatedCrash($"{name} {number}") };
        hooked.Start(new ScriptedJob("a", () => JobStep.Done));
        Assert.Equal("a 1", Assert.Throws<SimulatedCrash>(hooked.RunUntilIdle).Message);
    }

    [Fact]
    public void What_a_step_throws_leaves_the_loop_and_fails_the_completion()
    {
        IJobHandle handle = _host.Start(new ScriptedJob("a", () => throw new InvalidDataException("broken")));
        Assert.Throws<InvalidDataException>(_host.RunUntilIdle);
        Assert.IsType<InvalidDataException>(handle.Completion.Exception!.InnerException);
        _host.RunUntilIdle();
    }

    [Fact]
    public void A_loop_without_end_fails_and_says_who_runs()
    {
        _host.TurnsMax = 1000;
        _host.Start(new ScriptedJob("spinner", () => JobStep.Again));
        Assert.Contains("spinner", Assert.Throws<InvalidOperationException>(_host.RunUntilIdle).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_in_which_nothing_can_happen_fails_and_says_who_waits()
    {
        _host.Start(new ScriptedJob("sleeper", () => JobStep.Sleep));
        InvalidOperationException failure = Assert.Throws<InvalidOperationException>(() => _host.RunUntil(() => false));
        Assert.Contains("sleeper: Wake", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_take_turns_with_each_other_and_with_timers()
    {
        List<string> order = [];
        Task[] clients = [_host.Begin(() => Client("x")), _host.Begin(() => Client("y")), _host.Begin(Sleeper)];
        _host.Await(Task.WhenAll(clients));
        Assert.Equal(11, order.Count);
        Assert.Equal("slept", order[^1]);
        Assert.NotEqual("xxxxx", string.Concat(order.Take(5)));

        async Task Client(string name)
        {
            for (int index = 0; index < 5; index++)
            {
                order.Add(name);
                await _host.NextTurn();
            }
        }

        async Task Sleeper()
        {
            await Task.Delay(TimeSpan.FromDays(1), _host.Time, CancellationToken.None);
            order.Add("slept");
        }
    }

    [Fact]
    public void Awaiting_returns_results_and_throws_failures()
    {
        TaskCompletionSource<int> source = new();
        _host.Post(new Work(() => source.SetResult(7)));
        Assert.Equal(7, _host.Await(source.Task));
        Assert.Equal(7, _host.Await(new ValueTask<int>(source.Task)));
        Assert.Throws<InvalidDataException>(() => _host.Await(_host.Begin(() => throw new InvalidDataException())));
        Assert.Throws<InvalidDataException>(() => _host.Await(_host.Begin(async () =>
        {
            await _host.NextTurn();
            throw new InvalidDataException();
        })));
    }

    [Fact]
    public void Another_thread_that_reaches_into_the_loop_is_found()
    {
        _host.Start(new ScriptedJob("a", () =>
        {
            Thread intruder = new(() => Assert.Throws<InvalidOperationException>(() => _host.Post(new Work(() => { }))));
            intruder.Start();
            intruder.Join();
            return JobStep.Done;
        }));
        InvalidOperationException failure = Assert.Throws<InvalidOperationException>(_host.RunUntilIdle);
        Assert.Contains("cannot be repeated", failure.Message, StringComparison.Ordinal);
    }

    private static (ulong Hash, string Order) Play(int seed)
    {
        SeededJobHost host = new(seed);
        string order = "";
        for (int job = 0; job < 4; job++)
        {
            string name = $"{job}";
            int steps = 0;
            host.Start(new ScriptedJob(name, () =>
            {
                order += name;
                host.Post(new Work(() => order += '.'));
                steps++;
                JobStep pause = steps % 3 == 0 ? JobStep.SleepFor(TimeSpan.FromMicroseconds(steps * 10)) : JobStep.Again;
                return steps == 10 ? JobStep.Done : pause;
            }));
        }

        host.RunFor(TimeSpan.FromSeconds(1));
        return (host.TraceHash, order);
    }

    private sealed class Work(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }

    private sealed class ScriptedJob(string name, Func<JobStep> step) : IJob
    {
        public string Name => name;

        public JobPriority Priority => JobPriority.Foreground;

        public JobStep Step() => step();
    }
}
