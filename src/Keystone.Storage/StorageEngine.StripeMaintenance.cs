using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <content>The maintenance of one stripe, so that work on a whole store can be cut, shown and ended between stripes.</content>
public sealed partial class StorageEngine
{
    /// <summary>The part of the log that is in use, bytes.</summary>
    public long LogBytes => _segments.Bytes;

    /// <summary>
    /// Flushes a stripe, then merges it into one sorted level and removes what nobody can see. Work that was begun goes on whether it
    /// is waited for or not.
    /// </summary>
    public async Task CompactAsync(int stripe)
    {
        Stripe at = StripeAt(stripe);
        await FlushAsync([stripe]).ConfigureAwait(false);
        TaskCompletionSource done = new();
        _compactions.Request(at, failure => _options.JobHost.Post(new Ending(done, failure)));
        WakeCompactors();
        await done.Task.ConfigureAwait(false);
    }

    /// <summary>
    /// Reads every block of the next table files of a stripe and checks checksums, order and counts, on the disk's own threads. Files come
    /// by their numbers, so that a file made meanwhile comes last and one that went is passed over.
    /// </summary>
    /// <param name="stripe">The stripe.</param>
    /// <param name="afterFile">The last file of the part before; 0 begins.</param>
    /// <param name="bytesMax">A part ends with the file that reaches this.</param>
    /// <param name="cancellation">Ends the work between blocks.</param>
    public async Task<StripeVerifyPart> VerifyAsync(
        int stripe, long afterFile, long bytesMax = long.MaxValue, CancellationToken cancellation = default)
    {
        StripeVerifyPart part = new(0, 0, [], afterFile, IsComplete: true);
        View view = StripeAt(stripe).AcquireView();
        try
        {
            foreach (LiveFile file in view.Files.Levels.SelectMany(l => l)
                .Where(f => f.Meta.FileNumber > afterFile).OrderBy(f => f.Meta.FileNumber))
            {
                if (part.Bytes >= bytesMax)
                {
                    return part with { IsComplete = false };
                }

                Verification verification = new(file.Reader, Accounts.Compaction, cancellation);
                await _blocking.RunAsync(static state => ((Verification)state).Run(), verification).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
                part = new StripeVerifyPart(
                    part.Files + 1,
                    part.Bytes + file.Meta.FileBytes,
                    verification.Damage is { } damage ? [.. part.Damages, damage] : part.Damages,
                    file.Meta.FileNumber,
                    IsComplete: true);
            }

            return part;
        }
        finally
        {
            view.Release();
        }
    }

    /// <summary>Figures of a stripe at this moment.</summary>
    public StoreStripeStatistics StatisticsOf(int stripe)
    {
        View view = StripeAt(stripe).AcquireView();
        try
        {
            return new StoreStripeStatistics(
                view.Files.FileCount,
                view.Files.FileBytes,
                view.Files.Levels.SelectMany(l => l).Sum(f => f.Meta.EntryCount),
                view.Active.Table.EntryCount + view.Sealed.Sum(b => (long)b.Table.EntryCount),
                view.Active.Table.Bytes + view.Sealed.Sum(b => b.Table.Bytes));
        }
        finally
        {
            view.Release();
        }
    }
}

/// <summary>What a part of a verification found.</summary>
/// <param name="Files">Table files that were read.</param>
/// <param name="Bytes">Bytes of them.</param>
/// <param name="Damages">What is damaged, each with file and offset.</param>
/// <param name="LastFile">The number of the last of them: the next part begins after it.</param>
/// <param name="IsComplete">Whether there is no next part.</param>
public sealed record StripeVerifyPart(int Files, long Bytes, IReadOnlyList<StoreException> Damages, long LastFile, bool IsComplete);

/// <summary>Figures of one stripe.</summary>
/// <param name="Files">Table files.</param>
/// <param name="FileBytes">Bytes of them.</param>
/// <param name="FileEntries">Versions in them, removals and hidden ones included.</param>
/// <param name="MemoryEntries">Versions in memtables.</param>
/// <param name="MemoryBytes">Memory of memtables, bytes.</param>
public readonly record struct StoreStripeStatistics(int Files, long FileBytes, long FileEntries, long MemoryEntries, long MemoryBytes);
