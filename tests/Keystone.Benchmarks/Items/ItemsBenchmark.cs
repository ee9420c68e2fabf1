using System.Diagnostics;
using System.Globalization;
using Keystone.Benchmarks.Workloads;
using Keystone.Database;
using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Storage;

namespace Keystone.Benchmarks.Items;

/// <summary>
/// The rows of <see cref="ItemsCommand"/>: items of about 400 bytes with 8 attributes, in 100 to a partition, hot, buffered, 2 threads.
/// </summary>
internal sealed class ItemsBenchmark(string path, int itemCount, int rounds, TextWriter output)
{
    private const int PartitionItems = 100;
    private const int Threads = 2;
    private const string Table = "items";
    private const string StreamTable = "items-with-stream";
    private const string ExpiryTable = "items-that-expire";

    /// <summary>Long after any run of this: in the year 2100.</summary>
    private const long Until = 4_102_444_800;

    private readonly EncodedItem[] _items = [.. Enumerable.Range(0, itemCount).Select(ItemOf)];
    private readonly EncodedItem[] _expiring =
        [.. Enumerable.Range(0, itemCount).Select(i => ItemOf(i).ToItem().With("until", Until + i).Encode())];

    private readonly ItemKey[] _keys = [.. Enumerable.Range(0, itemCount).Select(KeyOf)];
    private byte[][] _engineKeys = [];
    private byte[][] _values = [];
    private StripeClaim[] _claims = [];

    public async Task RunAsync()
    {
        KeystoneDatabaseOptions options = new() { Durability = DatabaseDurability.Buffered, BackfillBytesPerSecondMax = null };
        await using KeystoneDatabase database = await KeystoneDatabase.CreateAsync(path, options).ConfigureAwait(false);
        foreach (int indexes in (int[])[0, 1, 5])
        {
            await database.CreateTableAsync(new CreateTableRequest(TableOf(indexes))).ConfigureAwait(false);
        }

        TableDefinition streamed = new(StreamTable, TableOf(0).Key) { Stream = StreamViewType.NewAndOldImages };
        await database.CreateTableAsync(new CreateTableRequest(streamed)).ConfigureAwait(false);
        await database.CreateTableAsync(new CreateTableRequest(new TableDefinition(ExpiryTable, TableOf(0).Key))).ConfigureAwait(false);
        await database.UpdateTableAsync(new UpdateTableRequest(ExpiryTable) { EnableTimeToLive = "until" }).ConfigureAwait(false);
        await FillAsync(database).ConfigureAwait(false);
        await RowAsync("get", ("items", i => GetAsync(database, i, null)), ("engine", i => EngineGet(database, i))).ConfigureAwait(false);
        await RowAsync("get-projection", ("items", i => GetAsync(database, i, "a1, a2")), ("engine", i => EngineGet(database, i)))
            .ConfigureAwait(false);
        await RowAsync("query100", ("items", i => QueryAsync(database, i)), ("engine", i => EngineScanAsync(database, i)))
            .ConfigureAwait(false);
        await RowAsync("filter100", ("items", i => FilterAsync(database, i)), ("engine", i => EngineScanAsync(database, i)))
            .ConfigureAwait(false);
        await RowAsync("statement-get", ("items", i => SelectOneAsync(database, i)), ("plain", i => GetAsync(database, i, "a1, a2")))
            .ConfigureAwait(false);
        await RowAsync("statement100", ("items", i => SelectAsync(database, i)), ("plain", i => QueryAsync(database, i)))
            .ConfigureAwait(false);
        await RowAsync("statement-sum", ("items", i => SumAsync(database, i)), ("plain", i => QueryAsync(database, i)))
            .ConfigureAwait(false);
        await RowAsync("put", ("items", i => PutAsync(database, 0, i)), ("engine", i => EnginePutAsync(database, i))).ConfigureAwait(false);
        await RowAsync("put-condition", ("items", i => PutIfAsync(database, i)), ("engine", i => EnginePutAsync(database, i)))
            .ConfigureAwait(false);
        await RowAsync("put-index1", ("items", i => PutAsync(database, 1, i)), ("plain", i => PutAsync(database, 0, i)))
            .ConfigureAwait(false);
        await RowAsync("put-index5", ("items", i => PutAsync(database, 5, i)), ("plain", i => PutAsync(database, 0, i)))
            .ConfigureAwait(false);
        await RowAsync("put-expiry", ("items", i => PutExpiringAsync(database, i)), ("plain", i => PutAsync(database, 0, i)))
            .ConfigureAwait(false);
        await RowAsync("update-stream", ("items", i => UpdateAsync(database, i, StreamTable)), ("plain", i => UpdateAsync(database, i)))
            .ConfigureAwait(false);
        await RowAsync("update", ("items", i => UpdateAsync(database, i)), ("plain", i => PutAsync(database, 0, i))).ConfigureAwait(false);
        await RowAsync("update-one", ("items", _ => UpdateAsync(database, 0)), ("plain", i => PutAsync(database, 0, i)), threads: 64)
            .ConfigureAwait(false);
        await RowAsync("transact4", ("items", i => TransactAsync(database, i)), ("plain", i => Put4Async(database, i)))
            .ConfigureAwait(false);
        await BackfillAsync(database).ConfigureAwait(false);
    }

