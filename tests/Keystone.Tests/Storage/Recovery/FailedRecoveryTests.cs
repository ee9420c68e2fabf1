using System.Text;
using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Tests.Storage.Engine;
using Xunit;

namespace Keystone.Tests.Storage.Recovery;

/// <summary>Openings that fail half way: what they leave on the disk for those that come after them.</summary>
public sealed class FailedRecoveryTests
{
    private const string Store = "/store";

    [Fact]
    public async Task The_manifest_that_an_opening_reads_survives_a_power_loss_before_the_log_is_written_though_its_rename_was_lost()
    {
        await using ThreadJobHost host = new();
        SimulatedFileSystem written = await WriteAsync(host, rounds: 3);
        int doubts = 0;
        bool isUnharmed = false;
        for (int call = 1; !isUnharmed; call++)
        {
            SimulatedFileSystem disk = written.Clone();
            string before = CurrentOf(disk);
            FaultScript script = new(seed: 1, new Fault(FaultKind.LostSync, FileCall.SyncDirectory) { From = call });
            FaultyFileSystem faulty = new(disk, script);
            isUnharmed = await OpensAsync(faulty, host);
            string read = CurrentOf(disk);
            if (!isUnharmed)
            {
                doubts += read == before ? 0 : 1;
                script.Add(new Fault(FaultKind.Io, FileCall.Write) { Path = "*.log" });
                Assert.False(await OpensAsync(faulty, host));
                SimulatedFileSystem after = disk.Crash(CrashMode.DropAll, seed: call);
                Assert.Equal(read, CurrentOf(after));
                Assert.True(await OpensAsync(after, host));
            }
        }

        Assert.Equal(1, doubts);
    }

    [Fact]
    public async Task An_opening_that_fails_for_want_of_room_gives_back_what_it_took()
    {
        await using ThreadJobHost host = new();
        SimulatedFileSystem disk = await WriteAsync(host, rounds: 60);
        IReadOnlyList<string> names = disk.List(Store);
        long usedBytes = disk.CapacityBytes - disk.FreeBytes(Store);
        int refusals = 0;
        for (long roomBytes = 8192; !await OpensAsync(Cramped(disk, usedBytes + roomBytes), host); roomBytes += 128 << 10)
        {
            Assert.Equal(names, disk.List(Store));
            Assert.Equal(roomBytes, disk.FreeBytes(Store));
            refusals++;
        }

        Assert.True(refusals > 3, $"only {refusals} openings met a full disk");
    }

    [Fact]
    public async Task An_opening_that_fails_for_want_of_room_tells_that_though_nothing_can_be_removed()
    {
        await using ThreadJobHost host = new();
        SimulatedFileSystem disk = await WriteAsync(host, rounds: 60);
        disk.CapacityBytes = disk.CapacityBytes - disk.FreeBytes(Store) + 8192;
        FaultScript script = new(seed: 1, new Fault(FaultKind.Io, FileCall.Unlink) { TimesMax = long.MaxValue });
        StoreException refusal = Assert.Throws<StoreException>(
            () => StorageEngine.Open(Store, OptionsOn(new FaultyFileSystem(disk, script), host)));
        Assert.True(script.Strikes > 0, "nothing was to be removed");
        Assert.Equal(StoreErrorCode.DiskFull, refusal.Code);
    }

    private static SimulatedFileSystem Cramped(SimulatedFileSystem disk, long capacityBytes)
    {
        disk.CapacityBytes = capacityBytes;
        return disk;
    }

    /// <summary>Opens a store and closes it; false if the disk did not let it.</summary>
    private static async Task<bool> OpensAsync(IFileSystem disk, ThreadJobHost host)
    {
        try
        {
            await using StorageEngine engine = StorageEngine.Open(Store, OptionsOn(disk, host));
            return true;
        }
        catch (StoreException failure) when (failure.Code is StoreErrorCode.Io or StoreErrorCode.DiskFull)
        {
            return false;
        }
    }

    /// <summary>A closed store whose log holds more than the write buffers of the next opening.</summary>
    private static async Task<SimulatedFileSystem> WriteAsync(ThreadJobHost host, int rounds)
    {
        SimulatedFileSystem disk = new();
        StoreOptions roomy = OptionsOn(disk, host) with { WriteBufferBytesMax = 64 << 20 };
        await using StorageEngine engine = StorageEngine.Create(Store, roomy);
        await engine.ClaimAsync(Enumerable.Range(0, EngineFixture.Stripes).Select(s => new StripeClaim(s, 1)));
        EngineFixture.Serve(engine);
        byte[] value = new byte[2000];
        for (int round = 0; round < rounds; round++)
        {
            WriteBatch batch = new();
            for (int stripe = 0; stripe < EngineFixture.Stripes; stripe++)
            {
                new Random(round).NextBytes(value);
                batch.Put(new StripeClaim(stripe, 1), [(byte)round], value);
            }

            await engine.WriteAsync(batch, WriteDurability.Synced);
        }

        return disk;
    }

    private static string CurrentOf(SimulatedFileSystem disk) => Encoding.ASCII.GetString(disk.ReadAll($"{Store}/CURRENT"));

    private static StoreOptions OptionsOn(IFileSystem disk, ThreadJobHost host) => EngineFixture.Options(host) with
    {
        FileSystem = disk,
        WriteBufferBytesMax = 64 << 10,
        LogBytesMax = 64 << 20,
        BallastBytes = 0,
    };
}
