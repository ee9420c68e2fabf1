using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Maintenance;
using Keystone.Model.Requests;
using Keystone.Testing;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>Random operations on tables of all key types, held to a sorted dictionary. The seed in a failure's name replays it.</summary>
public sealed class TableModelTests : IDisposable
{
    private const int Operations = 800;

    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<KeyType, KeyType?, bool, int> Schemas
    {
        get
        {
            TheoryData<KeyType, KeyType?, bool, int> data = [];
            KeyType?[] sorts = [null, KeyType.Number, KeyType.String, KeyType.Binary];
            foreach (KeyType partition in new[] { KeyType.Number, KeyType.String, KeyType.Binary })
            {
                foreach (KeyType? sort in sorts)
                {
                    data.Add(partition, sort, false, Environment.TickCount);
                    data.Add(partition, sort, true, Environment.TickCount);
                }
            }

            return data;
        }
    }

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task A_table_answers_like_a_sorted_dictionary(KeyType partition, KeyType? sort, bool inMemory, int seed)
    {
        Dice dice = new((ulong)seed);
        KeySchema schema = new(new KeyAttribute("p", partition), sort is { } type ? new KeyAttribute("s", type) : null);
        TableModel model = new(schema);
        KeystoneDatabase database = inMemory ? KeystoneDatabase.CreateInMemory(DatabaseFixture.Small) : _fixture.Create();
        try
        {
            await database.CreateTableAsync("things", schema, Cancel);
            for (int i = 0; i < Operations; i++)
            {
                await StepAsync(database, model, dice.Next());
                if (i % 400 == 399)
                {
                    await database.FlushAsync();
                    if (!inMemory)
                    {
                        await database.DisposeAsync();
                        database = _fixture.Open();
                    }
                }
            }

            await CheckScanAsync(database, model, dice.Below(7) + 1);
            await database.CompactAsync(cancellationToken: Cancel);
            await CheckScanAsync(database, model, 3);
            Assert.Empty((await database.VerifyAsync(cancellationToken: Cancel)).Damages);
        }
        finally
        {
            await database.DisposeAsync();
        }
    }

    private static async Task StepAsync(KeystoneDatabase database, TableModel model, ulong seed)
    {
        Dice dice = new(seed);
        ItemKey key = model.KeyOf(dice.Below(6), dice.Below(12));
        switch (dice.Below(10))
        {
            case < 4:
                Item item = model.ItemOf(key, dice.Below(1000));
                bool returnsOld = dice.Chance(0.3);
                PutItemResult put = await database.PutItemAsync(new PutItemRequest("things", item) { ReturnOld = returnsOld }, Cancel);
                Assert.Equal(returnsOld ? model.Find(key) : null, put.OldItem?.ToItem());
                model.Put(key, item);
                break;
            case < 6:
                DeleteItemRequest delete = new("things", key) { ReturnOld = true };
                DeleteItemResult deleted = await database.DeleteItemAsync(delete, Cancel);
                Assert.Equal(model.Find(key), deleted.OldItem?.ToItem());
                Assert.Equal(model.Find(key) is null, deleted.Version is null);
                model.Delete(key);
                break;
            case < 8:
                GetItemResult got = await database.GetItemAsync(new GetItemRequest("things", key), Cancel);
                Assert.Equal(model.Find(key), got.Item?.ToItem());
                break;
            default:
                await CheckQueryAsync(database, model, key, dice);
                break;
        }
    }

    private static async Task CheckQueryAsync(KeystoneDatabase database, TableModel model, ItemKey key, Dice dice)
    {
        SortKeyCondition? condition = model.HasSort ? Condition(model, dice) : null;
        QueryRequest request = new("things", key.Partition) { SortKey = condition };
        Item[] expected = model.Query(key.Partition, condition);
        Assert.Equal(expected, await PagesAsync(database, request));
        Assert.Equal(expected, await PagesAsync(database, request with { Limit = dice.Below(4) + 1 }));
        Item[] reversed = [.. expected.Reverse()];
        Assert.Equal(reversed, await PagesAsync(database, request with { Backward = true }));
        Assert.Equal(reversed, await PagesAsync(database, request with { Backward = true, Limit = dice.Below(4) + 1 }));
    }

    private static SortKeyCondition? Condition(TableModel model, Dice dice)
    {
        int first = dice.Below(12);
        AttributeValue value = model.SortOf(first);
        return dice.Below(7) switch
        {
            0 => null,
            1 => SortKeyCondition.EqualTo(value),
            2 => SortKeyCondition.LessThan(value),
            3 => SortKeyCondition.LessThanOrEqualTo(value),
            4 => SortKeyCondition.GreaterThan(value),
            5 => SortKeyCondition.GreaterThanOrEqualTo(value),
            _ => model.Between(first, dice.Below(12)),
        };
    }

    private static async Task<List<Item>> PagesAsync(KeystoneDatabase database, QueryRequest request)
    {
        List<Item> items = [];
        QueryRequest? next = request;
        while (next is not null)
        {
            QueryResult page = await database.QueryPageAsync(next, Cancel);
            Assert.True(page.Items.Count <= (request.Limit ?? int.MaxValue));
            Assert.Equal(page.Items.Count, page.ScannedCount);

            // As DynamoDB does: a page that a limit ended has a last key, a page that came to the end has none.
            Assert.Equal(page.Items.Count == request.Limit, page.LastEvaluatedKey is not null);
            items.AddRange(page.Items.Select(item => item.ToItem()));
            next = page.LastEvaluatedKey is { } last ? request with { ExclusiveStartKey = last } : null;
        }

        return items;
    }

    private static async Task CheckScanAsync(KeystoneDatabase database, TableModel model, int segments)
    {
        List<Item> whole = await database.ScanAsync(new ScanRequest("things"), Cancel).ToListAsync(Cancel);
        Assert.Equal(model.All.OrderBy(item => item.ToString()), whole.OrderBy(item => item.ToString()));
        for (int limit = 1; limit < 6; limit++)
        {
            Assert.Equal(whole, await database.ScanAsync(new ScanRequest("things") { Limit = limit }, Cancel).ToListAsync(Cancel));
        }

        List<Item> parts = [];
        for (int segment = 0; segment < segments; segment++)
        {
            ScanRequest request = new("things") { Segment = segment, TotalSegments = segments, Limit = 2 };
            parts.AddRange(await database.ScanAsync(request, Cancel).ToListAsync(Cancel));
        }

        Assert.Equal(whole, parts);
        foreach (IGrouping<AttributeValue, Item> partition in whole.GroupBy(item => item["p"]))
        {
            Assert.Equal(partition, await PagesAsync(database, new QueryRequest("things", partition.Key)));
        }
    }
}
