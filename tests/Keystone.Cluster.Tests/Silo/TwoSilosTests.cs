using Keystone.Cluster.Tests.Hosting;
using Keystone.Database;
using Keystone.Database.Catalog;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

using Xunit;

namespace Keystone.Cluster.Tests.Silo;

/// <summary>Every test has keys of its own; a test that stops a silo starts it again before it ends.</summary>
public sealed class TwoSilosTests(TwoSilos cluster) : IClassFixture<TwoSilos>, IAsyncLifetime
{
    private const int Items = 100;

    private static int _tests;

    private readonly int _test = Interlocked.Increment(ref _tests);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Task.WhenAll(Enumerable.Range(0, Items).Select(i => PutAsync(i, "first")));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Each_silo_has_the_items_of_its_own_stripes_and_both_answer_for_all()
    {
        Assert.True(cluster.Staying.Node.Disk.Statistics().MemoryEntries > 0);
        Assert.True(cluster.Going.Node.Disk.Statistics().MemoryEntries > 0);
        for (int i = 0; i < Items; i++)
        {
            Assert.Equal(ItemOf(i, "first"), await ReadAsync(cluster.Staying.Database, i));
            Assert.Equal(ItemOf(i, "first"), await ReadAsync(cluster.Going.Database, i));
        }
    }

    [Fact]
    public async Task Expressions_are_judged_by_the_owner_whichever_silo_is_asked()
    {
        IKeystoneDatabase[] silos = [cluster.Staying.Database, cluster.Going.Database];
        for (int i = 0; i < 20; i++)
        {
            PutItemRequest put = new(KeystoneDefaults.TableName, ItemOf(i, "never"))
            {
                ConditionExpression = "attribute_not_exists(visits)",
            };
            foreach (IKeystoneDatabase silo in silos)
            {
                Assert.Equal(1, (await silo.UpdateItemAsync(VisitOf(i), Cancellation)).Attributes!.Value.Read().Count);
            }

            foreach (IKeystoneDatabase silo in silos)
            {
                KeystoneException failure = await ConditionFailsAsync(async () => await silo.UpdateItemAsync(VisitOf(i), Cancellation));
                Assert.Equal(2, failure.CurrentItem!.Value["visits"]);
                await ConditionFailsAsync(async () => await silo.PutItemAsync(put, Cancellation));
            }
        }
    }

    [Fact]
    public async Task Reads_are_filtered_and_cut_by_the_owner_whichever_silo_is_asked()
    {
        IKeystoneDatabase[] doors = [cluster.Staying.Database, cluster.Going.Database, cluster.Client.Database];
        foreach (IKeystoneDatabase database in doors)
        {
            GetItemRequest get = new(KeystoneDefaults.TableName, KeyOf(3)) { ProjectionExpression = "test, nothing" };
            Assert.Equal(Item.Of(("test", _test)), (await database.GetItemAsync(get, Cancellation)).Item!.Value.ToItem());

            ScanRequest scan = new(KeystoneDefaults.TableName)
            {
                FilterExpression = "#test = :test",
                ProjectionExpression = "#test",
                ExpressionAttributeNames = new Dictionary<string, string> { ["#test"] = "test" },
                ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":test"] = _test },
            };
            ScanResult page = await database.ScanPageAsync(scan, Cancellation);
            Assert.Equal(Enumerable.Repeat(Item.Of(("test", _test)), Items), page.Items.Select(item => item.ToItem()));
            Assert.InRange(page.ScannedCount, Items, int.MaxValue);

            page = await database.ScanPageAsync(scan with { ProjectionExpression = null, Select = ReadSelect.Count }, Cancellation);
            Assert.Equal((0, Items), (page.Items.Count, page.Count));

