using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Cli.Output;

/// <summary>One page of a query or a scan, whichever it was.</summary>
internal sealed record WalkPage(ItemPage Items, ItemKey? Last, int Scanned);

/// <summary>Turns pages until they end or enough items are there, and shows what is on them.</summary>
internal static class PageWalk
{
    /// <summary>So many items a table shows when nobody says how many; the other formats then show all.</summary>
    public const int TableItems = 100;

    /// <summary>Walks and prints.</summary>
    /// <param name="turn">Reads the page behind a key, of at most so many items.</param>
    /// <param name="printer">Shows the items.</param>
    /// <param name="limit">The most items to show; null means all.</param>
    /// <param name="cancellation">Stops between pages.</param>
    public static async Task RunAsync(
        Func<ItemKey?, int?, CancellationToken, ValueTask<WalkPage>> turn, ItemPrinter printer, int? limit, CancellationToken cancellation)
    {
        ItemKey? last = null;
        long scanned = 0;
        int? left = limit;
        do
        {
            WalkPage page = await turn(last, left, cancellation).ConfigureAwait(false);
            foreach (EncodedItem item in page.Items)
            {
                printer.Add(item.ToItem());
            }

            scanned += page.Scanned;
            left -= page.Items.Count;
            last = page.Last;
        }
        while (last is not null && left is null or > 0);

        printer.Finish(scanned, hasMore: last is not null);
    }
}
