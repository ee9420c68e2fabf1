using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Testing.Jobs;
using Keystone.Tests.Storage.Engine;
using Xunit;

namespace Keystone.Tests.Storage.Compaction;

/// <summary>A compaction that has no room waits, ever longer, and ends when there is room.</summary>
public sealed class FullDiskCompactionTests
{
    private const int AttemptsInTenMinutesMax = 60;

    private static readonly StripeClaim First = new(0, 1);

    [Fact]
    public void A_compaction_on_a_full_disk_is_tried_ever_more_rarely_and_ends_when_there_is_room()
    {
        SeededJobHost host = new(seed: 1);
        SimulatedFileSystem disk = new();
        Fault full = new(FaultKind.DiskFull, FileCall.Create) { Path = "*.sst", TimesMax = long.MaxValue };
        FaultScript script = new(seed: 1);
        StoreOptions options = EngineFixture.Options(host) with { FileSystem = new FaultyFileSystem(disk, script), BallastBytes = 0 };
        StorageEngine engine = StorageEngine.Create("/store", options);
        host.Await(engine.ClaimAsync([First]));
        Assert.True(engine.TryServe(First));
        for (byte round = 0; round < 2; round++)
        {
            host.Await(engine.PutAsync(First, [1], [round]));
            host.Await(engine.FlushAsync());
        }

        script.Add(full);
        Task compaction = host.Begin(() => engine.CompactAsync());
        for (int second = 0; second < 600; second++)
        {
            // The end of a snapshot wakes the workers, as the end of a flush does: neither says that there is room for a merge.
            engine.TakeSnapshot().Dispose();
            host.RunFor(TimeSpan.FromSeconds(1));
        }

        Assert.False(compaction.IsCompleted);
        Assert.InRange(script.Strikes, 5, AttemptsInTenMinutesMax);
        Assert.False(engine.Statistics().IsPoisoned);

        script.Clear();
        host.Await(compaction);
        Assert.Equal(1, engine.Statistics().FileEntries);
        host.Await(engine.DisposeAsync());
    }

    [Fact]
    public void A_compaction_that_has_waited_long_goes_on_as_soon_as_the_disk_has_room()
    {
        SeededJobHost host = new(seed: 1);
        SimulatedFileSystem disk = new();
        StoreOptions options = EngineFixture.Options(host) with { FileSystem = disk, BallastBytes = 0 };
        StorageEngine engine = StorageEngine.Create("/store", options);
        host.Await(engine.ClaimAsync([First]));
        Assert.True(engine.TryServe(First));
        byte[] value = new byte[50_000];
        for (byte round = 0; round < 2; round++)
        {
            new Random(round).NextBytes(value);
            host.Await(engine.PutAsync(First, [round], value));
            host.Await(engine.FlushAsync());
        }

        long capacity = disk.CapacityBytes;
        disk.CapacityBytes = capacity - disk.FreeBytes("/store") + 8192;
        Task compaction = host.Begin(() => engine.CompactAsync());
        host.RunFor(TimeSpan.FromMinutes(2));
        Assert.False(compaction.IsCompleted);

        disk.CapacityBytes = capacity;
        host.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(compaction.IsCompleted);
        Assert.Equal(1, engine.Statistics().FilesByLevel.Sum());
        host.Await(engine.DisposeAsync());
    }
}
