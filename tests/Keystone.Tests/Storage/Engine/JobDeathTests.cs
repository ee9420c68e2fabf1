using System.Collections.Concurrent;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>
/// What becomes of a store when a background job throws what nobody foresaw: it is told at once, nobody waits for ever, and the close
/// gives everything back.
/// </summary>
public sealed class JobDeathTests
{
    /// <summary>Makes a failure of a wait without end; no wait that ends comes near it.</summary>
    private const int HangMilliseconds = 60_000;

    private static readonly StripeClaim First = new(0, 1);

    private readonly SimulatedFileSystem _disk = new();
    private readonly FaultScript _script = new(seed: 1);
    private readonly ConcurrentQueue<StoreEvent> _events = new();
    private readonly TaskCompletionSource<StoreEvent> _death = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Theory(Timeout = HangMilliseconds)]
    [InlineData("commit", FileCall.Write, "*.log")]
    [InlineData("manifest", FileCall.Write, "*MANIFEST*")]
    [InlineData("segments", FileCall.Create, "*.log")]
    [InlineData("flush", FileCall.Create, "*.sst")]
    public async Task A_dead_job_that_writes_need_is_told_and_ends_every_write(string job, FileCall call, string path)
    {
        await using ThreadJobHost host = new();
        StorageEngine engine = await CreateAsync(host);
        await engine.PutAsync(First, "kept"u8, "value"u8);
        _script.Add(new Fault(FaultKind.Defect, call) { Path = path });
        Task provoking = ProvokeAsync(engine);
        StoreEvent told = await _death.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(job, told.Job);
        Assert.IsType<InvalidOperationException>(told.Failure!.InnerException);
        Assert.Equal(job, engine.FailedJob);

        await provoking;
        Assert.Equal(job, engine.Statistics().FailedJob);
        Assert.True(engine.Statistics().IsPoisoned);
        Assert.Equal(
            StoreErrorCode.Poisoned, (await Assert.ThrowsAsync<StoreException>(() => engine.PutAsync(First, "k"u8, "v"u8).AsTask())).Code);
        Assert.Equal(StoreErrorCode.Poisoned, (await Assert.ThrowsAsync<StoreException>(engine.FlushAsync)).Code);
        Assert.Equal(ReadStatus.Found, engine.Get(First, "kept"u8, new byte[8]).Status);
        await RequireGivenBackAsync(engine, host);
    }

    [Theory(Timeout = HangMilliseconds)]
    [InlineData("compact-0", FileCall.Read)]
    [InlineData("unlink", FileCall.Unlink)]
    public async Task A_dead_job_that_writes_do_not_need_is_told_and_lets_writes_pass(string job, FileCall call)
    {
        await using ThreadJobHost host = new();
        StorageEngine engine = await CreateAsync(host);
        for (int i = 0; i < 3; i++)
        {
            await engine.PutAsync(First, [(byte)i], "value"u8);
            await engine.FlushAsync();
        }

        _script.Add(new Fault(FaultKind.Defect, call) { Path = "*.sst" });
        Task compacting = engine.CompactAsync(cancellation: Test);
        Assert.Equal(job, (await _death.Task.WaitAsync(TestContext.Current.CancellationToken)).Job);
        if (call == FileCall.Read)
        {
            Assert.Equal(StoreErrorCode.JobFailed, (await Assert.ThrowsAsync<StoreException>(() => compacting)).Code);
        }

        Assert.Equal(WriteStatus.Committed, (await engine.PutAsync(First, "k"u8, "v"u8)).Status);
        Assert.Equal(ReadStatus.Found, engine.Get(First, [1], new byte[8]).Status);
        await RequireGivenBackAsync(engine, host);
    }

    [Fact(Timeout = HangMilliseconds)]
    public async Task A_defect_that_a_caller_meets_in_the_committers_role_is_the_jobs_death_and_nobody_waits_for_ever()
    {
        await using ThreadJobHost host = new();
        StorageEngine engine = await CreateAsync(host);
        await engine.PutAsync(First, "kept"u8, "value"u8);
        _script.Add(new Fault(FaultKind.Defect, FileCall.Write) { Path = "*.log" });
        Task<WriteResult> write = PutAsync(WriteDurability.Buffered);
        Task<WriteResult> later = PutAsync(WriteDurability.Synced);
        Assert.Equal("commit", (await _death.Task.WaitAsync(TestContext.Current.CancellationToken)).Job);
        Assert.Equal(StoreErrorCode.Poisoned, (await Assert.ThrowsAsync<StoreException>(() => write)).Code);
        Assert.Equal(StoreErrorCode.Poisoned, (await Assert.ThrowsAsync<StoreException>(() => later)).Code);
        Assert.Equal(ReadStatus.Found, engine.Get(First, "kept"u8, new byte[8]).Status);
        await RequireGivenBackAsync(engine, host);

        async Task<WriteResult> PutAsync(WriteDurability durability) => await engine.PutAsync(First, "lost"u8, "value"u8, durability);
    }

    [Fact]
    public async Task A_store_whose_jobs_are_well_has_no_failed_job()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host);
        await engine.PutAsync(First, "k"u8, "v"u8);
        Assert.Null(engine.FailedJob);
        Assert.Null(engine.Statistics().FailedJob);
        Assert.DoesNotContain(_events, e => e.Kind == StoreEventKind.JobFailed);
    }

    /// <summary>Writes until the store refuses, in many flights, so that some are under way when the job dies.</summary>
    private static async Task ProvokeAsync(StorageEngine engine)
    {
        byte[] value = new byte[2000];
        Task[] writers = [.. Enumerable.Range(0, 8).Select(WriteAsync)];
        foreach (Task writer in writers)
        {
            Assert.Equal(StoreErrorCode.Poisoned, (await Assert.ThrowsAsync<StoreException>(() => writer)).Code);
        }

        async Task WriteAsync(int writer)
        {
            for (int i = 0; ; i++)
            {
                WriteDurability durability = i % 2 == 0 ? WriteDurability.Synced : WriteDurability.Buffered;
                await engine.PutAsync(EngineFixture.ClaimOf(i), BitConverter.GetBytes((i * 8) + writer), value, durability);
                if (writer == 0 && i % 50 == 0)
                {
                    await engine.FlushAsync();
                }
            }
        }
    }

    /// <summary>
    /// The close throws the death and gives back lock, memory and handles, so that the same process can open the store anew.
    /// </summary>
    private async Task RequireGivenBackAsync(StorageEngine engine, ThreadJobHost host)
    {
        StoreException death = await Assert.ThrowsAsync<StoreException>(() => engine.DisposeAsync().AsTask());
        Assert.Equal(StoreErrorCode.JobFailed, death.Code);
        Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));
        Assert.Equal(0, _disk.OpenHandles);
        _script.Clear();
        await using StorageEngine again = StorageEngine.Open("/store", OptionsOf(host));
        Assert.True(again.TryServe(First));
    }

    private async Task<StorageEngine> CreateAsync(ThreadJobHost host)
    {
        StorageEngine engine = StorageEngine.Create("/store", OptionsOf(host));
        await engine.ClaimAsync(Enumerable.Range(0, EngineFixture.Stripes).Select(s => new StripeClaim(s, 1)));
        for (int stripe = 0; stripe < EngineFixture.Stripes; stripe++)
        {
            Assert.True(engine.TryServe(new StripeClaim(stripe, 1)));
        }

        return engine;
    }

    private StoreOptions OptionsOf(ThreadJobHost host) => EngineFixture.Options(host) with
    {
        FileSystem = new FaultyFileSystem(_disk, _script),
        OnEvent = Hear,
    };

    private void Hear(StoreEvent happened)
    {
        _events.Enqueue(happened);
        if (happened.Kind == StoreEventKind.JobFailed)
        {
            _death.TrySetResult(happened);
        }
    }
}
