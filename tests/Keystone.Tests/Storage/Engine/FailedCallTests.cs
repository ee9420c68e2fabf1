using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Sst;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>A call that fails takes nothing else with it: no handle, no memory, nothing that is acknowledged later.</summary>
public sealed class FailedCallTests
{
    private static readonly StripeClaim First = new(0, 1);

    private readonly SeededJobHost _host = new(seed: 1);
    private readonly SimulatedFileSystem _disk = new();
    private readonly FaultScript _script = new(seed: 1);

    [Fact]
    public void A_creation_that_is_tried_again_makes_the_name_of_the_store_durable()
    {
        _script.Add(new Fault(FaultKind.Io, FileCall.SyncDirectory));
        Assert.Throws<StoreException>(Create);
        StorageEngine engine = Create();
        _host.Await(engine.DisposeAsync());
        Assert.True(_disk.AfterCrash(CrashMode.DropAll, seed: 1).FileExists("/store/IDENTITY"));
    }

    [Theory]
    [InlineData(FileCall.Write)]
    [InlineData(FileCall.Sync)]
    [InlineData(FileCall.SyncDirectory)]
    [InlineData(FileCall.Create)]
    public void A_creation_that_fails_at_any_call_closes_every_file(FileCall call)
    {
        int number = 0;
        do
        {
            _script.Clear();
            _script.Add(new Fault(FaultKind.Io, call) { From = ++number });
            SimulatedFileSystem disk = new();
            try
            {
                _host.Await(StorageEngine.Create("/store", OptionsOn(disk)).DisposeAsync());
            }
            catch (StoreException failure)
            {
                Assert.Equal((number, StoreErrorCode.Io), (number, failure.Code));
            }

            Assert.Equal((number, 0), (number, disk.OpenHandles));
        }
        while (_script.Strikes == number);
        Assert.InRange(number, 4, 100);
    }

    [Fact]
    public void A_table_that_cannot_be_removed_gives_back_its_memory_without_an_error()
    {
        _disk.AddDirectory("/store");
        _script.Add(new Fault(FaultKind.Io, FileCall.Unlink));
        MemoryAccount account = new("test");
        new SstWriter(new FaultyFileSystem(_disk, _script), "/store", 1, 1, new SstBuilder(new SstOptions(), account)).Dispose();
        Assert.Equal((1L, 0L, 0), (_script.Strikes, account.Bytes, _disk.OpenHandles));
    }

    [Fact]
    public void A_segment_that_does_not_tell_its_length_is_closed()
    {
        StorageEngine engine = Create();
        _host.Await(engine.ClaimAsync([First]));
        Assert.True(engine.TryServe(First));
        byte[] value = new byte[1000];
        for (int i = 0; i < 60; i++)
        {
            _host.Await(engine.PutAsync(First, BitConverter.GetBytes(i), value));
        }

        _script.Add(new Fault(FaultKind.Io, FileCall.Length) { Path = "*.log" });
        Task flush = engine.FlushAsync();
        _host.RunUntil(() => _script.Strikes == 1 && flush.IsCompleted);
        _host.RunUntilIdle();
        Assert.True(engine.Statistics().IsPoisoned);
        _host.Await(engine.DisposeAsync());
        Assert.Equal(0, _disk.OpenHandles);
    }

    private StorageEngine Create() => StorageEngine.Create("/store", OptionsOn(_disk));

    private StoreOptions OptionsOn(SimulatedFileSystem disk) => EngineFixture.Options(_host) with
    {
        FileSystem = new FaultyFileSystem(disk, _script),
        StripeCount = 1,
        SegmentBytes = 16 << 10,
        LogBytesMax = 1 << 20,
    };
}
