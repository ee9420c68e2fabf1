using System.Runtime.CompilerServices;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

namespace Keystone.Orleans.Client;

/// <content>
/// Whole queries and scans. While the caller looks at one page, the next is on its way: one page of read-ahead, never more, and none for
/// a caller who stops.
/// </content>
public sealed partial class KeystoneClient
{
    /// <summary>
    /// The items of a query, page after page until there is no more. <see cref="QueryRequest.Limit"/> bounds each page, not the whole.
    /// </summary>
    public IAsyncEnumerable<Item> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ReadAheadAsync(ReadPageAsync, cancellationToken);

        async Task<Page> ReadPageAsync(Position? start, CancellationToken token)
        {
            QueryRequest next = start is not { } behind
                ? request
                : request with { ExclusiveStartKey = behind.Key, ExclusiveStartIndexKey = behind.IndexKey };
            QueryResult page = await QueryPageAsync(next, token).ConfigureAwait(false);
            return new Page(page.Items, Position.Of(page.LastEvaluatedKey, page.LastEvaluatedIndexKey));
        }
    }

    /// <summary>
    /// The items of a scan, page after page until there is no more. <see cref="ScanRequest.Limit"/> bounds each page, not the whole.
    /// </summary>
    public IAsyncEnumerable<Item> ScanAsync(ScanRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ReadAheadAsync(ReadPageAsync, cancellationToken);

        async Task<Page> ReadPageAsync(Position? start, CancellationToken token)
        {
            ScanRequest next = start is not { } behind
                ? request
                : request with { ExclusiveStartKey = behind.Key, ExclusiveStartIndexKey = behind.IndexKey };
            ScanResult page = await ScanPageAsync(next, token).ConfigureAwait(false);
            return new Page(page.Items, Position.Of(page.LastEvaluatedKey, page.LastEvaluatedIndexKey));
        }
    }

    private static async IAsyncEnumerable<Item> ReadAheadAsync(
        Func<Position?, CancellationToken, Task<Page>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Page>? next = read(null, stop.Token);
        try
        {
            while (next is not null)
            {
                Page page = await next.ConfigureAwait(false);
                next = page.Last is { } last ? read(last, stop.Token) : null;
                foreach (EncodedItem item in page.Items)
                {
                    yield return item.ToItem();
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            if (next is not null)
            {
                // The page that nobody wants any more may fail as it likes; it must not fail unobserved.
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private readonly record struct Page(ItemPage Items, Position? Last);

    /// <summary>Behind which item, and of an index behind which of its keys, a page starts.</summary>
    private readonly record struct Position(ItemKey Key, Item? IndexKey)
    {
        public static Position? Of(ItemKey? key, Item? indexKey) => key is { } some ? new Position(some, indexKey) : null;
    }
}