    /// <summary>
    /// Adds a global index to the table with all items, and prints how long it took, and what it allocated of managed memory.
    /// </summary>
    private async Task BackfillAsync(KeystoneDatabase database)
    {
        IndexDefinition index = IndexDefinition.Global(
            "added", new KeyAttribute("a1", KeyType.Number), projection: IndexProjection.KeysOnly);
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long started = Stopwatch.GetTimestamp();
        await database.UpdateTableAsync(new UpdateTableRequest(NameOf(0)) { CreateIndex = index }).ConfigureAwait(false);
        DescribeTableRequest look = new(NameOf(0));
        while ((await database.DescribeTableAsync(look).ConfigureAwait(false)).Table.Status != TableStatus.Active)
        {
            await Task.Delay(1).ConfigureAwait(false);
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double bytes = (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / itemCount;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"BENCH items-backfill items={itemCount} items_s={itemCount / seconds:F0} seconds={seconds:F2} alloc={bytes:F0}"));
    }

    private async Task FillAsync(KeystoneDatabase database)
    {
        for (int i = 0; i < itemCount; i++)
        {
            await PutAsync(database, 0, i).ConfigureAwait(false);
            await database.PutItemAsync(new PutItemRequest(StreamTable, _items[i])).ConfigureAwait(false);
        }

        uint id = database.Disk.Catalog.Current.Find(NameOf(0))!.Id;
        _engineKeys = [.. _keys.Select(key => EngineKeyOf(id, key))];
        _claims = [.. _keys.Select(key => ClaimOf(database, id, key))];
        _values = [.. _items.Select((item, i) => StoredItem.ToValue(_claims[i].Epoch, item))];
    }

