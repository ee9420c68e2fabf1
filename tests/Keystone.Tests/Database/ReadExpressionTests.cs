using CsCheck;
using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>Reads by expressions: projections, filters, key conditions and counts.</summary>
public sealed class ReadExpressionTests : IDisposable
{
    private const string Table = "orders";
    private const int Orders = 40;

    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_get_answers_the_attributes_that_its_projection_names()
    {
        await using KeystoneDatabase database = await FilledAsync();
        GetItemRequest get = new(Table, ItemKey.Of("ann", 7))
        {
            ProjectionExpression = "#n, note.tags[1], nothing",
            ExpressionAttributeNames = Names(("#n", "n")),
        };
        GetItemResult found = await database.GetItemAsync(get, Cancel);
        AttributeValue part = AttributeValue.Map(Item.Of(("tags", AttributeValue.List(["b"]))));
        Assert.Equal(Item.Of(("n", 7), ("note", part)), found.Item!.Value.ToItem());
        Assert.NotNull(found.Version);

        GetItemRequest nothing = new(Table, ItemKey.Of("ann", 7)) { ProjectionExpression = "nothing" };
        Assert.Equal(Item.Empty, (await database.GetItemAsync(nothing, Cancel)).Item!.Value.ToItem());
        Assert.Null((await database.GetItemAsync(get with { Key = ItemKey.Of("ann", 999) }, Cancel)).Item);
    }

    [Fact]
    public async Task A_get_answers_the_same_part_from_a_table_file()
    {
        await using KeystoneDatabase database = await FilledAsync();
        await database.Disk.Engine.FlushAsync();
        GetItemRequest get = new(Table, ItemKey.Of("ann", 7)) { ProjectionExpression = "n" };
        Assert.Equal(Item.Of(("n", 7)), (await database.GetItemAsync(get, Cancel)).Item!.Value.ToItem());
    }

    [Fact]
    public async Task A_key_condition_says_which_keys_are_read()
    {
        await using KeystoneDatabase database = await FilledAsync();
        QueryRequest query = new(Table)
        {
            KeyConditionExpression = "id = :id AND seq BETWEEN :from AND :to",
            ExpressionAttributeValues = Values((":id", "ann"), (":from", 3), (":to", 5)),
        };
        QueryResult page = await database.QueryPageAsync(query, Cancel);
        Assert.Equal([3, 4, 5], NumbersOf(page.Items));
        Assert.Equal(3, page.ScannedCount);
        Assert.Null(page.LastEvaluatedKey);

        page = await database.QueryPageAsync(query with { Backward = true }, Cancel);
        Assert.Equal([5, 4, 3], NumbersOf(page.Items));
    }

    [Fact]
    public async Task A_filter_keeps_out_what_was_counted_for_the_limit()
    {
        await using KeystoneDatabase database = await FilledAsync();
        QueryRequest query = new(Table)
        {
            KeyConditionExpression = "id = :id",
            FilterExpression = "n >= :n",
            ProjectionExpression = "n",
            ExpressionAttributeValues = Values((":id", "ann"), (":n", 6)),
            Limit = 4,
        };
        QueryResult first = await database.QueryPageAsync(query, Cancel);
        Assert.Empty(first.Items);
        Assert.Equal((0, 4), (first.Count, first.ScannedCount));
        Assert.Equal(ItemKey.Of("ann", 3), first.LastEvaluatedKey);

        QueryResult second = await database.QueryPageAsync(query with { ExclusiveStartKey = first.LastEvaluatedKey }, Cancel);
        Assert.Equal([Item.Of(("n", 6)), Item.Of(("n", 7))], second.Items.Select(item => item.ToItem()));
        Assert.Equal((2, 4), (second.Count, second.ScannedCount));
    }

    [Fact]
    public async Task A_page_is_full_by_what_was_read_and_not_by_what_is_left_of_it()
    {
        KeystoneDatabaseOptions options = DatabaseFixture.Small with { Limits = new ItemLimits { PageBytesMax = 1000 } };
        await using KeystoneDatabase database = await FilledAsync(options);
        ScanRequest scan = new(Table) { ProjectionExpression = "n", FilterExpression = "attribute_exists(nothing)" };
        ScanResult page = await database.ScanPageAsync(scan, Cancel);
        Assert.Empty(page.Items);
        Assert.NotNull(page.LastEvaluatedKey);
        Assert.InRange(page.ScannedCount, 1, Orders - 1);

        int scanned = page.ScannedCount;
        while (page.LastEvaluatedKey is { } last)
        {
            page = await database.ScanPageAsync(scan with { ExclusiveStartKey = last }, Cancel);
            scanned += page.ScannedCount;
        }

        Assert.Equal(Orders, scanned);
    }

