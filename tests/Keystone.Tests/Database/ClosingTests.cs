using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>What a close waits for.</summary>
public sealed class ClosingTests : IDisposable
{
    private static readonly TimeSpan HangsAfter = TimeSpan.FromMinutes(2);

    private readonly HeldSyncs _disk = new();

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task A_close_ends_maintenance_instead_of_waiting_for_it()
    {
        KeystoneDatabase database = await _disk.CreateAsync(CancellationToken.None);
        _disk.Hold();
        Task put = database.PutItemAsync(HeldSyncs.Table, Item.Of(("id", "a")), Test).AsTask();
        await _disk.Held.WaitAsync(HangsAfter, Test);

        // The compaction flushes first, which waits for the sync.
        Task<bool> compaction = database.Disk.TryCompactStripeAsync(0, Test).AsTask();
        Task close = database.DisposeAsync().AsTask();
        KeystoneException end = await Assert.ThrowsAsync<KeystoneException>(() => compaction.WaitAsync(HangsAfter, Test));
        Assert.Equal(KeystoneErrorCode.Closed, end.Code);
        _disk.Release();
        await put.WaitAsync(HangsAfter, Test);
        await close.WaitAsync(HangsAfter, Test);
    }
}
