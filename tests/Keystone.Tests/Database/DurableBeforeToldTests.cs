using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>
/// Nothing is told before what it was derived from is durable. The syncs of the log are held; an answer that comes meanwhile would be
/// wrong after the loss of power.
/// </summary>
public sealed class DurableBeforeToldTests : IDisposable
{
    /// <summary>Makes a failure of a wait without end; no wait that ends comes near it.</summary>
    private const int HangMilliseconds = 60_000;

    private readonly HeldSyncs _disk = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _disk.Dispose();

    [Fact(Timeout = HangMilliseconds)]
    public async Task What_was_derived_from_a_write_waits_for_the_sync_of_that_write()
    {
        await using KeystoneDatabase database = await _disk.CreateAsync(Cancel);
        await database.PutItemAsync(HeldSyncs.Table, ItemOf("there", 1), Cancel);
        _disk.Hold();
        Task<PutItemResult> put = database.PutItemAsync(HeldSyncs.Table, ItemOf("new", 1), Cancel).AsTask();
        Task<DeleteItemResult> delete = database.DeleteItemAsync(HeldSyncs.Table, "there", cancellationToken: Cancel).AsTask();
        await _disk.Held.WaitAsync(TestContext.Current.CancellationToken);

        // Decided under the writer, on what no reader sees yet.
        Task<PutItemResult> failed = database.PutItemAsync(
            new PutItemRequest(HeldSyncs.Table, ItemOf("new", 2))
            {
                Condition = WriteCondition.ItemAbsent,
                ReturnCurrentOnConditionFailure = true,
            },
            Cancel).AsTask();
        Task<DeleteItemResult> nothingLeft = database.DeleteItemAsync(HeldSyncs.Table, "there", cancellationToken: Cancel).AsTask();
        Task<PutItemResult> replaced = database.PutItemAsync(
            new PutItemRequest(HeldSyncs.Table, ItemOf("new", 3)) { ReturnOld = true }, Cancel).AsTask();
        Assert.Null(await database.GetItemAsync(HeldSyncs.Table, "new", cancellationToken: Cancel));
        Assert.NotNull(await database.GetItemAsync(HeldSyncs.Table, "there", cancellationToken: Cancel));
        Task[] all = [put, delete, failed, nothingLeft, replaced];
        Assert.All(all, answer => Assert.False(answer.IsCompleted));

        _disk.Release();
        KeystoneException refusal = await Assert.ThrowsAsync<KeystoneException>(() => failed);
        Assert.Equal(KeystoneErrorCode.ConditionalCheckFailed, refusal.Code);
        Assert.Equal(ItemOf("new", 1), refusal.CurrentItem!.Value.ToItem());
        Assert.NotNull((await delete).Version);
        Assert.Null((await nothingLeft).Version);
        Assert.Equal(ItemOf("new", 1), (await replaced).OldItem!.Value.ToItem());
        await put;
    }

    [Fact(Timeout = HangMilliseconds)]
    public async Task A_table_is_shown_when_it_is_durable_and_not_before()
    {
        await using KeystoneDatabase database = await _disk.CreateAsync(Cancel);
        _disk.Hold();
        Task create = database.CreateTableAsync("more", new KeySchema("id"), Cancel).AsTask();
        await _disk.Held.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(create.IsCompleted);
        Assert.Equal(2, (await database.ListTablesAsync(new ListTablesRequest(), Cancel)).TableNames.Count);
        KeystoneException unknown = await Assert.ThrowsAsync<KeystoneException>(
            () => database.PutItemAsync("more", ItemOf("a", 1), Cancel).AsTask());
        Assert.Equal(KeystoneErrorCode.ResourceNotFound, unknown.Code);
        _disk.Release();
        await create;
        await database.PutItemAsync("more", ItemOf("a", 1), Cancel);
    }

    [Fact(Timeout = HangMilliseconds)]
    public async Task A_table_whose_log_write_failed_may_be_there_or_not_and_later_ones_are_surely_not()
    {
        await using KeystoneDatabase database = await _disk.CreateAsync(Cancel);
        _disk.Script.Add(new Fault(FaultKind.Io, FileCall.Sync) { Path = "*.log" });
        Assert.Equal(KeystoneErrorCode.OutcomeUnknown, (await CreateFailsAsync("more")).Code);
        Assert.Equal(KeystoneErrorCode.Poisoned, (await CreateFailsAsync("others")).Code);

        Task<KeystoneException> CreateFailsAsync(string name) => Assert.ThrowsAsync<KeystoneException>(
            () => database.CreateTableAsync(name, new KeySchema("id"), TestContext.Current.CancellationToken).AsTask());
    }

    private static Item ItemOf(string id, int n) => Item.Of(("id", id), ("n", n));
}
