using Keystone.Cluster.Tests.Hosting;
using Keystone.Database;
using Keystone.Database.Catalog;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

using Xunit;

namespace Keystone.Cluster.Tests.Silo;

/// <summary>Two silos, each with half of the stripes on a directory of its own.</summary>
public sealed class TwoSilosTests : IAsyncLifetime
{
    private const string StayingName = "staying";
    private const string GoingName = "going";
    private const int Items = 100;

    private static readonly string[] Nodes = [StayingName, GoingName];

    private readonly TestDirectory _directory = new();
    private TestSilo _staying = null!;
    private TestSilo _going = null!;
    private TestClient _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _staying = await TestSilo.StartAsync(new TestSiloPlan(StayingName, _directory.PathOf("a")) { Nodes = Nodes });
        _going = await StartGoingAsync();
        _client = await TestClient.ConnectAsync(_staying);
        await Task.WhenAll(Enumerable.Range(0, Items).Select(i => PutAsync(i, "first")));
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _going.DisposeAsync();
        await _staying.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Each_silo_has_the_items_of_its_own_stripes_and_both_answer_for_all()
    {
        Assert.True(_staying.Node.Disk.Statistics().MemoryEntries > 0);
        Assert.True(_going.Node.Disk.Statistics().MemoryEntries > 0);
        for (int i = 0; i < Items; i++)
        {
            Assert.Equal(ItemOf(i, "first"), await ReadAsync(_staying.Database, i));
            Assert.Equal(ItemOf(i, "first"), await ReadAsync(_going.Database, i));
        }
    }

    [Fact]
    public async Task Pages_and_batches_cross_the_silos()
    {
        var scan = new ScanRequest(KeystoneDefaults.TableName) { Limit = 9 };
        HashSet<Item> seen = [];
        await foreach (Item item in _client.Database.ScanAsync(scan, Cancellation))
        {
            Assert.True(seen.Add(item));
        }

        Assert.Equal(Items, seen.Count);
        BatchWrite[] writes = [.. Enumerable.Range(0, 25).Select(i => BatchWrite.Put(KeystoneDefaults.TableName, ItemOf(i, "second")))];
        Assert.Empty((await _client.Database.BatchWriteItemsAsync(new BatchWriteItemsRequest(writes), Cancellation)).UnprocessedWrites);
        BatchGetKey[] keys = [.. Enumerable.Range(0, 25).Select(i => new BatchGetKey(KeystoneDefaults.TableName, KeyOf(i)))];
        BatchGetItemsResult found = await _client.Database.BatchGetItemsAsync(new BatchGetItemsRequest(keys), Cancellation);
        Assert.Equal(Enumerable.Range(0, 25).Select(i => ItemOf(i, "second")), found.Items.Select(item => item!.Value.ToItem()));
        var query = new QueryRequest(KeystoneDefaults.TableName, KeyOf(3).Partition);
        QueryResult page = await _client.Database.QueryPageAsync(query, Cancellation);
        Assert.Equal(ItemOf(3, "second"), Assert.Single(page.Items).ToItem());
    }

    [Fact]
    public async Task Stripes_of_a_stopped_silo_fail_by_name_while_the_others_stay_and_come_back_on_another_port()
    {
        int portBefore = _going.SiloPort;
        ulong incarnation = _staying.Node.Disk.Incarnation;
        await _going.DisposeAsync();

        // The stripes of the silo that stays have not moved, stopped or been taken anew.
        Assert.All(_staying.Node.OwnedStripes, stripe => Assert.True(_staying.Node.IsServing(stripe)));
        Assert.Equal(incarnation, _staying.Node.Disk.Incarnation);
        await Task.WhenAll(Enumerable.Range(0, Items).Select(RequireStateAsync));
        _going = await StartGoingAsync();
        Assert.NotEqual(portBefore, _going.SiloPort);
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
        await _going.DisposeAsync();
        BatchWrite[] writes = [.. Enumerable.Range(0, 25).Select(i => BatchWrite.Put(KeystoneDefaults.TableName, ItemOf(i, "second")))];
        BatchWriteItemsResult result = await _client.Database.BatchWriteItemsAsync(new BatchWriteItemsRequest(writes), Cancellation);
        string[] left = [.. result.UnprocessedWrites.Select(write => write.PutItem.ToString())];
        Assert.Equal([.. Enumerable.Range(0, 25).Where(IsGoing).Select(i => ItemOf(i, "second").ToString())], left);
        _going = await StartGoingAsync();
    }

    [Fact]
    public async Task Tables_are_not_made_on_one_of_several_nodes()
    {
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            async () => await _client.Database.CreateTableAsync("orders", new KeySchema("id"), Cancellation));
        Assert.Equal(ErrorCode.NotSupported, refused.Code);
    }

    private static AttributeValue Partition(int i) => AttributeValue.Binary(BitConverter.GetBytes(i));

    private static ItemKey KeyOf(int i) => ItemKey.Of(Partition(i));

    private static Item ItemOf(int i, string state) => Item.Of((KeystoneDefaults.PartitionKeyName, Partition(i)), ("state", state));

    private static bool IsGoing(int i)
    {
        int count = TestSiloPlan.SmallDatabase.StripeCount;
        return StripeHash.StripeOf(StripeHash.Of(TableIds.Default, KeyOf(i).PartitionBytes.Span), count) >= count / 2;
    }

    private static async Task<Item?> ReadAsync(IKeystoneDatabase database, int i)
        => await database.GetItemAsync(KeystoneDefaults.TableName, Partition(i), null, Cancellation);

    private Task<TestSilo> StartGoingAsync()
        => TestSilo.StartAsync(new TestSiloPlan(GoingName, _directory.PathOf("b")) { Nodes = Nodes, Primary = _staying });

    private async Task PutAsync(int i, string state)
        => await _client.Database.PutItemAsync(KeystoneDefaults.TableName, ItemOf(i, state), Cancellation);

    private async Task<Item?> ReadOrNullAsync(int i)
    {
        try
        {
            return await ReadAsync(_client.Database, i);
        }
        catch (KeystoneException failure) when (failure.Code == ErrorCode.StripeUnavailable)
        {
            return null;
        }
    }

    /// <summary>With the one silo down: its items fail with its name, the other's are there.</summary>
    private async Task RequireStateAsync(int i)
    {
        if (!IsGoing(i))
        {
            Assert.Equal(ItemOf(i, "first"), await ReadAsync(_client.Database, i));
            return;
        }

        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(() => ReadAsync(_client.Database, i));
        Assert.Equal(ErrorCode.StripeUnavailable, failure.Code);
        Assert.True(failure.IsRetryable);
        Assert.Equal(GoingName, failure.Node);
        Assert.NotNull(failure.Stripe);
    }
}
