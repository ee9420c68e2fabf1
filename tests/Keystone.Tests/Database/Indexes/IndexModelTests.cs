using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Testing;
using Xunit;

namespace Keystone.Tests.Database.Indexes;

/// <summary>
/// Random writes to a table with indexes of every kind: after each piece of them every index is the projection of the table, in order, at
/// every size of page, both ways. The seed in a failure's name replays it.
/// </summary>
public sealed class IndexModelTests : IDisposable
{
    private const string Table = "things";
    private const int Rounds = 12;
    private const int OperationsARound = 60;

    private static readonly string[] Texts = ["a", "a\0", "a\0b", "ab", "b", "ÿ", "日", "\0"];
    private static readonly int[] Numbers = [-5, -1, 0, 1, 12, 123];

    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static TableDefinition Things { get; } = new(Table, new KeySchema("p").WithSort("s", KeyType.Number))
    {
        Indexes =
        [
            IndexDefinition.Local("local-text", new KeyAttribute("p", KeyType.String), new KeyAttribute("t", KeyType.String)),
            IndexDefinition.Local(
                "local-number", new KeyAttribute("p", KeyType.String), new KeyAttribute("n", KeyType.Number), IndexProjection.KeysOnly),
            IndexDefinition.Global("global-text", new KeyAttribute("t", KeyType.String), new KeyAttribute("n", KeyType.Number)),
            IndexDefinition.Global("global-bytes", new KeyAttribute("b", KeyType.Binary), projection: IndexProjection.Include("x")),
            IndexDefinition.Global(
                "global-many",
                [new KeyAttribute("t", KeyType.String), new KeyAttribute("b", KeyType.Binary)],
                [new KeyAttribute("n", KeyType.Number), new KeyAttribute("u", KeyType.String)]),
        ],
    };

    public static TheoryData<int, bool> Seeds => new() { { Environment.TickCount, false }, { Environment.TickCount + 1, true } };

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task An_index_is_the_projection_of_its_table(int seed, bool inMemory)
    {
        Dice dice = new((ulong)seed);
        KeystoneDatabase database = inMemory ? KeystoneDatabase.CreateInMemory(DatabaseFixture.Small) : _fixture.Create();
        try
        {
            await database.CreateTableAsync(new CreateTableRequest(Things), Cancel);
            Dictionary<ItemKey, Item> items = [];
            for (int round = 0; round < Rounds; round++)
            {
                for (int i = 0; i < OperationsARound; i++)
                {
                    await StepAsync(database, items, new Dice(dice.Next()));
                }

                if (round % 3 == 1)
                {
                    await database.FlushAsync();
                }

                if (round % 5 == 4 && !inMemory)
                {
                    await database.DisposeAsync();
                    database = _fixture.Open();
                }

                foreach (IndexDefinition index in Things.Indexes)
                {
                    await CheckAsync(database, index, items, new Dice(dice.Next()));
                }
            }
        }
        finally
        {
            await database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Writers_that_move_items_between_partitions_of_an_index_leave_one_entry_each()
    {
        await using KeystoneDatabase database = KeystoneDatabase.CreateInMemory(DatabaseFixture.Small);
        await database.CreateTableAsync(new CreateTableRequest(Things), Cancel);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(
            async () =>
            {
                Dice dice = new((ulong)writer + 1);
                for (int i = 0; i < 200; i++)
                {
                    await database.PutItemAsync(Table, Drawn(ItemKey.Of("p", dice.Below(4)), new Dice(dice.Next())), Cancel);
                }
            },
            Cancel)));
        ScanResult scan = await database.ScanPageAsync(new ScanRequest(Table), Cancel);
        Dictionary<ItemKey, Item> items = scan.Items.ToDictionary(
            item => Things.Key.KeyOf(item, ItemLimits.Default), item => item.ToItem());
        foreach (IndexDefinition index in Things.Indexes)
        {
            await CheckAsync(database, index, items, new Dice(1));
        }
    }

    private static async Task StepAsync(KeystoneDatabase database, Dictionary<ItemKey, Item> items, Dice dice)
    {
        ItemKey key = ItemKey.Of(Texts[dice.Below(3)], dice.Below(10));
        switch (dice.Below(4))
        {
            case 0:
                await database.DeleteItemAsync(new DeleteItemRequest(Table, key), Cancel);
                items.Remove(key);
                break;
            case 1:
                Item drawn = Drawn(key, new Dice(dice.Next()));
                string[] names = [.. drawn.Keys.Where(name => name is not ("p" or "s"))];
                if (names.Length == 0)
                {
                    return;
                }

                UpdateItemRequest update = new(Table, key)
                {
                    UpdateExpression = $"SET {string.Join(", ", names.Select(name => $"#{name} = :{name}"))} "
                        + $"REMOVE {(names.Contains("y") ? "x" : "y")}",
                    ExpressionAttributeNames = names.ToDictionary(name => $"#{name}", name => name),
                    ExpressionAttributeValues = names.ToDictionary(name => $":{name}", name => drawn[name]),
                    ReturnValues = ReturnValues.AllNew,
                };
                items[key] = (await database.UpdateItemAsync(update, Cancel)).Attributes!.Value.ToItem();
                break;
            default:
                Item item = Drawn(key, new Dice(dice.Next()));
                await database.PutItemAsync(Table, item, Cancel);
                items[key] = item;
                break;
        }
    }

