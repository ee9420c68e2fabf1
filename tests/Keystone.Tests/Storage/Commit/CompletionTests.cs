using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Commit;
using Keystone.Storage.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Commit;

/// <summary>How the callers of one group get back to their own code.</summary>
public sealed class CompletionTests
{
    private static readonly TimeSpan HangsAfter = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)]
    public async Task A_caller_that_blocks_in_its_continuation_holds_up_none_of_its_group(int callers)
    {
        await using ThreadJobHost host = new();
        using CommitGroup group = new(stripeCount: 1, bytesMax: 1024, new MemoryAccount("test"));
        CommitWaiterPool waiters = new();
        using CountdownEvent others = new(callers - 1);
        Task[] answers = new Task[callers];
        int blocked = 0;
        for (int i = 0; i < callers; i++)
        {
            CommitWaiter waiter = waiters.Take();
            waiter.Prepare(new WriteResult(WriteStatus.Committed, (ulong)i));
            group.Waiters.Add(waiter);
            answers[i] = AnswerAsync(waiter, () =>
            {
                // Whoever comes first waits on its thread until all others have come.
                if (Interlocked.Exchange(ref blocked, 1) != 0)
                {
                    others.Signal();
                }
                else if (!others.Wait(HangsAfter, CancellationToken.None))
                {
                    throw new TimeoutException("The others of the group were never answered.");
                }
            });
        }

        new CompletionPool(host).Answer(group, failure: null);
        await Task.WhenAll(answers);
    }

    [Fact]
    public async Task A_completion_is_used_again_for_the_next_group_and_answers_each_caller_once()
    {
        await using ThreadJobHost host = new();
        using CommitGroup group = new(stripeCount: 1, bytesMax: 1024, new MemoryAccount("test"));
        CommitWaiterPool waiters = new();
        CompletionPool pool = new(host);
        for (int round = 0; round < 2000; round++)
        {
            int callers = 1 + (round % 7);
            Task<WriteResult>[] answers = new Task<WriteResult>[callers];
            for (int i = 0; i < callers; i++)
            {
                CommitWaiter waiter = waiters.Take();
                waiter.Prepare(new WriteResult(WriteStatus.Committed, (ulong)(round + i)));
                group.Waiters.Add(waiter);
                answers[i] = waiter.Task.AsTask();
            }

            pool.Answer(group, failure: null);
            group.Reset(ticket: 1);
            WriteResult[] results = await Task.WhenAll(answers);
            Assert.Equal(Enumerable.Range(round, callers).Select(i => (ulong)i), results.Select(r => r.Sequence));
        }
    }

    private static async Task AnswerAsync(CommitWaiter waiter, Action then)
    {
        await waiter.Task.ConfigureAwait(false);
        then();
    }
}
