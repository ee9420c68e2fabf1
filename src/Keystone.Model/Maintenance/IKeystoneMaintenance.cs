namespace Keystone.Model.Maintenance;

/// <summary>
/// What an operator asks of a database, stripe by stripe: figures, verification, compaction. Embedded or a cluster's: the same calls.
/// <para>
/// What enters: the number of a stripe. What leaves: what its owner found or did. What always holds: each call is a bounded piece of work,
/// whatever the size of the stripe, so that whoever asks sees progress and can stop between two calls; nothing of it changes what can be
/// read. Fails as the calls of <see cref="IKeystoneDatabase"/> do. <see cref="KeystoneMaintenanceExtensions"/> goes through all stripes.
/// </para>
/// </summary>
public interface IKeystoneMaintenance
{
    /// <summary>Tells how the database is laid out.</summary>
    ValueTask<DatabaseLayout> GetLayoutAsync(CancellationToken cancellationToken = default);

    /// <summary>Figures of a stripe at this moment.</summary>
    ValueTask<StripeStatistics> GetStripeStatisticsAsync(int stripe, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads every block of some of a stripe's table files and checks it; nothing is changed. Cancelling ends it.
    /// </summary>
    /// <param name="stripe">The stripe.</param>
    /// <param name="afterFile">The <see cref="StripeVerification.LastFile"/> of the part before; 0 begins.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    ValueTask<StripeVerification> VerifyStripeAsync(int stripe, long afterFile = 0, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves what a stripe has in memory into table files and merges these. False when that goes on and the caller should ask again.
    /// Cancelling ends the wait; a merge that has begun is finished.
    /// </summary>
    ValueTask<bool> TryCompactStripeAsync(int stripe, CancellationToken cancellationToken = default);
}