    [Fact]
    public async Task A_count_answers_no_items()
    {
        await using KeystoneDatabase database = await FilledAsync();
        ScanRequest scan = new(Table)
        {
            FilterExpression = "n < :n",
            ExpressionAttributeValues = Values((":n", 5)),
            Select = ReadSelect.Count,
        };
        ScanResult page = await database.ScanPageAsync(scan, Cancel);
        Assert.Empty(page.Items);
        Assert.Equal((10, Orders), (page.Count, page.ScannedCount));
        QueryResult query = await database.QueryPageAsync(new QueryRequest(Table, "bob") { Select = ReadSelect.Count }, Cancel);
        Assert.Equal((0, 20, 20), (query.Items.Count, query.Count, query.ScannedCount));
    }

    [Fact]
    public async Task What_no_read_may_ask_is_refused_in_the_words_of_DynamoDB()
    {
        await using KeystoneDatabase database = await FilledAsync();
        QueryRequest query = new(Table, "ann");
        await RefusedAsync(
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: seq",
            query with { FilterExpression = "seq > :n", ExpressionAttributeValues = Values((":n", 1)) });
        await RefusedAsync(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.", new QueryRequest(Table));
        await RefusedAsync(
            "Query condition missed key schema element: id",
            new QueryRequest(Table) { KeyConditionExpression = "seq = :n", ExpressionAttributeValues = Values((":n", 1)) });
        await RefusedAsync(
            "Cannot specify the ProjectionExpression when choosing to get only the Count",
            query with { ProjectionExpression = "n", Select = ReadSelect.Count });
        await RefusedAsync(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
            query with { Select = ReadSelect.SpecificAttributes });
        await RefusedAsync(
            "ExpressionAttributeValues can only be specified when using expressions: FilterExpression and KeyConditionExpression are null",
            query with { ProjectionExpression = "n", ExpressionAttributeValues = Values((":n", 1)) });
        await RefusedAsync(
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}",
            query with { ProjectionExpression = "n", ExpressionAttributeNames = Names(("#x", "x")) });

        async Task RefusedAsync(string message, QueryRequest request)
        {
            KeystoneException refusal = await Assert.ThrowsAsync<KeystoneException>(
                async () => await database.QueryPageAsync(request, Cancel));
            Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
            Assert.Equal(message, refusal.Message);
        }
    }

    [Fact]
    public async Task Pages_of_any_size_together_are_one_page_and_a_query_is_a_filtered_scan()
    {
        await using KeystoneDatabase database = await FilledAsync();
        await Gen.Select(Gen.Int[1, 25], Gen.Int[0, 22], Gen.Bool).SampleAsync(
            async (limit, least, backward) =>
            {
                QueryRequest query = new(Table)
                {
                    KeyConditionExpression = "id = :id",
                    FilterExpression = "n >= :n AND contains(note.tags, :tag)",
                    ExpressionAttributeValues = Values((":id", "ann"), (":n", least), (":tag", "b")),
                    Backward = backward,
                };
                QueryResult whole = await database.QueryPageAsync(query, Cancel);
                List<int> paged = [];
                QueryRequest? next = query with { Limit = limit };
                while (next is not null)
                {
                    QueryResult page = await database.QueryPageAsync(next, Cancel);
                    Assert.InRange(page.ScannedCount, 0, limit);
                    paged.AddRange(NumbersOf(page.Items));
                    next = page.LastEvaluatedKey is { } last ? next with { ExclusiveStartKey = last } : null;
                }

                Assert.Equal(NumbersOf(whole.Items), paged);

                ScanRequest scan = new(Table)
                {
                    FilterExpression = "id = :id AND " + query.FilterExpression,
                    ExpressionAttributeValues = query.ExpressionAttributeValues,
                };
                int[] scanned = NumbersOf((await database.ScanPageAsync(scan, Cancel)).Items);
                Assert.Equal(backward ? scanned.OrderDescending() : scanned.Order(), paged);
            },
            iter: 60,
            threads: 1);
    }

    /// <summary>Two partitions of twenty items each.</summary>
    private async Task<KeystoneDatabase> FilledAsync(KeystoneDatabaseOptions? options = null)
    {
        var database = KeystoneDatabase.Create(_fixture.Path, options ?? DatabaseFixture.Small);
        KeySchema key = new(new KeyAttribute("id", KeyType.String), new KeyAttribute("seq", KeyType.Number));
        await database.CreateTableAsync(Table, key, Cancel);
        for (int i = 0; i < Orders; i++)
        {
            int n = i / 2;
            AttributeValue note = AttributeValue.Map(Item.Of(("tags", AttributeValue.List(["a", n % 3 == 0 ? "c" : "b"]))));
            await database.PutItemAsync(Table, Item.Of(("id", i % 2 == 0 ? "ann" : "bob"), ("seq", n), ("n", n), ("note", note)), Cancel);
        }

        return database;
    }

    private static int[] NumbersOf(ItemPage items) => [.. items.Select(item => (int)item.Find("n")!.AsNumber())];

    private static Dictionary<string, string> Names(params (string Placeholder, string Name)[] names)
        => names.ToDictionary(name => name.Placeholder, name => name.Name);

    private static Dictionary<string, AttributeValue> Values(params (string Placeholder, AttributeValue Value)[] values)
        => values.ToDictionary(value => value.Placeholder, value => value.Value);
}
