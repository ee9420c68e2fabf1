using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

namespace Keystone.Database.Routing;

/// <content>Pages of queries and scans.</content>
public sealed partial class TableRouter
{
    /// <inheritdoc cref="IKeystoneDatabase.QueryPageAsync"/>
    public ValueTask<QueryResult> QueryPageAsync(QueryRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        return AskAsync(
            request.TableName,
            (request, Checked(request.ToExpressions())),
            static (router, table, asked, cancel) => router.QueryAsync(table, asked.request, asked.Item2, cancel),
            cancellationToken);
    }

    /// <inheritdoc cref="IKeystoneDatabase.ScanPageAsync"/>
    public ValueTask<ScanResult> ScanPageAsync(ScanRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate(_limits);
        return AskAsync(
            request.TableName,
            (request, Checked(request.ToExpressions())),
            static (router, table, asked, cancel) => router.ScanAsync(table, asked.request, asked.Item2, cancel),
            cancellationToken);
    }

    private async ValueTask<QueryResult> QueryAsync(
        RoutedTable table, QueryRequest request, ReadExpressions? expressions, CancellationToken cancellationToken)
    {
        if (request.IndexName is not null)
        {
            return await QueryIndexAsync(table, request, expressions, cancellationToken).ConfigureAwait(false);
        }

        BoundReadExpressions? bound = expressions?.Bind(_expressions);
        KeyConditionPlan? keys = bound?.KeyCondition?.ToKeys(table.Key);
        bound?.RequireKey(table.Key);
        ItemKey partition = ItemKey.Of(keys is null ? request.PartitionKey! : keys.Partition[0]);
        SortKeyCondition? sort = keys is null ? request.SortKey : keys.Sort;
        SortKeyRange range = sort?.ToRange(table.Key) ?? SortKeyRange.All;
        StripeQuery query = new(TargetOf(table, partition), partition, range.Lower, range.Upper)
        {
            Backward = request.Backward,
            Limit = request.Limit,
            ExclusiveStartKey = request.ExclusiveStartKey ?? default,
            ConsistentRead = request.ConsistentRead,
            Expressions = expressions is { ShapesAnswer: true } ? expressions : null,
        };
        StripePage page = await _stripes.QueryAsync(query, cancellationToken).ConfigureAwait(false);
        ItemKey? last = page.IsComplete ? null : page.LastKey;
        return new QueryResult(page.Items, last, page.ScannedCount) { Count = page.Count };
    }

    private async ValueTask<QueryResult> QueryIndexAsync(
        RoutedTable table, QueryRequest request, ReadExpressions? expressions, CancellationToken cancellationToken)
    {
        BoundReadExpressions? bound = expressions?.Bind(_expressions);
        IndexRead read = IndexRead.Of(table.Table.RequireIndex(request.IndexName!), request.Select, bound);
        if (request.ExclusiveStartKey is { } itemKey)
        {
            table.Key.Require(itemKey, _limits);
        }

        (ItemKey partition, SortKeyRange range) = read.KeysOf(request, bound, _limits);
        int stripe = StripeHash.StripeOf(read.Index.HashOf(partition), _stripeCount);
        StripeQuery query = new(new StripeTarget(stripe, table.Table.Id, table.CatalogVersion), partition, range.Lower, range.Upper)
        {
            Index = read.Index.Number,
            Whole = read.Whole,
            Backward = request.Backward,
            Limit = request.Limit,
            ExclusiveStartKey = read.StartOf(request.ExclusiveStartKey, request.ExclusiveStartIndexKey) ?? default,
            ConsistentRead = request.ConsistentRead,
            Expressions = expressions is { ShapesAnswer: true } ? expressions : null,
        };
        StripePage page = await _stripes.QueryAsync(query, cancellationToken).ConfigureAwait(false);
        QueryResult result = new(page.Items, null, page.ScannedCount) { Count = page.Count };
        return page.IsComplete
            ? result
            : result with { LastEvaluatedKey = read.ItemKeyOf(page.LastKey), LastEvaluatedIndexKey = read.AttributesOf(page.LastKey) };
    }

    /// <summary>A result of an index with the keys that its callers know.</summary>
    private static ScanResult Shown(ScanResult result, IndexRead? read)
        => read is null || result.LastEvaluatedKey is not { } entry
            ? result
            : result with { LastEvaluatedKey = read.ItemKeyOf(entry), LastEvaluatedIndexKey = read.AttributesOf(entry) };

    /// <summary>Reads stripe after stripe, which is in the order of hashes, until the page is full or the segment at its end.</summary>
    private async ValueTask<ScanResult> ScanAsync(
        RoutedTable table, ScanRequest request, ReadExpressions? expressions, CancellationToken cancellationToken)
    {
        BoundReadExpressions? bound = expressions?.Bind(_expressions);
        IndexRead? read = request.IndexName is { } name ? IndexRead.Of(table.Table.RequireIndex(name), request.Select, bound) : null;
        if (read is null)
        {
            bound?.RequireKey(table.Key);
        }

        ItemKey start = read?.StartOf(request.ExclusiveStartKey, request.ExclusiveStartIndexKey) ?? request.ExclusiveStartKey ?? default;
        HashRange hashes = HashesOf(table, request, read, start);
        if (hashes.IsEmpty)
        {
            return new ScanResult(ItemPage.Empty, null, 0);
        }

        int last = hashes.LastStripe(_stripeCount);
        PageJoin join = new(request.Limit ?? int.MaxValue, _limits.PageBytesMax);
        for (int stripe = hashes.FirstStripe(_stripeCount); stripe <= last; stripe++)
        {
            StripeScan scan = new(new StripeTarget(stripe, table.Table.Id, table.CatalogVersion), hashes)
            {
                Index = read?.Index.Number ?? 0,
                Whole = read is { Whole: true },
                Limit = join.CountLeft,
                BytesMax = join.BytesLeft,
                TakesFirst = join.IsEmpty,
                ExclusiveStartKey = start,
                ConsistentRead = request.ConsistentRead,
                Expressions = expressions,
            };
            StripePage page = await _stripes.ScanAsync(scan, cancellationToken).ConfigureAwait(false);
            if (!join.TryGoOn(page))
            {
                return Shown(join.ToScanResult(isComplete: false), read);
            }

            start = default;
        }

        return Shown(join.ToScanResult(isComplete: true), read);
    }

    /// <summary>Checks what a read says by itself, so that it is told before the table is looked for. The owner checks it again.</summary>
    private ReadExpressions? Checked(ReadExpressions? expressions)
    {
        expressions?.Bind(_expressions);
        return expressions;
    }

    /// <summary>What of the segment lies at or behind the start key.</summary>
    private HashRange HashesOf(RoutedTable table, ScanRequest request, IndexRead? read, ItemKey start)
    {
        HashRange segment = HashRange.OfSegment(request.Segment, request.TotalSegments);
        if (start.IsNone)
        {
            return segment;
        }

        table.Key.Require(request.ExclusiveStartKey!.Value, _limits);
        uint hash = StripeHash.KeyPartOf(StripeHash.Of(read?.Index.KeyId ?? table.Table.Id, start.PartitionBytes.Span));
        return segment.Contains(hash)
            ? segment with { From = hash }
            : throw KeystoneException.Validation(
                "The provided starting key is invalid: it does not lie in the segment. Give back the last key of the page before");
    }
}
