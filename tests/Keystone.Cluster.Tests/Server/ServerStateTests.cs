using Keystone.Database;
using Keystone.Server;
using Xunit;

namespace Keystone.Cluster.Tests.Server;

public class ServerStateTests
{
    [Fact]
    public void A_server_is_ready_only_while_it_serves_and_its_store_is_sound()
    {
        using var state = new ServerState();
        Assert.Equal("starting", state.ReasonNotReady());

        state.Enter(ServerPhase.Serving);
        Assert.Null(state.ReasonNotReady());

        new DiskEvents(state).Hear(new DatabaseEvent(DatabaseEventKind.JobHindered, "a file could not be removed"));
        Assert.Null(state.ReasonNotReady());

        new DiskEvents(state).Hear(new DatabaseEvent(DatabaseEventKind.Poisoned, "a write failed"));
        Assert.Contains("opened anew", state.ReasonNotReady());

        new DiskEvents(state).Hear(new DatabaseEvent(DatabaseEventKind.JobFailed, "a defect", Job: "flush"));
        Assert.Contains("flush", state.ReasonNotReady());

        new DiskEvents(state).Hear(new DatabaseEvent(DatabaseEventKind.Reopening, "anew"));
        Assert.Contains("opened anew", state.ReasonNotReady());

        new DiskEvents(state).Hear(new DatabaseEvent(DatabaseEventKind.Opened, "open"));
        Assert.Null(state.ReasonNotReady());

        state.Hindrance = () => "the disk is full";
        Assert.Contains("the disk is full", state.ReasonNotReady());

        state.Enter(ServerPhase.Stopping);
        Assert.Equal("stopping", state.ReasonNotReady());
    }

    [Fact]
    public void The_shares_of_memory_stay_below_the_limit()
    {
        const long MiB = 1 << 20;
        MemoryBudget small = MemoryBudget.Of(512 * MiB);
        Assert.Equal((64 * MiB, 96 * MiB, 192 * MiB), (small.WriteBufferBytes, small.BlockCacheBytes, small.HeapBytes));

        foreach (long limit in (long[])[256, 300, 512, 1024, 2048, 16 * 1024])
        {
            MemoryBudget budget = MemoryBudget.Of(limit * MiB);
            Assert.InRange(budget.WriteBufferBytes + budget.BlockCacheBytes + budget.HeapBytes, 0, limit * MiB * 3 / 4);
        }
    }
}
