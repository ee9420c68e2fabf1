using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Xunit;

namespace Keystone.Tests.Storage.Files;

/// <summary>A sync of a directory that fails may take the names of others with it, so it is the last of its store.</summary>
public sealed class StoreFilesTests
{
    private readonly SimulatedFileSystem _disk = new();
    private readonly FaultScript _script = new(seed: 1);
    private readonly StoreFiles _files;

    public StoreFilesTests()
    {
        _disk.AddDirectory("/store");
        _files = new StoreFiles(new FaultyFileSystem(_disk, _script), "/store");
    }

    [Theory]
    [InlineData(FaultKind.Io)]
    [InlineData(FaultKind.LostSync)]
    public void After_a_failed_sync_of_a_directory_none_succeeds(FaultKind fault)
    {
        _script.Add(new Fault(fault, FileCall.SyncDirectory));
        _files.Create("/store/a").Dispose();
        Assert.Throws<StoreException>(() => _files.SyncDirectory("/store"));
        Assert.Equal(StoreErrorCode.Io, Assert.Throws<StoreException>(() => _files.SyncDirectory("/store")).Code);
    }

    [Fact]
    public void A_failed_sync_of_another_directory_concerns_nobody()
    {
        _script.Add(new Fault(FaultKind.Io, FileCall.SyncDirectory) { Path = "/" });
        Assert.Throws<StoreException>(() => _files.SyncDirectory("/"));
        _files.SyncDirectory("/store");
        _files.SyncDirectory("/");
    }

    [Theory]
    [InlineData(FaultKind.DiskFull)]
    [InlineData(FaultKind.TooManyOpenFiles)]
    public void A_sync_of_a_directory_that_lacked_something_is_made_again(FaultKind fault)
    {
        _script.Add(new Fault(fault, FileCall.SyncDirectory));
        _files.Create("/store/a").Dispose();
        Assert.Throws<StoreException>(() => _files.SyncDirectory("/store"));
        _files.SyncDirectory("/store");
        Assert.True(_disk.AfterCrash(CrashMode.DropAll, seed: 1).FileExists("/store/a"));
    }
}
