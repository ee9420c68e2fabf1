using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class ConditionExpressionTests : IDisposable
{
    private const string Failed = "The conditional request failed";

    private static readonly ItemKey Key = ItemKey.Of("a");
    private static readonly Dictionary<string, AttributeValue> One = new() { [":one"] = 1 };

    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task An_item_is_put_only_if_the_expression_holds_for_what_is_there()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        PutItemRequest first = new("things", ItemOf(1)) { ConditionExpression = "attribute_not_exists(id)" };
        await database.PutItemAsync(first, Cancel);
        KeystoneException silent = await FailsAsync(database.PutItemAsync(first, Cancel).AsTask());
        Assert.Null(silent.CurrentItem);

        PutItemRequest second = new("things", ItemOf(2))
        {
            ConditionExpression = "#n = :one",
            ExpressionAttributeNames = new Dictionary<string, string> { ["#n"] = "n" },
            ExpressionAttributeValues = One,
            ReturnOld = true,
            ReturnCurrentOnConditionFailure = true,
        };
        Assert.Equal(ItemOf(1), (await database.PutItemAsync(second, Cancel)).OldItem!.Value.ToItem());
        KeystoneException telling = await FailsAsync(database.PutItemAsync(second, Cancel).AsTask());
        Assert.Equal(ItemOf(2), telling.CurrentItem!.Value.ToItem());
    }

    [Fact]
    public async Task A_delete_without_an_item_fails_a_condition_that_needs_one()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        DeleteItemRequest delete = new("things", Key)
        {
            ConditionExpression = "n >= :one",
            ExpressionAttributeValues = One,
            ReturnOld = true,
            ReturnCurrentOnConditionFailure = true,
        };
        Assert.Null((await FailsAsync(database.DeleteItemAsync(delete, Cancel).AsTask())).CurrentItem);
        await database.PutItemAsync("things", ItemOf(0), Cancel);
        Assert.Equal(ItemOf(0), (await FailsAsync(database.DeleteItemAsync(delete, Cancel).AsTask())).CurrentItem!.Value.ToItem());
        await database.PutItemAsync("things", ItemOf(1), Cancel);
        Assert.Equal(ItemOf(1), (await database.DeleteItemAsync(delete, Cancel)).OldItem!.Value.ToItem());
        Assert.Null(await database.GetItemAsync("things", "a", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_condition_and_an_update_share_their_placeholders()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        await database.PutItemAsync("things", ItemOf(2), Cancel);
        UpdateItemRequest take = new("things", Key)
        {
            UpdateExpression = "SET n = n - :one",
            ConditionExpression = "n >= :one",
            ExpressionAttributeValues = One,
            ReturnCurrentOnConditionFailure = true,
        };
        await database.UpdateItemAsync(take, Cancel);
        await database.UpdateItemAsync(take, Cancel);
        Assert.Equal(ItemOf(0), (await FailsAsync(database.UpdateItemAsync(take, Cancel).AsTask())).CurrentItem!.Value.ToItem());
        Assert.Equal(ItemOf(0), await database.GetItemAsync("things", "a", cancellationToken: Cancel));
    }

    [Fact]
    public async Task What_an_expression_says_is_refused_before_the_table_is_looked_for()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        PutItemRequest request = new("no-such-table", ItemOf(1)) { ConditionExpression = "n = :one" };
        await RefusedAsync(
            () => database.PutItemAsync(request, Cancel).AsTask(),
            "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :one");
        await RefusedAsync(
            () => database.PutItemAsync(request with { ConditionExpression = null, ExpressionAttributeValues = One }, Cancel).AsTask(),
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null");
        UpdateItemRequest bare = new("no-such-table", Key) { ExpressionAttributeValues = One };
        await RefusedAsync(
            () => database.UpdateItemAsync(bare, Cancel).AsTask(),
            "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null");
    }

    [Fact]
    public async Task A_write_has_a_condition_of_one_kind()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        PutItemRequest both = new("things", ItemOf(1))
        {
            Condition = WriteCondition.ItemAbsent,
            ConditionExpression = "attribute_not_exists(id)",
        };
        await RefusedAsync(
            () => database.PutItemAsync(both, Cancel).AsTask(),
            "A write has a Condition or a ConditionExpression, not both: leave one of them out");
    }

    private static Item ItemOf(int n) => Item.Of(("id", "a"), ("n", n));

    private static async Task<KeystoneException> FailsAsync(Task call)
    {
        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(() => call);
        Assert.Equal((KeystoneErrorCode.ConditionalCheckFailed, Failed), (failure.Code, failure.Message));
        return failure;
    }

    private static async Task RefusedAsync(Func<Task> call, string message)
    {
        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(call);
        Assert.Equal((KeystoneErrorCode.ValidationFailed, message), (failure.Code, failure.Message));
    }

    private async Task<KeystoneDatabase> WithTableAsync()
    {
        KeystoneDatabase database = _fixture.Create();
        await database.CreateTableAsync("things", new KeySchema("id"), Cancel);
        return database;
    }
}
