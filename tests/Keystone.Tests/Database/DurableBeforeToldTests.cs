using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Storage.Files;
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

    private readonly DatabaseFixture _fixture = new();
    private readonly FaultScript _script = new(seed: 1);
    private readonly ManualResetEventSlim _released = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _released.Set();
        _fixture.Dispose();
        _released.Dispose();
    }

    [Fact(Timeout = HangMilliseconds)]
    public async Task What_was_derived_from_a_write_waits_for_the_sync_of_that_write()
    {
        await using KeystoneDatabase database = await CreateAsync();
        await database.PutItemAsync("things", ItemOf("there", 1), Cancel);
        HoldSyncs();
        Task<PutItemResult> put = database.PutItemAsync("things", ItemOf("new", 1), Cancel).AsTask();
        Task<DeleteItemResult> delete = database.DeleteItemAsync("things", "there", cancellationToken: Cancel).AsTask();
        await _held.Task.WaitAsync(TestContext.Current.CancellationToken);

        // Decided under the writer, on what no reader sees yet.
        Task<PutItemResult> failed = database.PutItemAsync(
            new PutItemRequest("things", ItemOf("new", 2))
            {
                Condition = WriteCondition.ItemAbsent,
                ReturnCurrentOnConditionFailure = true,
            },
            Cancel).AsTask();
        Task<DeleteItemResult> nothingLeft = database.DeleteItemAsync("things", "there", cancellationToken: Cancel).AsTask();
        Task<PutItemResult> replaced = database.PutItemAsync(
            new PutItemRequest("things", ItemOf("new", 3)) { ReturnOld = true }, Cancel).AsTask();
        Assert.Null(await database.GetItemAsync("things", "new", cancellationToken: Cancel));
        Assert.NotNull(await database.GetItemAsync("things", "there", cancellationToken: Cancel));
        Task[] all = [put, delete, failed, nothingLeft, replaced];
        Assert.All(all, answer => Assert.False(answer.IsCompleted));

        _released.Set();
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
        await using KeystoneDatabase database = await CreateAsync();
        HoldSyncs();
        Task create = database.CreateTableAsync("more", new KeySchema("id"), Cancel).AsTask();
        await _held.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(create.IsCompleted);
        Assert.Equal(2, (await database.ListTablesAsync(new ListTablesRequest(), Cancel)).TableNames.Count);
        KeystoneException unknown = await Assert.ThrowsAsync<KeystoneException>(
            () => database.PutItemAsync("more", ItemOf("a", 1), Cancel).AsTask());
        Assert.Equal(KeystoneErrorCode.ResourceNotFound, unknown.Code);
        _released.Set();
        await create;
        await database.PutItemAsync("more", ItemOf("a", 1), Cancel);
    }

    [Fact(Timeout = HangMilliseconds)]
    public async Task A_table_whose_log_write_failed_may_be_there_or_not_and_later_ones_are_surely_not()
    {
        await using KeystoneDatabase database = await CreateAsync();
        _script.Add(new Fault(FaultKind.Io, FileCall.Sync) { Path = "*.log" });
        Assert.Equal(KeystoneErrorCode.OutcomeUnknown, (await CreateFailsAsync("more")).Code);
        Assert.Equal(KeystoneErrorCode.Poisoned, (await CreateFailsAsync("others")).Code);

        Task<KeystoneException> CreateFailsAsync(string name) => Assert.ThrowsAsync<KeystoneException>(
            () => database.CreateTableAsync(name, new KeySchema("id"), TestContext.Current.CancellationToken).AsTask());
    }

    private static Item ItemOf(string id, int n) => Item.Of(("id", id), ("n", n));

    private void HoldSyncs()
        => _script.Add(new Fault(FaultKind.Delay, FileCall.Sync) { Path = "*.log", TimesMax = long.MaxValue });

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
        await database.CreateTableAsync("things", new KeySchema("id"), Cancel);
        return database;
    }

    private void Hold()
    {
        _held.TrySetResult();
        _released.Wait(Cancel);
    }
}
