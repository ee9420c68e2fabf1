using Keystone.Model.Maintenance;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire.Maintenance;

namespace Keystone.Orleans.Client;

/// <content>Maintenance. None of it changes what can be read, so a call whose answer is lost did no harm.</content>
public sealed partial class KeystoneClient : IKeystoneMaintenance
{
    /// <inheritdoc/>
    public async ValueTask<DatabaseLayout> GetLayoutAsync(CancellationToken cancellationToken = default)
    {
        GetLayoutCall call = Address(new GetLayoutCall(), cancellationToken);
        return MaintenanceShapes.ToLayout(await Sending.ReadAsync(_gateway.GetLayoutAsync(call), cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<StripeStatistics> GetStripeStatisticsAsync(int stripe, CancellationToken cancellationToken = default)
    {
        StripeStatisticsCall call = Address(new StripeStatisticsCall { Stripe = stripe }, cancellationToken);
        ValueTask<StripeStatisticsAnswer> answer = _gateway.GetStripeStatisticsAsync(call);
        return MaintenanceShapes.ToStatistics(await Sending.ReadAsync(answer, cancellationToken).ConfigureAwait(false), stripe);
    }

    /// <inheritdoc/>
    public async ValueTask<StripeVerification> VerifyStripeAsync(
        int stripe, long afterFile = 0, CancellationToken cancellationToken = default)
    {
        VerifyStripeCall call = Address(new VerifyStripeCall { Stripe = stripe, AfterFile = afterFile }, cancellationToken);
        ValueTask<VerifyStripeAnswer> answer = _gateway.VerifyStripeAsync(call, cancellationToken);
        return MaintenanceShapes.ToVerification(await Sending.ReadAsync(answer, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryCompactStripeAsync(int stripe, CancellationToken cancellationToken = default)
    {
        CompactStripeCall call = Address(new CompactStripeCall { Stripe = stripe }, cancellationToken);
        ValueTask<CompactStripeAnswer> answer = _gateway.CompactStripeAsync(call, cancellationToken);
        return MaintenanceShapes.ToIsDone(await Sending.ReadAsync(answer, cancellationToken).ConfigureAwait(false));
    }
}
