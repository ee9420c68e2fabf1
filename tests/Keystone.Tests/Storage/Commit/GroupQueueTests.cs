using Keystone.Storage.Buffers;
using Keystone.Storage.Commit;
using Keystone.Storage.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Commit;

/// <summary>Who may join the open group, and in which order.</summary>
public sealed class GroupQueueTests
{
    private const int SegmentBytes = 64 << 10;
    private const int LargeBytes = 40 << 10;
    private const int SmallBytes = 100;

    private static readonly TimeSpan HangsAfter = TimeSpan.FromMinutes(2);

    private readonly object _large = new();
    private readonly object _other = new();

    [Fact]
    public async Task Small_batches_do_not_pass_a_large_one_that_waits_for_an_empty_group()
    {
        await using ThreadJobHost host = new();
        using GroupQueue queue = NewQueue(host);
        Assert.True(Join(queue, SmallBytes, null));
        Assert.False(Join(queue, LargeBytes, _large));
        Assert.False(Join(queue, SmallBytes, null));
        Assert.False(Join(queue, SmallBytes, _other));
        Task large = queue.WaitForRoomAsync(_large).AsTask();
        Task other = queue.WaitForRoomAsync(_other).AsTask();
        queue.Return(queue.TryTake()!);
        await Task.WhenAll(large, other).WaitAsync(HangsAfter, TestContext.Current.CancellationToken);
        Assert.False(Join(queue, SmallBytes, null));
        Assert.False(queue.WaitForRoomAsync(_other).IsCompleted);
        Assert.True(Join(queue, LargeBytes, _large));
    }

    [Fact]
    public async Task The_line_moves_on_when_the_first_in_it_gives_up()
    {
        await using ThreadJobHost host = new();
        using GroupQueue queue = NewQueue(host);
        Assert.True(Join(queue, SmallBytes, null));
        Assert.False(Join(queue, LargeBytes, _large));
        queue.Return(queue.TryTake()!);
        Assert.False(Join(queue, SmallBytes, _other));
        Task other = queue.WaitForRoomAsync(_other).AsTask();
        queue.GiveUpClaim(_large);
        await other.WaitAsync(HangsAfter, TestContext.Current.CancellationToken);
        Assert.True(Join(queue, SmallBytes, _other));
    }

    [Fact]
    public async Task Those_behind_the_first_in_line_try_again_when_it_has_joined()
    {
        await using ThreadJobHost host = new();
        using GroupQueue queue = NewQueue(host);
        Assert.True(Join(queue, SmallBytes, null));
        Assert.False(Join(queue, LargeBytes, _large));
        queue.Return(queue.TryTake()!);
        Assert.False(Join(queue, SmallBytes, _other));
        Task other = queue.WaitForRoomAsync(_other).AsTask();
        Assert.True(Join(queue, SmallBytes, _large));
        queue.GiveUpClaim(_large);
        await other.WaitAsync(HangsAfter, TestContext.Current.CancellationToken);
        Assert.True(Join(queue, SmallBytes, _other));
    }

    [Fact]
    public async Task Giving_up_a_place_that_somebody_else_has_changes_nothing()
    {
        await using ThreadJobHost host = new();
        using GroupQueue queue = NewQueue(host);
        Assert.True(Join(queue, SmallBytes, null));
        Assert.False(Join(queue, LargeBytes, _large));
        queue.GiveUpClaim(_other);
        Assert.False(Join(queue, SmallBytes, null));
    }

    private static GroupQueue NewQueue(IJobHost host) => new(stripeCount: 1, SegmentBytes, new MemoryAccount("test"), host);

    private static bool Join(GroupQueue queue, int bytes, object? claimant)
    {
        lock (queue.Lock)
        {
            if (!queue.HasRoom(bytes, claimant))
            {
                return false;
            }

            queue.Open.Bytes.Append(bytes);
            return true;
        }
    }
}
