using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Xunit;

namespace Keystone.Tests.Database.Indexes;

/// <summary>Local and global indexes: what they have, how they are read, what they refuse.</summary>
public sealed class IndexTests : IDisposable
{
    private const string Table = "songs";

    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static TableDefinition Songs { get; } = new(Table, new KeySchema("artist").WithSort("title"))
    {
        Indexes =
        [
            IndexDefinition.Local("by-year", new KeyAttribute("artist", KeyType.String), new KeyAttribute("year", KeyType.Number)),
            IndexDefinition.Local(
                "by-length",
                new KeyAttribute("artist", KeyType.String),
                new KeyAttribute("seconds", KeyType.Number),
                IndexProjection.Include("genre")),
            IndexDefinition.Global("by-genre", new KeyAttribute("genre", KeyType.String), new KeyAttribute("year", KeyType.Number)),
            IndexDefinition.Global("titles", new KeyAttribute("title", KeyType.String), projection: IndexProjection.KeysOnly),
            IndexDefinition.Global(
                "charts",
                [new KeyAttribute("country", KeyType.String), new KeyAttribute("week", KeyType.Number)],
                [new KeyAttribute("place", KeyType.Number), new KeyAttribute("label", KeyType.String)],
                IndexProjection.Include("genre")),
        ],
    };

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_local_index_orders_a_partition_by_another_attribute()
    {
        await using KeystoneDatabase database = await FilledAsync();
        QueryRequest query = new(Table, "abba") { IndexName = "by-year" };
        Assert.Equal(["ring", "waterloo", "money"], Titles(await database.QueryPageAsync(query, Cancel)));
        Assert.Equal(["money", "waterloo", "ring"], Titles(await database.QueryPageAsync(query with { Backward = true }, Cancel)));
        query = query with { SortKey = SortKeyCondition.GreaterThan(1973) };
        Assert.Equal(["waterloo", "money"], Titles(await database.QueryPageAsync(query, Cancel)));
    }

    [Fact]
    public async Task A_global_index_finds_items_by_other_attributes_and_only_those_that_have_them()
    {
        await using KeystoneDatabase database = await FilledAsync();
        QueryRequest query = new(Table)
        {
            IndexName = "by-genre",
            KeyConditionExpression = "genre = :g AND #y BETWEEN :from AND :to",
            ExpressionAttributeNames = new Dictionary<string, string> { ["#y"] = "year" },
            ExpressionAttributeValues = Values((":g", "pop"), (":from", 1974), (":to", 1976)),
        };
        Assert.Equal(["waterloo", "money"], Titles(await database.QueryPageAsync(query, Cancel)));
        ScanResult all = await database.ScanPageAsync(new ScanRequest(Table) { IndexName = "by-genre" }, Cancel);
        Assert.Equal(4, all.Items.Count);
        Assert.DoesNotContain(all.Items, item => item.Find("genre") is null);
    }

    [Fact]
    public async Task A_change_of_an_item_moves_its_entries()
    {
        await using KeystoneDatabase database = await FilledAsync();
        UpdateItemRequest update = new(Table, ItemKey.Of("abba", "ring"))
        {
            UpdateExpression = "SET genre = :g, #y = :y",
            ExpressionAttributeNames = new Dictionary<string, string> { ["#y"] = "year" },
            ExpressionAttributeValues = Values((":g", "rock"), (":y", 1999)),
        };
        await database.UpdateItemAsync(update, Cancel);
        Assert.Equal(["waterloo", "money"], await GenreAsync(database, "pop"));
        Assert.Equal(["kashmir", "ring"], await GenreAsync(database, "rock"));
        await database.DeleteItemAsync(Table, "abba", "ring", Cancel);
        Assert.Equal(["kashmir"], await GenreAsync(database, "rock"));
        await database.PutItemAsync(Table, Item.Of(("artist", "led"), ("title", "kashmir")), Cancel);
        Assert.Empty(await GenreAsync(database, "rock"));
        Assert.Equal(["waterloo", "money"], await YearsAsync(database));
    }

