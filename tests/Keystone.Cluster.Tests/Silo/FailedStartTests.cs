using Keystone.Database;
using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Orleans.Silo.Nodes;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Xunit;

namespace Keystone.Cluster.Tests.Silo;

/// <summary>A silo that cannot take the disk that it has just opened gives it back.</summary>
public sealed class FailedStartTests : IDisposable
{
    private const int Stripes = 8;

    private readonly string _root = Directory.CreateTempSubdirectory("keystone-start-").FullName;
    private readonly FaultScript _script = new(seed: 1);
    private readonly ManualResetEventSlim _released = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        _released.Set();
        Directory.Delete(_root, recursive: true);
        _released.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_disk_that_fails_before_the_silo_has_looked_at_it_is_closed()
    {
        string path = Path.Combine(_root, "data");
        await (await DatabaseDisk.CreateAsync(path, Options())).DisposeAsync();

        // A job dies at once, and the opening that is to heal that is held.
        _script.Add(new Fault(FaultKind.Defect, FileCall.FileExists) { Path = "*BALLAST*" });
        _script.Add(new Fault(FaultKind.Delay, FileCall.Create) { Path = "*IDENTITY.tmp", From = 2 });
        DiskKeeper keeper = await DiskKeeper.OpenAsync(
            path, Options(), DatabaseDisk.OpenAsync, new Nobody());
        await _held.Task.WaitAsync(TestContext.Current.CancellationToken);
        Task<DatabaseDisk> asked = NodeHost.AskAsync(keeper, Stripes, path);
        _released.Set();
        KeystoneException refusal = await Assert.ThrowsAsync<KeystoneException>(() => asked);
        Assert.Equal(KeystoneErrorCode.StripeUnavailable, refusal.Code);
        await (await DatabaseDisk.OpenAsync(path, Options())).DisposeAsync();
    }

    private KeystoneDatabaseOptions Options() => new()
    {
        StripeCount = Stripes,
        WriteBufferBytesMax = 4 << 20,
        SegmentBytes = 2 << 20,
        LogBytesMax = 16 << 20,
        BlockCacheBytes = 1 << 20,
        ReopensPerHourMax = 3,
        Store = store => store with
        {
            HugePages = false,
            FileSystem = new FaultyFileSystem(PosixFileSystem.Instance, _script, _ => Hold()),
        },
    };

    private void Hold()
    {
        _held.TrySetResult();
        _released.Wait(CancellationToken.None);
    }

    private sealed class Nobody : IDiskUser
    {
        public void OnRetired()
        {
        }

        public ValueTask OnOpenedAsync(DatabaseDisk disk) => ValueTask.CompletedTask;

        public void OnGivenUp()
        {
        }
    }
}