            QueryRequest query = new(KeystoneDefaults.TableName)
            {
                KeyConditionExpression = "#pk = :pk",
                ExpressionAttributeNames = new Dictionary<string, string> { ["#pk"] = KeystoneDefaults.PartitionKeyName },
                FilterExpression = "attribute_not_exists(test)",
                ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":pk"] = KeyOf(3).Partition },
            };
            QueryResult found = await database.QueryPageAsync(query, Cancellation);
            Assert.Equal((0, 1), (found.Count, found.ScannedCount));
        }
    }

    [Fact]
    public async Task Pages_and_batches_cross_the_silos()
    {
        var scan = new ScanRequest(KeystoneDefaults.TableName) { Limit = 9 };
        HashSet<Item> seen = [];
        await foreach (Item item in cluster.Client.Database.ScanAsync(scan, Cancellation))
        {
            Assert.True(seen.Add(item));
        }

        Assert.Equal(Items, seen.Count(item => item["test"] == _test));
        BatchWrite[] writes = [.. Enumerable.Range(0, 25).Select(i => BatchWrite.Put(KeystoneDefaults.TableName, ItemOf(i, "second")))];
        BatchWriteItemsResult written = await cluster.Client.Database.BatchWriteItemsAsync(
            new BatchWriteItemsRequest(writes), Cancellation);
        Assert.Empty(written.UnprocessedWrites);
        BatchGetKey[] keys = [.. Enumerable.Range(0, 25).Select(i => new BatchGetKey(KeystoneDefaults.TableName, KeyOf(i)))];
        BatchGetItemsResult found = await cluster.Client.Database.BatchGetItemsAsync(new BatchGetItemsRequest(keys), Cancellation);
        Assert.Equal(Enumerable.Range(0, 25).Select(i => ItemOf(i, "second")), found.Items.Select(item => item!.Value.ToItem()));
        var query = new QueryRequest(KeystoneDefaults.TableName, KeyOf(3).Partition);
        QueryResult page = await cluster.Client.Database.QueryPageAsync(query, Cancellation);
        Assert.Equal(ItemOf(3, "second"), Assert.Single(page.Items).ToItem());
    }

    [Fact]
    public async Task Stripes_of_a_stopped_silo_fail_by_name_while_the_others_stay_and_come_back_on_another_port()
    {
        int portBefore = cluster.Going.SiloPort;
        ulong incarnation = cluster.Staying.Node.Disk.Incarnation;
        await cluster.StopGoingAsync();

        // The stripes of the silo that stays have not moved, stopped or been taken anew.
        Assert.All(cluster.Staying.Node.OwnedStripes, stripe => Assert.True(cluster.Staying.Node.IsServing(stripe)));
        Assert.Equal(incarnation, cluster.Staying.Node.Disk.Incarnation);
        await Task.WhenAll(Enumerable.Range(0, Items).Select(RequireStateAsync));
        await cluster.StartGoingAsync();
        Assert.NotEqual(portBefore, cluster.Going.SiloPort);
        for (int i = 0; i < Items; i++)
        {
            int at = i;
            Item? found = await Eventually.AnswersAsync(() => ReadOrNullAsync(at), item => item is not null, Cancellation);
            Assert.Equal(ItemOf(i, "first"), found);
        }
    }

    [Fact]
    public async Task A_batch_does_what_it_can_while_an_owner_is_down()
    {
        await cluster.StopGoingAsync();
        BatchWrite[] writes = [.. Enumerable.Range(0, 25).Select(i => BatchWrite.Put(KeystoneDefaults.TableName, ItemOf(i, "second")))];
        BatchWriteItemsResult result = await cluster.Client.Database.BatchWriteItemsAsync(new BatchWriteItemsRequest(writes), Cancellation);
        string[] left = [.. result.UnprocessedWrites.Select(write => write.PutItem.ToString())];
        Assert.Equal([.. Enumerable.Range(0, 25).Where(IsGoing).Select(i => ItemOf(i, "second").ToString())], left);
        await cluster.StartGoingAsync();
    }

    [Fact]
    public async Task Tables_are_not_made_on_one_of_several_nodes()
    {
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            async () => await cluster.Client.Database.CreateTableAsync("orders", new KeySchema("id"), Cancellation));
        Assert.Equal(KeystoneErrorCode.NotSupported, refused.Code);
    }

    private static async Task<KeystoneException> ConditionFailsAsync(Func<Task> call)
    {
        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(call);
        Assert.Equal(KeystoneErrorCode.ConditionalCheckFailed, failure.Code);
        return failure;
    }

    private AttributeValue Partition(int i) => AttributeValue.Binary(BitConverter.GetBytes((_test * Items) + i));

    private ItemKey KeyOf(int i) => ItemKey.Of(Partition(i));

    /// <summary>Counts up to 2, and no further.</summary>
    private UpdateItemRequest VisitOf(int i) => new(KeystoneDefaults.TableName, KeyOf(i))
    {
        UpdateExpression = "ADD #visits :one",
        ConditionExpression = "attribute_not_exists(#visits) OR #visits < :two",
        ExpressionAttributeNames = new Dictionary<string, string> { ["#visits"] = "visits" },
        ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":one"] = 1, [":two"] = 2 },
        ReturnValues = ReturnValues.UpdatedNew,
        ReturnCurrentOnConditionFailure = true,
    };

    private Item ItemOf(int i, string state)
        => Item.Of((KeystoneDefaults.PartitionKeyName, Partition(i)), ("test", _test), ("state", state));

    private bool IsGoing(int i)
    {
        int count = TestSiloPlan.SmallDatabase.StripeCount;
        return StripeHash.StripeOf(StripeHash.Of(TableIds.Default, KeyOf(i).PartitionBytes.Span), count) >= count / 2;
    }

    private async Task<Item?> ReadAsync(IKeystoneDatabase database, int i)
        => await database.GetItemAsync(KeystoneDefaults.TableName, Partition(i), null, Cancellation);

    private async Task PutAsync(int i, string state)
        => await cluster.Client.Database.PutItemAsync(KeystoneDefaults.TableName, ItemOf(i, state), Cancellation);

    private async Task<Item?> ReadOrNullAsync(int i)
    {
        try
        {
            return await ReadAsync(cluster.Client.Database, i);
        }
        catch (KeystoneException failure) when (failure.Code == KeystoneErrorCode.StripeUnavailable)
        {
            return null;
        }
    }

    /// <summary>With the one silo down: its items fail with its name, the other's are there.</summary>
    private async Task RequireStateAsync(int i)
    {
        if (!IsGoing(i))
        {
            Assert.Equal(ItemOf(i, "first"), await ReadAsync(cluster.Client.Database, i));
            return;
        }

        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(() => ReadAsync(cluster.Client.Database, i));
        Assert.Equal(KeystoneErrorCode.StripeUnavailable, failure.Code);
        Assert.True(failure.IsRetryable);
        Assert.Equal(TwoSilos.GoingName, failure.Node);
        Assert.NotNull(failure.Stripe);
    }
}
