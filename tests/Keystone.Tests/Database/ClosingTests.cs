using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>What a close waits for.</summary>
public sealed class ClosingTests : IDisposable
{
    private static readonly TimeSpan HangsAfter = TimeSpan.FromMinutes(2);

    private readonly DatabaseFixture _fixture = new();
    private readonly FaultScript _script = new(seed: 1);
    private readonly ManualResetEventSlim _released = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _released.Set();
        _fixture.Dispose();
        _released.Dispose();
    }

    [Fact]
    public async Task A_close_ends_maintenance_instead_of_waiting_for_it()
    {
        KeystoneDatabase database = await CreateAsync();
        _script.Add(new Fault(FaultKind.Delay, FileCall.Sync) { Path = "*.log", TimesMax = long.MaxValue });
        Task put = database.PutItemAsync("things", Item.Of(("id", "a")), Test).AsTask();
        await _held.Task.WaitAsync(HangsAfter, Test);

        // The compaction flushes first, which waits for the sync.
        Task<bool> compaction = database.Disk.TryCompactStripeAsync(0, Test).AsTask();
        Task close = database.DisposeAsync().AsTask();
        KeystoneException end = await Assert.ThrowsAsync<KeystoneException>(() => compaction.WaitAsync(HangsAfter, Test));
        Assert.Equal(KeystoneErrorCode.Closed, end.Code);
        _released.Set();
        await put.WaitAsync(HangsAfter, Test);
        await close.WaitAsync(HangsAfter, Test);
    }

    private async Task<KeystoneDatabase> CreateAsync()
    {
        FaultyFileSystem files = new(PosixFileSystem.Instance, _script, _ => Hold());
        KeystoneDatabaseOptions options = DatabaseFixture.Small with
        {
            StripeCount = 1,
            Durability = DatabaseDurability.Synced,
            Store = store => store with { HugePages = false, FileSystem = files },
        };
        KeystoneDatabase database = await KeystoneDatabase.CreateAsync(_fixture.Path, options);
        await database.CreateTableAsync("things", new KeySchema("id"), Test);
        return database;
    }

    private void Hold()
    {
        _held.TrySetResult();
        _released.Wait(CancellationToken.None);
    }
}
