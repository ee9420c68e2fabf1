namespace Keystone.Model.Maintenance;

/// <summary>Maintenance of all stripes, a few at a time. Progress is told after each stripe, never from two threads at once.</summary>
public static class KeystoneMaintenanceExtensions
{
    /// <summary>
    /// Stripes that are worked on at a time. Verification occupies threads that readers of the database need too, so they are few.
    /// </summary>
    public const int StripesAtATime = 4;

    /// <summary>Figures of all stripes, by number.</summary>
    public static async ValueTask<IReadOnlyList<StripeStatistics>> GetStatisticsAsync(
        this IKeystoneMaintenance database, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        DatabaseLayout layout = await database.GetLayoutAsync(cancellationToken).ConfigureAwait(false);
        var figures = new StripeStatistics[layout.StripeCount];
        await ForEachStripeAsync(
            layout,
            null,
            async (stripe, stop) => figures[stripe] = await database.GetStripeStatisticsAsync(stripe, stop).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        return figures;
    }

    /// <summary>Reads every block of every table file and checks it; nothing is changed.</summary>
    public static async ValueTask<DatabaseVerification> VerifyAsync(
        this IKeystoneMaintenance database, IProgress<MaintenanceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        DatabaseLayout layout = await database.GetLayoutAsync(cancellationToken).ConfigureAwait(false);
        var found = new DatabaseVerification[layout.StripeCount];
        await ForEachStripeAsync(
            layout,
            progress,
            async (stripe, stop) => found[stripe] = await VerifyStripeAsync(database, stripe, stop).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        return found.Aggregate(DatabaseVerification.Empty, Join);
    }

    /// <summary>
    /// Merges the table files of every stripe and gives back the room of what was deleted. Whoever writes meanwhile goes on writing.
    /// </summary>
    public static async ValueTask CompactAsync(
        this IKeystoneMaintenance database, IProgress<MaintenanceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        DatabaseLayout layout = await database.GetLayoutAsync(cancellationToken).ConfigureAwait(false);
        await ForEachStripeAsync(layout, progress, CompactStripeAsync, cancellationToken).ConfigureAwait(false);

        async Task CompactStripeAsync(int stripe, CancellationToken stop)
        {
            while (!await database.TryCompactStripeAsync(stripe, stop).ConfigureAwait(false))
            {
                stop.ThrowIfCancellationRequested();
            }
        }
    }

    private static async Task<DatabaseVerification> VerifyStripeAsync(
        IKeystoneMaintenance database, int stripe, CancellationToken cancellationToken)
    {
        DatabaseVerification all = DatabaseVerification.Empty;
        long afterFile = 0;
        StripeVerification part;
        do
        {
            part = await database.VerifyStripeAsync(stripe, afterFile, cancellationToken).ConfigureAwait(false);
            var damages = part.Damages.Select(message => new StripeDamage(stripe, message));
            all = Join(all, new DatabaseVerification(part.Files, part.Bytes, [.. damages]));
            afterFile = part.LastFile;
        }
        while (!part.IsComplete);
        return all;
    }

    private static DatabaseVerification Join(DatabaseVerification left, DatabaseVerification right)
        => new(left.Files + right.Files, left.Bytes + right.Bytes, [.. left.Damages, .. right.Damages]);

    private static async Task ForEachStripeAsync(
        DatabaseLayout layout,
        IProgress<MaintenanceProgress>? progress,
        Func<int, CancellationToken, Task> work,
        CancellationToken cancellationToken)
    {
        int done = 0;
        Lock telling = new();
        var options = new ParallelOptions { MaxDegreeOfParallelism = StripesAtATime, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, layout.StripeCount, options, async (stripe, stop) =>
        {
            await work(stripe, stop).ConfigureAwait(false);
            lock (telling)
            {
                progress?.Report(new MaintenanceProgress(++done, layout.StripeCount));
            }
        }).ConfigureAwait(false);
    }
}