    /// <summary>Runs both sides in turns and prints the medians: operations a second, their ratio, bytes allocated for one.</summary>
    private async Task RowAsync(
        string name, (string Name, Func<int, ValueTask> Call) own, (string Name, Func<int, ValueTask> Call) peer, int threads = Threads)
    {
        List<double> ownRates = [];
        List<double> peerRates = [];
        double bytes = 0;
        for (int round = 0; round <= rounds; round++)
        {
            (double rate, bytes) = await MeasureAsync(own.Call, threads).ConfigureAwait(false);
            (double peerRate, _) = await MeasureAsync(peer.Call, threads).ConfigureAwait(false);

            // The first round warms the code.
            if (round > 0)
            {
                ownRates.Add(rate);
                peerRates.Add(peerRate);
            }
        }

        double median = Median(ownRates);
        double peerMedian = Median(peerRates);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"BENCH items-{name} threads={threads} {own.Name}={median:F0} {peer.Name}={peerMedian:F0} "
            + $"ratio_{peer.Name}={median / peerMedian:F2} alloc={bytes:F0}"));
    }

    private static async Task<(double Rate, double Bytes)> MeasureAsync(Func<int, ValueTask> call, int threads)
    {
        TimeSpan time = TimeSpan.FromSeconds(1);
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long started = Stopwatch.GetTimestamp();
        long[] counts = await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(async () =>
        {
            long count = 0;
            for (uint draw = (uint)thread; Stopwatch.GetElapsedTime(started) < time; count += 16)
            {
                for (int i = 0; i < 16; i++)
                {
                    draw = (draw * 1_664_525) + 1_013_904_223;
                    await call((int)(draw >> 1)).ConfigureAwait(false);
                }
            }

            return count;
        }))).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        long total = counts.Sum();
        return (total / seconds, (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / total);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private async ValueTask GetAsync(KeystoneDatabase database, int draw, string? projection)
    {
        GetItemRequest get = new(NameOf(0), _keys[draw % itemCount]) { ProjectionExpression = projection };
        GetItemResult found = await database.GetItemAsync(get).ConfigureAwait(false);
        Require(found.Item is not null);
    }

    private ValueTask EngineGet(KeystoneDatabase database, int draw)
    {
        int at = draw % itemCount;
        Span<byte> value = stackalloc byte[1024];
        ReadResult read = database.Disk.Engine.Get(_claims[at], _engineKeys[at], value);
        Require(read.Status == ReadStatus.Found);
        return ValueTask.CompletedTask;
    }

    private async ValueTask QueryAsync(KeystoneDatabase database, int draw)
    {
        QueryRequest query = new(NameOf(0), PartitionOf(draw % itemCount));
        QueryResult page = await database.QueryPageAsync(query).ConfigureAwait(false);
        Require(page.Count == PartitionItems);
    }

    private async ValueTask FilterAsync(KeystoneDatabase database, int draw)
    {
        QueryRequest query = new(NameOf(0), PartitionOf(draw % itemCount))
        {
            FilterExpression = "a1 = :v",
            ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":v"] = -1 },
        };
        QueryResult page = await database.QueryPageAsync(query).ConfigureAwait(false);
        Require(page is { Count: 0, ScannedCount: PartitionItems });
    }

    private async ValueTask SelectOneAsync(KeystoneDatabase database, int draw)
    {
        ItemKey key = _keys[draw % itemCount];
        ExecuteStatementRequest select = new($"SELECT a1, a2 FROM \"{NameOf(0)}\" WHERE p = ? AND s = ?")
        {
            Parameters = [key.Partition, key.Sort!],
        };
        Require((await database.ExecuteStatementAsync(select).ConfigureAwait(false)).Items.Count == 1);
    }

    private async ValueTask SelectAsync(KeystoneDatabase database, int draw)
    {
        ExecuteStatementRequest select = new($"SELECT * FROM \"{NameOf(0)}\" WHERE p = ?")
        {
            Parameters = [PartitionOf(draw % itemCount)],
        };
        Require((await database.ExecuteStatementAsync(select).ConfigureAwait(false)).Items.Count == PartitionItems);
    }

    private async ValueTask SumAsync(KeystoneDatabase database, int draw)
    {
        ExecuteStatementRequest select = new($"SELECT SUM(a1), COUNT(*) FROM \"{NameOf(0)}\" WHERE p = ?")
        {
            Parameters = [PartitionOf(draw % itemCount)],
        };
        Require((await database.ExecuteStatementAsync(select).ConfigureAwait(false)).Items.Count == 1);
    }

    private async ValueTask EngineScanAsync(KeystoneDatabase database, int draw)
    {
        int first = draw % itemCount / PartitionItems * PartitionItems;
        byte[] to = [.. _engineKeys[first][..^SortBytes(first)], byte.MaxValue];
        using StripeIterator iterator = database.Disk.Engine.OpenIterator(_claims[first], _engineKeys[first], to)!.Value;
        byte[] page = new byte[PartitionItems * 512];
        int count = 0;
        int used = 0;
        bool isStarted = false;
        while (true)
        {
            IteratorState state = isStarted ? iterator.Next() : iterator.SeekFirst();
            if (state == IteratorState.NeedsDisk)
            {
                await iterator.LoadAsync().ConfigureAwait(false);
                continue;
            }

            isStarted = true;
            if (state == IteratorState.End)
            {
                break;
            }

            iterator.Value.CopyTo(page.AsSpan(used));
            used += iterator.Value.Length;
            count++;
        }

        Require(count == PartitionItems);
    }

    private async ValueTask PutAsync(KeystoneDatabase database, int indexes, int draw)
        => await database.PutItemAsync(new PutItemRequest(NameOf(indexes), _items[draw % itemCount])).ConfigureAwait(false);

    private async ValueTask PutIfAsync(KeystoneDatabase database, int draw)
    {
        PutItemRequest put = new(NameOf(0), _items[draw % itemCount]) { ConditionExpression = "attribute_exists(a1)" };
        await database.PutItemAsync(put).ConfigureAwait(false);
    }

    private async ValueTask Put4Async(KeystoneDatabase database, int draw)
    {
        for (int i = 0; i < 4; i++)
        {
            await PutAsync(database, 0, draw + (i * PartitionItems)).ConfigureAwait(false);
        }
    }

    private async ValueTask EnginePutAsync(KeystoneDatabase database, int draw)
    {
        int at = draw % itemCount;
        WriteResult result = await database.Disk.Engine.PutAsync(
            _claims[at], _engineKeys[at], _values[at], WriteDurability.Buffered).ConfigureAwait(false);
        Require(result.Status == WriteStatus.Committed);
    }

    private async ValueTask PutExpiringAsync(KeystoneDatabase database, int draw)
        => await database.PutItemAsync(new PutItemRequest(ExpiryTable, _expiring[draw % itemCount])).ConfigureAwait(false);

    private async ValueTask UpdateAsync(KeystoneDatabase database, int draw, string? table = null)
    {
        UpdateItemRequest update = new(table ?? NameOf(0), _keys[draw % itemCount])
        {
            UpdateExpression = "SET n = n + :one",
            ExpressionAttributeValues = new Dictionary<string, AttributeValue> { [":one"] = 1 },
        };
        await database.UpdateItemAsync(update).ConfigureAwait(false);
    }

    private async ValueTask TransactAsync(KeystoneDatabase database, int draw)
    {
        // Of four partitions, so that no item comes twice.
        TransactWrite[] writes =
        [
            .. Enumerable.Range(0, 4).Select(i => TransactWrite.Put(NameOf(0), _items[(draw + (i * PartitionItems)) % itemCount])),
        ];
        await database.TransactWriteItemsAsync(new TransactWriteItemsRequest(writes)).ConfigureAwait(false);
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new BenchmarkException("A call answered something else than what is there.");
        }
    }

    private int SortBytes(int at) => _keys[at].SortBytes.Length;

    private static byte[] EngineKeyOf(uint id, ItemKey key)
    {
        byte[] bytes = new byte[EngineKey.Length(key)];
        EngineKey.Write(bytes, id, StripeHash.KeyPartOf(StripeHash.Of(id, key.PartitionBytes.Span)), key);
        return bytes;
    }

    private static StripeClaim ClaimOf(KeystoneDatabase database, uint id, ItemKey key)
    {
        int stripe = StripeHash.StripeOf(StripeHash.Of(id, key.PartitionBytes.Span), database.Disk.StripeCount);
        return new StripeClaim(stripe, database.Disk.StandingOf(stripe).Epoch);
    }

    private static string NameOf(int indexes) => $"{Table}{indexes}";

    private static TableDefinition TableOf(int indexes) => new(NameOf(indexes), new KeySchema("p").WithSort("s", KeyType.Number))
    {
        Indexes =
        [
            .. Enumerable.Range(1, indexes).Select(i => IndexDefinition.Global(
                $"index{i}", new KeyAttribute($"a{i}", KeyType.Number), projection: IndexProjection.KeysOnly)),
        ],
    };

    private static string PartitionOf(int i) => $"partition-{i / PartitionItems:D6}";

    private static ItemKey KeyOf(int i) => ItemKey.Of(PartitionOf(i), i % PartitionItems);

    private static EncodedItem ItemOf(int i)
    {
        ItemBuilder item = new() { ["p"] = PartitionOf(i), ["s"] = i % PartitionItems, ["n"] = 0 };
        for (int a = 1; a <= 5; a++)
        {
            item.Set($"a{a}", (i * a) % 10_007);
        }

        return item.Set("text", new string((char)('a' + (i % 26)), 310)).Build();
    }
}
