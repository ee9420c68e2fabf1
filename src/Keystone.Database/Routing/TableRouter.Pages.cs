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

    /// <summary>Reads stripe after stripe, which is in the order of hashes, until the page is full or the segment at its end.</summary>
    private async ValueTask<ScanResult> ScanAsync(
        RoutedTable table, ScanRequest request, ReadExpressions? expressions, CancellationToken cancellationToken)
    {
        expressions?.Bind(_expressions).RequireKey(table.Key);
        HashRange hashes = HashesOf(table, request);
        if (hashes.IsEmpty)
        {
            return new ScanResult(ItemPage.Empty, null, 0);
        }

        ItemKey start = request.ExclusiveStartKey ?? default;
        int last = hashes.LastStripe(_stripeCount);
        PageJoin join = new(request.Limit ?? int.MaxValue, _limits.PageBytesMax);
        for (int stripe = hashes.FirstStripe(_stripeCount); stripe <= last; stripe++)
        {
            StripeScan scan = new(new StripeTarget(stripe, table.Table.Id, table.CatalogVersion), hashes)
            {
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
                return join.ToScanResult(isComplete: false);
            }

            start = default;
        }

        return join.ToScanResult(isComplete: true);
    }

    /// <summary>Checks what a read says by itself, so that it is told before the table is looked for. The owner checks it again.</summary>
    private ReadExpressions? Checked(ReadExpressions? expressions)
    {
        expressions?.Bind(_expressions);
        return expressions;
    }

    /// <summary>What of the segment lies at or behind the start key.</summary>
    private HashRange HashesOf(RoutedTable table, ScanRequest request)
    {
        HashRange segment = HashRange.OfSegment(request.Segment, request.TotalSegments);
        if (request.ExclusiveStartKey is not { } start)
        {
            return segment;
        }

        table.Key.Require(start, _limits);
        uint hash = StripeHash.KeyPartOf(StripeHash.Of(table.Table.Id, start.PartitionBytes.Span));
        return segment.Contains(hash)
            ? segment with { From = hash }
            : throw KeystoneException.Validation(
                "The provided starting key is invalid: it does not lie in the segment. Give back the last key of the page before");
    }
}
