using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>
/// A new manifest needs room. Without it the store stalls what waits for the manifest and goes on by itself when there is room again;
/// what was half made is gone.
/// </summary>
public sealed class ManifestRollTests
{
    private static readonly StripeClaim First = new(0, 1);

    private readonly SeededJobHost _host = new(seed: 1);
    private readonly SimulatedFileSystem _disk = new();

    /// <summary>Holds the first roll back, so that faults of the disk behind it meet nothing but a new manifest.</summary>
    private readonly FaultScript _gate = new(seed: 1);

    private readonly FaultScript _script = new(seed: 2);
    private int _count;

    [Theory]
    [InlineData(FileCall.Create, "*MANIFEST*")]
    [InlineData(FileCall.Write, "*MANIFEST*")]
    [InlineData(FileCall.Sync, "*MANIFEST*")]
    [InlineData(FileCall.Create, "*CURRENT.tmp")]
    [InlineData(FileCall.Write, "*CURRENT.tmp")]
    [InlineData(FileCall.Sync, "*CURRENT.tmp")]
    [InlineData(FileCall.Rename, "*CURRENT")]
    public void A_roll_that_meets_a_full_disk_is_made_again_when_there_is_room(FileCall call, string path)
    {
        StorageEngine engine = Create();
        Task waiting = FlushUntilRoll(engine);
        _script.Add(new Fault(FaultKind.DiskFull, call) { Path = path, TimesMax = long.MaxValue });
        _gate.Clear();
        _host.RunUntil(() => _script.Strikes >= 3);
        _host.RunUntilIdle();
        Assert.False(engine.Statistics().IsPoisoned);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(1, Manifests());
        Assert.False(_disk.FileExists("/store/CURRENT.tmp"));
        Put(engine);

        _script.Clear();
        _host.Await(waiting);
        Put(engine);
        _host.Await(engine.FlushAsync());
        Assert.False(engine.Statistics().IsPoisoned);
        Assert.Equal(1, Manifests());
        _host.Await(engine.DisposeAsync());
        RequireAll();
    }

    [Fact]
    public void A_store_closes_while_a_full_disk_gives_no_manifest()
    {
        StorageEngine engine = Create();
        Task waiting = FlushUntilRoll(engine);
        _host.Await(engine.DisposeAsync());
        StoreException end = Assert.Throws<StoreException>(() => _host.Await(waiting));
        Assert.True(end.Code is StoreErrorCode.Poisoned or StoreErrorCode.Closed, end.Message);
        Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));
        Assert.Equal(0, _disk.OpenHandles);
        _gate.Clear();
        RequireAll();
    }

    [Fact]
    public void A_directory_that_cannot_be_synced_after_the_rename_poisons_and_leaves_both_manifests()
    {
        StorageEngine engine = Create();
        Task waiting = FlushUntilRoll(engine);
        _script.Add(new Fault(FaultKind.DiskFull, FileCall.SyncDirectory) { From = 2, TimesMax = long.MaxValue });
        _gate.Clear();
        StoreException end = Assert.Throws<StoreException>(() => _host.Await(waiting));
        Assert.Equal(StoreErrorCode.Poisoned, end.Code);
        Assert.Equal(2, Manifests());
        _host.Await(engine.DisposeAsync());
        _script.Clear();
        RequireAll();
    }

    /// <summary>Writes and flushes until the manifest is full. The flush whose record needs a new one is returned, and waits.</summary>
    private Task FlushUntilRoll(StorageEngine engine)
    {
        _gate.Add(new Fault(FaultKind.DiskFull, FileCall.Create) { Path = "*MANIFEST*", TimesMax = long.MaxValue });
        while (true)
        {
            Put(engine);
            Task flush = engine.FlushAsync();
            _host.RunUntil(() => flush.IsCompleted || _gate.Strikes > 0);
            if (_gate.Strikes > 0)
            {
                return flush;
            }
        }
    }

    private void Put(StorageEngine engine)
        => Assert.Equal(WriteStatus.Committed, _host.Await(engine.PutAsync(First, BitConverter.GetBytes(_count++), "value"u8)).Status);

    private int Manifests() => _disk.List("/store").Count(name => name.StartsWith("MANIFEST", StringComparison.Ordinal));

    private void RequireAll()
    {
        StorageEngine again = StorageEngine.Open("/store", Options());
        Assert.True(again.TryServe(First));
        for (int i = 0; i < _count; i++)
        {
            Assert.Equal(ReadStatus.Found, again.Get(First, BitConverter.GetBytes(i), new byte[8]).Status);
        }

        _host.Await(again.DisposeAsync());
    }

    private StorageEngine Create()
    {
        StorageEngine engine = StorageEngine.Create("/store", Options());
        _host.Await(engine.ClaimAsync([First]));
        Assert.True(engine.TryServe(First));
        return engine;
    }

    private StoreOptions Options() => EngineFixture.Options(_host) with
    {
        FileSystem = new FaultyFileSystem(new FaultyFileSystem(_disk, _script), _gate),
        ManifestBytesMin = 4 << 10,
    };
}
