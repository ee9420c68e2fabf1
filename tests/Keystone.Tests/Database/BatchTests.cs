using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class BatchTests : IDisposable
{
    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Items_of_several_tables_are_written_and_read_in_one_call()
    {
        await using KeystoneDatabase database = await WithTablesAsync();
        BatchWrite[] writes =
        [
            .. Enumerable.Range(0, 12).Select(i => BatchWrite.Put("one", ItemOf(i))),
            .. Enumerable.Range(0, 12).Select(i => BatchWrite.Put("two", ItemOf(i))),
        ];
        Assert.Empty((await database.BatchWriteItemsAsync(new BatchWriteItemsRequest(writes), Cancel)).UnprocessedWrites);
        BatchWrite[] deletes = [BatchWrite.Delete("one", KeyOf(3)), BatchWrite.Delete("two", KeyOf(99))];
        await database.BatchWriteItemsAsync(new BatchWriteItemsRequest(deletes), Cancel);
        BatchGetKey[] keys = [new("two", KeyOf(3)), new("one", KeyOf(3)), new("one", KeyOf(4))];
        BatchGetItemsResult found = await database.BatchGetItemsAsync(new BatchGetItemsRequest(keys), Cancel);
        Assert.Equal([ItemOf(3), null, ItemOf(4)], found.Items.Select(item => item?.ToItem()));
        Assert.Empty(found.UnprocessedKeys);
    }

    [Fact]
    public async Task Of_each_table_the_attributes_are_answered_that_its_projection_names()
    {
        await using KeystoneDatabase database = await WithTablesAsync();
        foreach (string table in (string[])["one", "two"])
        {
            await database.PutItemAsync(table, ItemOf(1).With("name", table).With("more", 5), Cancel);
        }

        BatchGetKey[] keys = [new("two", KeyOf(1)), new("one", KeyOf(1)), new("one", KeyOf(2))];
        BatchGetItemsRequest request = new(keys)
        {
            Projections = new Dictionary<string, BatchProjection>
            {
                ["one"] = new BatchProjection("#n") { ExpressionAttributeNames = new Dictionary<string, string> { ["#n"] = "name" } },
            },
        };
        BatchGetItemsResult found = await database.BatchGetItemsAsync(request, Cancel);
        Assert.Equal(
            [ItemOf(1).With("name", "two").With("more", 5), Item.Of(("name", "one")), null],
            found.Items.Select(item => item?.ToItem()));
        Dictionary<string, BatchProjection> wrong = new() { ["two"] = new BatchProjection("name, name") };
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            async () => await database.BatchGetItemsAsync(request with { Projections = wrong }, Cancel));
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refused.Code);
    }

    [Fact]
    public async Task Keys_beyond_the_bytes_of_an_answer_come_back_unprocessed()
    {
        KeystoneDatabaseOptions options = DatabaseFixture.Small with { Limits = new ItemLimits { BatchGetBytesMax = 3000 } };
        await using KeystoneDatabase database = await KeystoneDatabase.CreateAsync(_fixture.Path, options);
        await database.CreateTableAsync("one", new KeySchema("id", KeyType.Number), Cancel);
        for (int i = 0; i < 10; i++)
        {
            await database.PutItemAsync("one", ItemOf(i).With("filling", new string('x', 1000)), Cancel);
        }

        List<BatchGetKey> left = [.. Enumerable.Range(0, 10).Select(i => new BatchGetKey("one", KeyOf(i)))];
        List<EncodedItem> found = [];
        int calls = 0;
        for (; left.Count > 0; calls++)
        {
            BatchGetItemsResult page = await database.BatchGetItemsAsync(new BatchGetItemsRequest(left), Cancel);
            found.AddRange(page.Items.OfType<EncodedItem>());
            Assert.Equal(left.Count, page.Items.Count(item => item is not null) + page.UnprocessedKeys.Count);
            left = [.. page.UnprocessedKeys];
        }

        Assert.Equal(5, calls);
        Assert.Equal(Enumerable.Range(0, 10), found.Select(item => (int)item["id"].AsNumber()).Order());
    }

    [Fact]
    public async Task Parts_for_stripes_out_of_service_come_back_unprocessed()
    {
        await using KeystoneDatabase database = await WithTablesAsync();
        BatchWrite[] writes = [.. Enumerable.Range(0, 20).Select(i => BatchWrite.Put("one", ItemOf(i)))];
        for (int stripe = 0; stripe < database.Disk.StripeCount / 2; stripe++)
        {
            await database.Disk.SealAsync(stripe);
        }

        BatchWriteItemsResult written = await database.BatchWriteItemsAsync(new BatchWriteItemsRequest(writes), Cancel);
        Assert.InRange(written.UnprocessedWrites.Count, 1, 19);
        BatchGetKey[] keys = [.. Enumerable.Range(0, 20).Select(i => new BatchGetKey("one", KeyOf(i)))];
        BatchGetItemsResult found = await database.BatchGetItemsAsync(new BatchGetItemsRequest(keys), Cancel);
        Assert.Equal(
            written.UnprocessedWrites.Select(write => write.PutItem["id"]), found.UnprocessedKeys.Select(key => key.Key.Partition));
        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(
            () => database.PutItemAsync(new PutItemRequest("one", written.UnprocessedWrites[0].PutItem), Cancel).AsTask());
        Assert.Equal((KeystoneErrorCode.StripeUnavailable, true), (failure.Code, failure.IsRetryable));
        Assert.InRange(failure.Stripe!.Value, 0, 3);
        foreach (Keystone.Database.Owner.StripeStanding standing in database.Disk.OwnedStripes())
        {
            Assert.True(database.Disk.TryServe(standing.Stripe, standing.Epoch));
        }

        BatchWriteItemsRequest rest = new(written.UnprocessedWrites);
        Assert.Empty((await database.BatchWriteItemsAsync(rest, Cancel)).UnprocessedWrites);
        Assert.Equal(20, await database.ScanAsync(new ScanRequest("one"), Cancel).CountAsync(Cancel));
    }

    [Fact]
    public async Task A_batch_with_one_bad_part_writes_nothing()
    {
        await using KeystoneDatabase database = await WithTablesAsync();
        BatchWrite good = BatchWrite.Put("one", ItemOf(1));
        await RefusedAsync(database, KeystoneErrorCode.ValidationFailed, good, BatchWrite.Put("one", Item.Of(("other", 1))));
        BatchWrite tooLarge = BatchWrite.Put("one", ItemOf(2).With("large", new string('x', 500_000)));
        await RefusedAsync(database, KeystoneErrorCode.ValidationFailed, good, tooLarge);
        await RefusedAsync(database, KeystoneErrorCode.ValidationFailed, good, BatchWrite.Delete("one", KeyOf(1)));
        await RefusedAsync(database, KeystoneErrorCode.ValidationFailed, good, BatchWrite.Delete("one", ItemKey.Of("text")));
        await RefusedAsync(database, KeystoneErrorCode.ResourceNotFound, good, BatchWrite.Put("three", ItemOf(1)));
        BatchWrite[] tooMany = [.. Enumerable.Range(0, 26).Select(i => BatchWrite.Put("one", ItemOf(i)))];
        await RefusedAsync(database, KeystoneErrorCode.ValidationFailed, tooMany);
        await RefusedAsync(database, KeystoneErrorCode.ValidationFailed);
        Assert.Equal(0, await database.ScanAsync(new ScanRequest("one"), Cancel).CountAsync(Cancel));
    }

    private static async Task RefusedAsync(KeystoneDatabase database, KeystoneErrorCode code, params BatchWrite[] writes)
    {
        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(
            () => database.BatchWriteItemsAsync(new BatchWriteItemsRequest(writes), Cancel).AsTask());
        Assert.Equal(code, failure.Code);
    }

    private static ItemKey KeyOf(int id) => ItemKey.Of(id);

    private static Item ItemOf(int id) => Item.Of(("id", id), ("name", $"thing {id}"));

    private async Task<KeystoneDatabase> WithTablesAsync()
    {
        KeystoneDatabase database = _fixture.Create();
        await database.CreateTableAsync("one", new KeySchema("id", KeyType.Number), Cancel);
        await database.CreateTableAsync("two", new KeySchema("id", KeyType.Number), Cancel);
        return database;
    }
}
