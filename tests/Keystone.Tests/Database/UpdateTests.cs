using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class UpdateTests : IDisposable
{
    private static readonly ItemKey Key = ItemKey.Of("a");

    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task An_update_changes_what_it_names_and_keeps_the_rest()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        PutItemResult put = await database.PutItemAsync("things", Item.Of(("id", "a"), ("n", 1), ("note", "x"), ("kept", "k")), Cancel);
        UpdateItemResult done = await UpdateAsync(database, "SET n = n + :one REMOVE note");
        Assert.True(done.Version.Sequence > put.Version.Sequence);
        Assert.Null(done.Attributes);
        GetItemResult found = await database.GetItemAsync(new GetItemRequest("things", Key), Cancel);
        Assert.Equal(Item.Of(("id", "a"), ("n", 2), ("kept", "k")), found.Item!.Value.ToItem());
        Assert.Equal(done.Version, found.Version);
    }

    [Fact]
    public async Task An_update_of_what_is_not_there_makes_it_of_its_key()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        await UpdateAsync(database, "SET n = if_not_exists(n, :one)");
        Assert.Equal(ItemOf(1), await StoredAsync(database));
        UpdateItemRequest bare = new("things", ItemKey.Of("b")) { ReturnValues = ReturnValues.AllNew };
        Assert.Equal(Item.Of(("id", "b")), (await database.UpdateItemAsync(bare, Cancel)).Attributes!.Value.ToItem());
    }

    [Fact]
    public async Task Each_kind_of_return_values_answers_what_it_names()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        Item before = Item.Of(("id", "a"), ("n", 1), ("note", "x"));
        Item after = Item.Of(("id", "a"), ("n", 2), ("note", "x"));
        (ReturnValues Asked, Item? Answer)[] kinds =
        [
            (ReturnValues.None, null),
            (ReturnValues.AllOld, before),
            (ReturnValues.AllNew, after),
            (ReturnValues.UpdatedOld, Item.Of(("n", 1))),
            (ReturnValues.UpdatedNew, Item.Of(("n", 2))),
        ];
        foreach ((ReturnValues asked, Item? answer) in kinds)
        {
            await database.PutItemAsync("things", before, Cancel);
            Assert.Equal(answer, (await UpdateAsync(database, "SET n = n + :one", asked)).Attributes?.ToItem());
        }
    }

    [Fact]
    public async Task Nothing_is_answered_where_there_is_nothing_of_what_was_asked_for()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        Assert.Null((await UpdateAsync(database, "SET n = :one", ReturnValues.AllOld)).Attributes);
        await database.DeleteItemAsync("things", "a", cancellationToken: Cancel);
        Assert.Null((await UpdateAsync(database, "SET n = :one", ReturnValues.UpdatedOld)).Attributes);
        UpdateItemRequest remove = new("things", Key) { UpdateExpression = "REMOVE n", ReturnValues = ReturnValues.UpdatedNew };
        Assert.Null((await database.UpdateItemAsync(remove, Cancel)).Attributes);
    }

    [Theory]
    [InlineData(
        "SET id = :one",
        "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key")]
    [InlineData(
        "SET id.x = :one",
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: id")]
    [InlineData("SET n = nowhere + :one", "The provided expression refers to an attribute that does not exist in the item")]
    [InlineData("SET n = note + :one", "An operand in the update expression has an incorrect data type")]
    [InlineData("SET", "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"SET\"")]
    [InlineData("REMOVE n", "Value provided in ExpressionAttributeValues unused in expressions: keys: {:one}")]
    public async Task An_update_that_cannot_be_is_refused_and_changes_nothing(string update, string message)
    {
        await using KeystoneDatabase database = await WithTableAsync();
        Item before = Item.Of(("id", "a"), ("n", 1), ("note", "x"));
        await database.PutItemAsync("things", before, Cancel);
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(() => UpdateAsync(database, update));
        Assert.Equal((KeystoneErrorCode.ValidationFailed, message), (refused.Code, refused.Message));
        Assert.Equal(before, await StoredAsync(database));
    }

    [Fact]
    public async Task An_item_does_not_grow_beyond_the_limit_by_an_update()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        await database.PutItemAsync("things", Item.Of(("id", "a"), ("big", new string('x', 300 * 1024))), Cancel);
        UpdateItemRequest grow = new("things", Key)
        {
            UpdateExpression = "SET more = :more",
            ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":more"] = new string('y', 110 * 1024) },
        };
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(() => database.UpdateItemAsync(grow, Cancel).AsTask());
        Assert.Equal(
            (KeystoneErrorCode.ValidationFailed, "Item size to update has exceeded the maximum allowed size"),
            (refused.Code, refused.Message));
        Assert.Null((await StoredAsync(database))!.Find("more"));
    }

    [Fact]
    public async Task Of_many_updates_that_count_up_none_is_lost()
    {
        await using KeystoneDatabase database = await WithTableAsync();
        const int Writers = 8;
        const int Each = 25;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(
            async () =>
            {
                for (int done = 0; done < Each; done++)
                {
                    await UpdateAsync(database, "ADD n :one");
                }
            },
            Cancel)));
        Assert.Equal(ItemOf(Writers * Each), await StoredAsync(database));
    }

    [Fact]
    public async Task An_update_that_was_answered_is_there_after_the_database_was_opened_again()
    {
        await using (KeystoneDatabase database = await WithTableAsync())
        {
            await UpdateAsync(database, "ADD n :one");
            await UpdateAsync(database, "ADD n :one");
        }

        await using KeystoneDatabase again = _fixture.Open();
        Assert.Equal(ItemOf(2), await StoredAsync(again));
    }

    private static Item ItemOf(int n) => Item.Of(("id", "a"), ("n", n));

    private static async Task<Item?> StoredAsync(KeystoneDatabase database)
        => await database.GetItemAsync("things", "a", cancellationToken: Cancel);

    private static async Task<UpdateItemResult> UpdateAsync(
        KeystoneDatabase database, string update, ReturnValues asked = ReturnValues.None)
    {
        UpdateItemRequest request = new("things", Key)
        {
            UpdateExpression = update,
            ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":one"] = 1 },
            ReturnValues = asked,
        };
        return await database.UpdateItemAsync(request, Cancel);
    }

    private async Task<KeystoneDatabase> WithTableAsync()
    {
        KeystoneDatabase database = _fixture.Create();
        await database.CreateTableAsync("things", new KeySchema("id"), Cancel);
        return database;
    }
}