    private static Item Drawn(ItemKey key, Dice dice)
    {
        ItemBuilder item = new() { ["p"] = key.Partition, ["s"] = key.Sort! };
        if (dice.Chance(0.8))
        {
            item.Set("t", Texts[dice.Below(Texts.Length)]);
        }

        if (dice.Chance(0.8))
        {
            item.Set("n", Numbers[dice.Below(Numbers.Length)]);
        }

        if (dice.Chance(0.7))
        {
            item.Set("b", AttributeValue.Binary([(byte)(dice.Below(2) * 255), 0, 1]));
        }

        if (dice.Chance(0.7))
        {
            item.Set("u", Texts[dice.Below(Texts.Length)]);
        }

        item.Set(dice.Chance(0.5) ? "x" : "y", dice.Below(1000));
        return item.Build();
    }

    private static async Task CheckAsync(KeystoneDatabase database, IndexDefinition index, Dictionary<ItemKey, Item> items, Dice dice)
    {
        Dictionary<string, Entry[]> expected = items
            .Where(item => index.Keys.All(key => item.Value.Find(key.Name) is not null))
            .Select(item => new Entry(index, item.Key, item.Value))
            .GroupBy(entry => entry.Partition)
            .ToDictionary(group => group.Key, group => group.Order().ToArray());
        ScanRequest scan = new(Table) { IndexName = index.Name, Limit = dice.Below(5) + 1 };
        List<Item> all = await database.ScanAsync(scan, Cancel).ToListAsync(Cancel);
        Assert.Equal(expected.Values.Sum(entries => entries.Length), all.Count);
        foreach (Entry[] entries in expected.Values)
        {
            QueryRequest query = entries[0].ToQuery() with { Limit = dice.Chance(0.3) ? null : dice.Below(4) + 1 };
            Item[] projected = [.. entries.Select(entry => entry.Projected())];
            Assert.Equal(projected, await database.QueryAsync(query, Cancel).ToArrayAsync(Cancel));
            Assert.Equal(projected.Reverse(), await database.QueryAsync(query with { Backward = true }, Cancel).ToArrayAsync(Cancel));
            Assert.Subset(all.ToHashSet(), projected.ToHashSet());
        }
    }

    /// <summary>An entry as it has to be, in the order of the values themselves.</summary>
    private sealed class Entry(IndexDefinition index, ItemKey key, Item item) : IComparable<Entry>
    {
        public string Partition => string.Join("|", index.Partition.Select(attribute => item[attribute.Name].ToString()));

        public Item Projected()
        {
            if (index.Projection.Kind == IndexProjectionKind.All)
            {
                return item;
            }

            ItemBuilder builder = new();
            foreach (string name in index.Keys.Select(k => k.Name).Concat(["p", "s"]).Concat(index.Projection.Attributes))
            {
                if (item.Find(name) is { } value)
                {
                    builder.Set(name, value);
                }
            }

            return builder.Build();
        }

        public QueryRequest ToQuery() => new(Table)
        {
            IndexName = index.Name,
            KeyConditionExpression = string.Join(" AND ", index.Partition.Select((_, i) => $"#k{i} = :k{i}")),
            ExpressionAttributeNames = Numbered("#k").ToDictionary(k => k.Placeholder, k => k.Attribute),
            ExpressionAttributeValues = Numbered(":k").ToDictionary(k => k.Placeholder, k => item[k.Attribute]),
        };

        public int CompareTo(Entry? other)
        {
            foreach (KeyAttribute attribute in index.Sort)
            {
                int order = Compare(item[attribute.Name], other!.Item[attribute.Name]);
                if (order != 0)
                {
                    return order;
                }
            }

            int byPartition = index.Kind == IndexKind.Local ? 0 : Compare(key.Partition, other!.Key.Partition);
            return byPartition != 0 ? byPartition : Compare(key.Sort!, other!.Key.Sort!);
        }

        private Item Item => item;

        private ItemKey Key => key;

        private static int Compare(AttributeValue a, AttributeValue b) => a.Kind switch
        {
            AttributeKind.Number => a.AsNumber().CompareTo(b.AsNumber()),
            AttributeKind.String => System.Text.Encoding.UTF8.GetBytes(a.AsString()).AsSpan()
                .SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b.AsString())),
            _ => a.AsBinary().Span.SequenceCompareTo(b.AsBinary().Span),
        };

        private IEnumerable<(string Placeholder, string Attribute)> Numbered(string prefix)
            => index.Partition.Select((attribute, i) => ($"{prefix}{i}", attribute.Name));
    }
}
