using Keystone.Database;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class UseGateTests
{
    [Fact]
    public async Task A_close_waits_for_what_is_under_way_and_lets_nothing_more_begin()
    {
        UseGate gate = new();
        Assert.True(gate.TryEnter(out UseGate.Pass pass));
        Task closing = gate.CloseAsync();
        Assert.False(closing.IsCompleted);
        Assert.False(gate.TryEnter(out _));
        Assert.False(closing.IsCompleted);
        pass.Dispose();
        await closing;
        await gate.CloseAsync();
    }

    [Fact]
    public async Task Several_who_close_at_once_all_hear_of_the_end()
    {
        UseGate gate = new();
        Assert.True(gate.TryEnter(out UseGate.Pass pass));
        Task[] closings = [gate.CloseAsync(), gate.CloseAsync()];
        Assert.All(closings, closing => Assert.False(closing.IsCompleted));
        pass.Dispose();
        await Task.WhenAll(closings);
    }

    [Fact]
    public async Task No_use_on_any_thread_outlives_the_close()
    {
        for (int round = 0; round < 200; round++)
        {
            UseGate gate = new();
            int inside = 0;
            using Barrier start = new(5);
            Task[] users = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(Use, TaskCreationOptions.LongRunning))];
            start.SignalAndWait(TestContext.Current.CancellationToken);
            await gate.CloseAsync();
            Assert.Equal(0, Volatile.Read(ref inside));
            await Task.WhenAll(users);

            void Use()
            {
                start.SignalAndWait();
                while (gate.TryEnter(out UseGate.Pass pass))
                {
                    Interlocked.Increment(ref inside);
                    Interlocked.Decrement(ref inside);
                    pass.Dispose();
                }
            }
        }
    }
}
