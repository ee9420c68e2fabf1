using Keystone.Database.Catalog;
using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Model.Streams;

namespace Keystone.Database.Routing;

/// <content>
/// Streams: the changes of a shard's stripes in one order. Each stripe says up to which number its answer is all there is; what lies at or
/// below the least of these is delivered, so that one number is enough to go on from.
/// </content>
public sealed partial class TableRouter
{
    /// <summary>The bytes of changes after which an answer ends.</summary>
    private const int ChangeBytesMax = 1 << 20;

    /// <inheritdoc cref="IKeystoneDatabase.GetShardIteratorAsync"/>
    public async ValueTask<GetShardIteratorResult> GetShardIteratorAsync(
        GetShardIteratorRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        StreamArn arn = StreamArn.Parse(request.StreamArn);
        ulong? start = request.ToStart();
        RoutedTable table = await FindAsync(arn.TableName, cancellationToken).ConfigureAwait(false);
        StreamDescription stream = arn.In(table.Table.Description);
        int shard = StreamShard.PlaceOf(stream, request.ShardId);
        ShardIterator iterator = new(table.Table.Id, stream.Id, shard, start ?? 0);
        if (start is null)
        {
            StripeChangePage[] pages = await AskShardAsync(table, stream, iterator, 0, cancellationToken).ConfigureAwait(false);
            iterator = iterator with { After = pages.Min(page => page.Through) };
        }

        return new GetShardIteratorResult(iterator.ToString());
    }

    /// <inheritdoc cref="IKeystoneDatabase.GetRecordsAsync"/>
    public async ValueTask<GetRecordsResult> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        int limit = request.RequireLimit();
        ShardIterator iterator = ShardIterator.Parse(request.ShardIterator);
        RoutedTable table = await FindAsync(iterator.TableId, cancellationToken).ConfigureAwait(false);
        StreamDescription stream = table.Table.Description.Streams.FirstOrDefault(stream => stream.Id == iterator.StreamId)
            ?? throw new KeystoneException(
                KeystoneErrorCode.ResourceNotFound, "Requested resource not found: the stream of the shard iterator is gone");
        if (iterator.Shard >= stream.ShardCount)
        {
            throw KeystoneException.Validation("Invalid ShardIterator: its stream has no such shard");
        }

        StripeChangePage[] pages = await AskShardAsync(table, stream, iterator, limit, cancellationToken).ConfigureAwait(false);
        List<ChangeRecord> records = Merge(pages, limit, out ulong through, out bool isLast);
        return new GetRecordsResult(records, isLast ? null : (iterator with { After = through }).ToString());
    }

    /// <summary>Asks all stripes of a shard.</summary>
    private async ValueTask<StripeChangePage[]> AskShardAsync(
        RoutedTable table, StreamDescription stream, ShardIterator iterator, int limit, CancellationToken cancellationToken)
    {
        int first = FirstStripe(iterator.Shard, stream);
        int count = FirstStripe(iterator.Shard + 1, stream) - first;
        var pending = new ValueTask<StripeChangePage>[count];
        for (int i = 0; i < count; i++)
        {
            StripeTarget target = new(first + i, table.Table.Id, table.CatalogVersion);
            StripeChanges changes = new(target, stream.Id, iterator.After, limit, Math.Max(1, ChangeBytesMax / count));
            pending[i] = _stripes.ReadChangesAsync(changes, cancellationToken);
        }

        // Each is awaited whatever became of those before it: an abandoned one would still be reading.
        return await Task.WhenAll(pending.Select(page => page.AsTask())).ConfigureAwait(false);
    }

    /// <summary>What all stripes agree to be all there is, in order.</summary>
    private static List<ChangeRecord> Merge(StripeChangePage[] pages, int limit, out ulong through, out bool isLast)
    {
        ulong agreed = pages.Min(page => page.Through);
        List<ChangeRecord> records =
        [
            .. pages.SelectMany(page => page.Records).Where(record => record.Number <= agreed).OrderBy(record => record.Number),
        ];
        isLast = pages.All(page => page.IsLast) && records.Count <= limit && pages.Sum(page => page.Records.Count) == records.Count;
        if (records.Count > limit)
        {
            records.RemoveRange(limit, records.Count - limit);
            agreed = records[^1].Number;
        }

        through = agreed;
        return records;
    }

    private int FirstStripe(int shard, StreamDescription stream) => (int)((long)shard * _stripeCount / stream.ShardCount);

    /// <summary>The table of an id as this router knows it, after a second look if it knows none.</summary>
    private async ValueTask<RoutedTable> FindAsync(uint id, CancellationToken cancellationToken)
    {
        CatalogSnapshot catalog = _catalog.Current;
        if (catalog.Find(id) is { } table)
        {
            return new RoutedTable(table, catalog.Version);
        }

        catalog = await _catalog.RefreshAsync(catalog.Version, cancellationToken).ConfigureAwait(false);
        return new RoutedTable(catalog.Find(id) ?? throw KeystoneException.TableNotFound($"of id {id}"), catalog.Version);
    }
}