    [Fact]
    public async Task An_entry_has_what_its_index_projects()
    {
        await using KeystoneDatabase database = await FilledAsync();
        QueryResult page = await database.QueryPageAsync(new QueryRequest(Table, "waterloo") { IndexName = "titles" }, Cancel);
        Assert.Equal(Item.Of(("artist", "abba"), ("title", "waterloo")), page.Items.Single().ToItem());
        page = await database.QueryPageAsync(new QueryRequest(Table, "abba") { IndexName = "by-length", Limit = 1 }, Cancel);
        Assert.Equal(
            Item.Of(("artist", "abba"), ("title", "waterloo"), ("seconds", 164), ("genre", "pop")), page.Items.Single().ToItem());
    }

    [Fact]
    public async Task A_local_index_fetches_what_it_does_not_have_and_a_global_one_refuses()
    {
        await using KeystoneDatabase database = await FilledAsync();
        QueryRequest query = new(Table, "abba") { IndexName = "by-length", Select = ReadSelect.AllAttributes };
        QueryResult page = await database.QueryPageAsync(query, Cancel);
        Assert.Equal(1974, page.Items.First()["year"]);
        QueryRequest part = new(Table, "abba") { IndexName = "by-length", ProjectionExpression = "country, seconds" };
        page = await database.QueryPageAsync(part, Cancel);
        Assert.Contains(page.Items, item => item.ToItem() == Item.Of(("country", "se"), ("seconds", 185)));

        QueryRequest filtered = new(Table, "abba")
        {
            IndexName = "by-length",
            FilterExpression = "country = :c",
            ExpressionAttributeValues = Values((":c", "se")),
        };
        Assert.Equal(1, (await database.QueryPageAsync(filtered, Cancel)).Count);

        QueryRequest titles = new(Table, "waterloo") { IndexName = "titles" };
        await RefusedAsync(
            database,
            titles with { Select = ReadSelect.AllAttributes },
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index titles "
            + "because its projection type is not ALL");
        await RefusedAsync(
            database,
            titles with { ProjectionExpression = "genre" },
            "One or more parameter values were invalid: Global secondary index titles does not project [genre]");
    }

    [Fact]
    public async Task A_fetch_through_a_local_index_also_finds_items_in_table_files()
    {
        await using KeystoneDatabase database = await FilledAsync();
        await database.FlushAsync();
        QueryRequest query = new(Table, "abba") { IndexName = "by-length", Select = ReadSelect.AllAttributes };
        Assert.Equal(2, (await database.QueryPageAsync(query, Cancel)).Items.Count(item => item.Find("year") is not null));
    }

    [Fact]
    public async Task An_index_of_several_attributes_is_asked_for_the_first_of_its_sort_keys()
    {
        await using KeystoneDatabase database = await FilledAsync();
        QueryRequest query = new(Table)
        {
            IndexName = "charts",
            KeyConditionExpression = "country = :c AND week = :w",
            ExpressionAttributeValues = Values((":c", "se"), (":w", 7)),
        };
        Assert.Equal(["money", "ring", "so"], Titles(await database.QueryPageAsync(query, Cancel)));
        query = query with
        {
            KeyConditionExpression = "country = :c AND week = :w AND place = :p",
            ExpressionAttributeValues = Values((":c", "se"), (":w", 7), (":p", 2)),
        };
        Assert.Equal(["ring", "so"], Titles(await database.QueryPageAsync(query, Cancel)));
        query = query with
        {
            KeyConditionExpression = "country = :c AND week = :w AND place = :p AND begins_with(label, :l)",
            ExpressionAttributeValues = Values((":c", "se"), (":w", 7), (":p", 2), (":l", "po")),
        };
        Assert.Equal(["ring"], Titles(await database.QueryPageAsync(query, Cancel)));
        await RefusedAsync(
            database,
            query with
            {
                KeyConditionExpression = "country = :c AND place = :p",
                ExpressionAttributeValues = Values((":c", "se"), (":p", 2)),
            },
            "Query condition missed key schema element: week");
        await RefusedAsync(
            database,
            new QueryRequest(Table, "se") { IndexName = "charts" },
            "The index charts has a partition key of several attributes: give them in a KeyConditionExpression");
    }

    [Fact]
    public async Task Entries_of_local_indexes_are_no_items()
    {
        await using KeystoneDatabase database = await FilledAsync();
        Assert.Equal(5, (await database.ScanPageAsync(new ScanRequest(Table), Cancel)).Count);
        Assert.Equal(5, (await database.ScanPageAsync(new ScanRequest(Table), Cancel)).ScannedCount);
        Assert.Equal(4, (await database.QueryPageAsync(new QueryRequest(Table, "abba"), Cancel)).Count);
        ScanResult local = await database.ScanPageAsync(new ScanRequest(Table) { IndexName = "by-length" }, Cancel);
        Assert.Equal(["money", "waterloo"], local.Items.Select(item => item["title"].AsString()).Order());
        await database.FlushAsync();
        Assert.Equal(5, (await database.ScanPageAsync(new ScanRequest(Table), Cancel)).Count);
    }

