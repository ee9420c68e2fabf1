using Keystone.Database;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Model.Streams;
using Keystone.Simulation.Laws;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Items;

/// <summary>Reads pages to their end, and a stream on from where it was read last, crashes or not.</summary>
internal sealed class ItemsReader(string table, StreamDescription stream)
{
    private readonly StreamArn _arn = StreamArn.Of(table, stream);
    private readonly Dictionary<string, string> _iterators = [];

    public static Item[] All(SeededJobHost host, KeystoneDatabase database, QueryRequest query)
    {
        List<Item> items = [];
        for (QueryRequest? next = query; next is not null;)
        {
            QueryResult page = host.Await(database.QueryPageAsync(next));
            items.AddRange(page.Items.Select(item => item.ToItem()));
            next = page.LastEvaluatedKey is { } last
                ? query with { ExclusiveStartKey = last, ExclusiveStartIndexKey = page.LastEvaluatedIndexKey }
                : null;
        }

        return [.. items];
    }

    public static Item[] All(SeededJobHost host, KeystoneDatabase database, ScanRequest scan)
    {
        List<Item> items = [];
        for (ScanRequest? next = scan; next is not null;)
        {
            ScanResult page = host.Await(database.ScanPageAsync(next));
            items.AddRange(page.Items.Select(item => item.ToItem()));
            next = page.LastEvaluatedKey is { } last
                ? scan with { ExclusiveStartKey = last, ExclusiveStartIndexKey = page.LastEvaluatedIndexKey }
                : null;
        }

        return [.. items];
    }

    /// <summary>The stream has just these changes since it was read last: those of each item in their order.</summary>
    public void Check(SeededJobHost host, KeystoneDatabase database, IReadOnlyList<Change> wanted)
    {
        List<Change> found = [];
        foreach (StreamShard shard in StreamShard.Of(stream))
        {
            found.AddRange(Read(host, database, shard.Id));
        }

        ILookup<ItemKey, Change> byKey = found.ToLookup(change => change.Key);
        foreach (IGrouping<ItemKey, Change> item in wanted.GroupBy(change => change.Key))
        {
            LawFailure.Require(
                byKey[item.Key].SequenceEqual(item),
                $"the stream has {string.Join("; ", byKey[item.Key])} of {item.Key}, not {string.Join("; ", item)}");
        }

        LawFailure.Require(found.Count == wanted.Count, $"the stream has {found.Count} changes, not {wanted.Count}");
    }

    private List<Change> Read(SeededJobHost host, KeystoneDatabase database, string shard)
    {
        if (!_iterators.TryGetValue(shard, out string? iterator))
        {
            GetShardIteratorRequest start = new(_arn.ToString(), shard, ShardIteratorKind.TrimHorizon);
            iterator = host.Await(database.GetShardIteratorAsync(start)).ShardIterator;
        }

        List<Change> changes = [];
        GetRecordsResult page;
        do
        {
            page = host.Await(database.GetRecordsAsync(new GetRecordsRequest(iterator) { Limit = 7 }));
            changes.AddRange(page.Records.Select(ToChange));
            iterator = page.NextShardIterator!;
        }
        while (page.Records.Count > 0);

        _iterators[shard] = iterator;
        return changes;
    }

    private static Change ToChange(ChangeRecord record)
    {
        Item key = record.Key.ToItem();
        return new Change(ItemKey.Of(key["p"], key["s"]), record.OldImage?.ToItem(), record.NewImage?.ToItem(), record.IsByService);
    }
}
