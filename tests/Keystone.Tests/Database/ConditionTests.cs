using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class ConditionTests : IDisposable
{
    private static readonly ItemKey Key = ItemKey.Of("a");

    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task An_item_is_put_only_if_its_condition_holds()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        await FailsAsync(() => PutAsync(database, 1, WriteCondition.ItemExists));
        ItemVersion first = (await PutAsync(database, 1, WriteCondition.ItemAbsent)).Version;
        await FailsAsync(() => PutAsync(database, 2, WriteCondition.ItemAbsent));
        ItemVersion second = (await PutAsync(database, 2, WriteCondition.VersionIs(first))).Version;
        await FailsAsync(() => PutAsync(database, 3, WriteCondition.VersionIs(first)));
        Assert.NotEqual(first, second);
        GetItemResult found = await database.GetItemAsync(new GetItemRequest("things", Key), Cancel);
        Assert.Equal((2, second), ((int)found.Item!.Value["n"].AsNumber(), found.Version));
    }

    [Fact]
    public async Task A_failed_condition_answers_with_the_item_only_if_asked()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        await PutAsync(database, 1);
        PutItemRequest request = new("things", ItemOf(2)) { Condition = WriteCondition.ItemAbsent, ReturnOld = true };
        KeystoneException silent = await FailsAsync(() => database.PutItemAsync(request, Cancel).AsTask());
        Assert.Null(silent.CurrentItem);
        request = request with { ReturnCurrentOnConditionFailure = true };
        KeystoneException telling = await FailsAsync(() => database.PutItemAsync(request, Cancel).AsTask());
        Assert.Equal(ItemOf(1), telling.CurrentItem!.Value.ToItem());
    }

    [Fact]
    public async Task A_delete_tells_whether_there_was_anything()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        DeleteItemRequest request = new("things", Key) { ReturnOld = true };
        Assert.Equal(new DeleteItemResult(), await database.DeleteItemAsync(request, Cancel));
        await FailsAsync(() => database.DeleteItemAsync(request with { Condition = WriteCondition.ItemExists }, Cancel).AsTask());
        ItemVersion version = (await PutAsync(database, 1)).Version;
        await FailsAsync(() => database.DeleteItemAsync(request with { Condition = WriteCondition.ItemAbsent }, Cancel).AsTask());
        DeleteItemResult deleted
            = await database.DeleteItemAsync(request with { Condition = WriteCondition.VersionIs(version) }, Cancel);
        Assert.Equal(ItemOf(1), deleted.OldItem!.Value.ToItem());
        Assert.True(deleted.Version!.Value.Sequence > version.Sequence);
        Assert.Null(await database.GetItemAsync("things", "a", cancellationToken: Cancel));
    }

    [Fact]
    public async Task An_item_written_again_after_a_delete_has_another_version()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        ItemVersion first = (await PutAsync(database, 1)).Version;
        await database.DeleteItemAsync("things", "a", cancellationToken: Cancel);
        await PutAsync(database, 1);
        await FailsAsync(() => PutAsync(database, 2, WriteCondition.VersionIs(first)));
    }

    [Fact]
    public async Task Of_many_writers_that_count_up_by_version_none_is_lost()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        await PutAsync(database, 0);
        const int Writers = 8;
        const int Each = 25;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(
            async () =>
            {
                for (int done = 0; done < Each;)
                {
                    GetItemResult found = await database.GetItemAsync(new GetItemRequest("things", Key), Cancel);
                    try
                    {
                        int next = (int)found.Item!.Value["n"].AsNumber() + 1;
                        await PutAsync(database, next, WriteCondition.VersionIs(found.Version!.Value));
                        done++;
                    }
                    catch (KeystoneException failure) when (failure.Code == KeystoneErrorCode.ConditionalCheckFailed)
                    {
                        // Another writer was first: look again.
                    }
                }
            },
            Cancel)));
        Assert.Equal(ItemOf(Writers * Each), await database.GetItemAsync("things", "a", cancellationToken: Cancel));
    }

    private static Item ItemOf(int n) => Item.Of(("id", "a"), ("n", n));

    private static Task<PutItemResult> PutAsync(KeystoneDatabase database, int n, WriteCondition? condition = null)
        => database.PutItemAsync(new PutItemRequest("things", ItemOf(n)) { Condition = condition }, Cancel).AsTask();

    private static async Task<KeystoneException> FailsAsync(Func<Task> call)
    {
        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(call);
        Assert.Equal(KeystoneErrorCode.ConditionalCheckFailed, failure.Code);
        return failure;
    }

    private async Task<KeystoneDatabase> WithTableAsync()
    {
        KeystoneDatabase database = _fixture.Create();
        await database.CreateTableAsync("things", new KeySchema("id"), Cancel);
        return database;
    }
}
