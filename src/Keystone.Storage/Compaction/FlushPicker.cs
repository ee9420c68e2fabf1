using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>What the flush worker goes by: the write buffers' and the log's budgets, as numbers of the whole disk.</summary>
/// <param name="BufferBytesMax">All memtables together, sealed ones included.</param>
/// <param name="LogBytesMax">The segments in use.</param>
internal sealed record FlushBudgets(long BufferBytesMax, long LogBytesMax)
{
    /// <summary>A flush starts at this share of a budget.</summary>
    public const double StartShare = 0.6;

    /// <summary>A memtable above this share of the budget is flushed at once.</summary>
    public const double LargeShare = 1.0 / 8;

    /// <summary>So many stripes share a directory sync and a manifest record.</summary>
    public const int StripesMax = 64;

    /// <summary>A round takes stripes until it has this share of the budget.</summary>
    public const double RoundShare = 1.0 / 8;
}

/// <summary>
/// Chooses the stripes of a flush. For the log it takes those that hold the oldest segment, for memory the largest.
/// </summary>
internal static class FlushPicker
{
    public static List<Stripe> Pick(Stripe[] stripes, FlushBudgets budgets, long bufferBytes, long logBytes, ulong oldestSegmentEnd)
    {
        if (logBytes >= budgets.LogBytesMax * FlushBudgets.StartShare && oldestSegmentEnd > 0)
        {
            List<Stripe> holders = [.. stripes.Where(s => OldestGroup(s) <= oldestSegmentEnd).Take(FlushBudgets.StripesMax)];
            if (holders.Count > 0)
            {
                return holders;
            }
        }

        List<Stripe> large =
            [.. stripes.Where(s => BufferBytes(s) >= budgets.BufferBytesMax * FlushBudgets.LargeShare).Take(FlushBudgets.StripesMax)];
        if (large.Count > 0 || bufferBytes < budgets.BufferBytesMax * FlushBudgets.StartShare)
        {
            return large;
        }

        return Largest(stripes, (long)(budgets.BufferBytesMax * FlushBudgets.RoundShare));
    }

    /// <summary>The lowest group that may hold something of the stripe that is in no file; null when everything is in files.</summary>
    public static ulong? OldestGroup(Stripe stripe)
    {
        View view = stripe.AcquireView();
        try
        {
            return view.Sealed.Length > 0 ? view.Sealed[^1].FirstGroup
                : view.Active.IsEmpty ? null
                : view.Active.FirstGroup;
        }
        finally
        {
            view.Release();
        }
    }

    private static List<Stripe> Largest(Stripe[] stripes, long bytesWanted)
    {
        List<Stripe> picked = [];
        long bytes = 0;
        IEnumerable<(Stripe Stripe, long Bytes)> filled = stripes.Select(s => (s, BufferBytes(s))).Where(p => p.Item2 > 0);
        foreach ((Stripe stripe, long size) in filled.OrderByDescending(p => p.Bytes))
        {
            if (picked.Count == FlushBudgets.StripesMax || bytes >= bytesWanted)
            {
                break;
            }

            picked.Add(stripe);
            bytes += size;
        }

        return picked;
    }

    /// <summary>Memory of the stripe's memtables, those that wait for their flush included.</summary>
    public static long BufferBytes(Stripe stripe)
    {
        View view = stripe.AcquireView();
        try
        {
            // A table may hold memory and no entry: what was reserved for a batch that had to wait.
            long bytes = view.Active.IsEmpty ? 0 : view.Active.Table.Bytes;
            foreach (WriteBuffer buffer in view.Sealed)
            {
                bytes += buffer.Table.Bytes;
            }

            return bytes;
        }
        finally
        {
            view.Release();
        }
    }
}