    [Theory]
    [InlineData(
        "genre",
        "N",
        "One or more parameter values were invalid: Type mismatch for Index Key genre Expected: S Actual: N IndexName: by-genre")]
    [InlineData(
        "genre",
        "",
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
        + "The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-genre, IndexKey: genre")]
    public async Task An_attribute_that_cannot_be_a_key_of_its_index_is_refused(string name, string kind, string message)
    {
        await using KeystoneDatabase database = await FilledAsync();
        AttributeValue value = kind == "N" ? 7 : "";
        Item item = Item.Of(("artist", "x"), ("title", "y"), (name, value));
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            () => database.PutItemAsync(Table, item, Cancel).AsTask());
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refused.Code);
        Assert.Equal(message, refused.Message);
        UpdateItemRequest update = new(Table, ItemKey.Of("abba", "ring"))
        {
            UpdateExpression = $"SET {name} = :v",
            ExpressionAttributeValues = Values((":v", value)),
        };
        refused = await Assert.ThrowsAsync<KeystoneException>(() => database.UpdateItemAsync(update, Cancel).AsTask());
        Assert.Equal(message, refused.Message);
        Assert.Equal(["ring", "waterloo", "money"], await GenreAsync(database, "pop"));
    }

    [Fact]
    public async Task Reads_of_indexes_are_refused_as_DynamoDB_refuses_them()
    {
        await using KeystoneDatabase database = await FilledAsync();
        await RefusedAsync(
            database,
            new QueryRequest(Table, "abba") { IndexName = "nothing" },
            "The table does not have the specified index: nothing");
        await RefusedAsync(
            database,
            new QueryRequest(Table, "pop")
            {
                IndexName = "by-genre",
                FilterExpression = "genre = :g",
                ExpressionAttributeValues = Values((":g", "pop")),
            },
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: genre");
        await RefusedAsync(
            database,
            new QueryRequest(Table, "abba") { Select = ReadSelect.AllProjectedAttributes },
            "One or more parameter values were invalid: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
        await RefusedAsync(
            database,
            new QueryRequest(Table, "pop") { IndexName = "by-genre", ExclusiveStartKey = ItemKey.Of("abba", "ring") },
            "The provided starting key is invalid");
        await RefusedAsync(
            database,
            new QueryRequest(Table, "pop")
            {
                IndexName = "by-genre",
                ExclusiveStartKey = ItemKey.Of("abba", "ring"),
                ExclusiveStartIndexKey = Item.Of(("genre", "rock"), ("year", 1973)),
            },
            "The provided starting key is outside query boundaries based on provided conditions");
    }

    [Fact]
    public async Task Indexes_that_cannot_be_are_refused_with_their_table()
    {
        KeyAttribute id = new("id", KeyType.String);
        KeyAttribute n = new("n", KeyType.Number);
        KeySchema hash = new("id");
        Refused(
            () => new TableDefinition("tab", hash) { Indexes = [IndexDefinition.Local("loc", id, n)] },
            "One or more parameter values were invalid: Table KeySchema does not have a range key, "
            + "which is required when specifying a LocalSecondaryIndex");
        Refused(
            () => new TableDefinition("tab", hash.WithSort("s")) { Indexes = [IndexDefinition.Local("loc", n, id)] },
            "Index KeySchema does not have the same leading hash key as table KeySchema for index: loc");
        Refused(
            () => new TableDefinition("tab", hash) { Indexes = [IndexDefinition.Global("idx", n), IndexDefinition.Global("idx", id)] },
            "Duplicate index name: idx");
        Refused(
            () => new TableDefinition("tab", hash) { Indexes = [IndexDefinition.Global("idx", new KeyAttribute("id", KeyType.Number))] },
            "The attribute id has two types among the keys");
        Refused(() => IndexDefinition.Global("i", n), "IndexName must be at least 3 characters long");
        Refused(() => IndexProjection.Include(), "ProjectionType is INCLUDE, but NonKeyAttributes is not specified");

        await using KeystoneDatabase database = _fixture.Create();
        TableDefinition many = new("many", hash.WithSort("s"))
        {
            Indexes =
            [
                .. Enumerable.Range(0, 6).Select(i => IndexDefinition.Local($"loc{i}", id, new KeyAttribute($"n{i}", KeyType.Number))),
            ],
        };
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(
            () => database.CreateTableAsync(new CreateTableRequest(many), Cancel).AsTask());
        Assert.Contains("Number of LocalSecondaryIndexes exceeds per-table limit of 5", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Indexes_and_their_entries_are_there_after_reopening_and_gone_with_their_table()
    {
        await using (KeystoneDatabase first = await FilledAsync())
        {
            Assert.Equal(["ring", "waterloo", "money"], await GenreAsync(first, "pop"));
        }

        await using KeystoneDatabase database = _fixture.Open();
        TableDescription table = (await database.DescribeTableAsync(new DescribeTableRequest(Table), Cancel)).Table;
        Assert.Equal(Songs.Indexes.Select(index => index.Name), table.Indexes.Select(index => index.Definition.Name));
        Assert.All(table.Indexes, index => Assert.Equal(IndexStatus.Active, index.Status));
        Assert.Equal(table.Indexes.Count, table.Indexes.Select(index => index.Id).Distinct().Count());
        Assert.Equal(["ring", "waterloo", "money"], await GenreAsync(database, "pop"));
        await database.DeleteTableAsync(new DeleteTableRequest(Table), Cancel);
        DatabaseFixture.RequireNoOrphans(database);
        await database.CreateTableAsync(new CreateTableRequest(Songs), Cancel);
        Assert.Empty(await GenreAsync(database, "pop"));
        TableDescription again = (await database.DescribeTableAsync(new DescribeTableRequest(Table), Cancel)).Table;
        IEnumerable<uint> globals = again.Indexes.Select(index => index.Id).Where(id => id > byte.MaxValue);
        Assert.Empty(globals.Intersect(table.Indexes.Select(index => index.Id)));
    }

    private static async Task<string[]> GenreAsync(KeystoneDatabase database, string genre)
        => Titles(await database.QueryPageAsync(new QueryRequest(Table, genre) { IndexName = "by-genre" }, Cancel));

    private static async Task<string[]> YearsAsync(KeystoneDatabase database)
        => Titles(await database.QueryPageAsync(new QueryRequest(Table, "abba") { IndexName = "by-year" }, Cancel));

    private static Item Charted(Item song, int place, string label)
        => song.ToBuilder().Set("country", "se").Set("week", 7).Set("place", place).Set("label", label).Build();

    private static string[] Titles(QueryResult page) => [.. page.Items.Select(item => item["title"].AsString())];

    private static Dictionary<string, AttributeValue> Values(params (string Name, AttributeValue Value)[] values)
        => values.ToDictionary(value => value.Name, value => value.Value);

    private static void Refused(Func<object> make, string message)
        => Assert.Contains(message, Assert.Throws<KeystoneException>(make).Message, StringComparison.Ordinal);

    private static async Task RefusedAsync(KeystoneDatabase database, QueryRequest query, string message)
    {
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(() => database.QueryPageAsync(query, Cancel).AsTask());
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refused.Code);
        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }

    private async Task<KeystoneDatabase> FilledAsync()
    {
        KeystoneDatabase database = _fixture.Create();
        await database.CreateTableAsync(new CreateTableRequest(Songs), Cancel);
        Item[] songs =
        [
            Item.Of(("artist", "abba"), ("title", "waterloo"), ("year", 1974), ("genre", "pop"), ("seconds", 164)),
            Charted(Item.Of(("artist", "abba"), ("title", "ring"), ("year", 1973), ("genre", "pop")), 2, "polar"),
            Charted(Item.Of(("artist", "abba"), ("title", "money"), ("year", 1976), ("genre", "pop"), ("seconds", 185)), 1, "epic"),
            Item.Of(("artist", "led"), ("title", "kashmir"), ("year", 1975), ("genre", "rock")),
            Charted(Item.Of(("artist", "abba"), ("title", "so")), 2, "x"),
        ];
        foreach (Item song in songs)
        {
            await database.PutItemAsync(Table, song, Cancel);
        }

        return database;
    }
}
