using Keystone.Model;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire.Maintenance;

namespace Keystone.Orleans.Silo.Grains;

/// <content>Maintenance.</content>
internal sealed partial class GatewayGrain
{
    /// <inheritdoc/>
    public async ValueTask<LayoutAnswer> GetLayoutAsync(GetLayoutCall call)
    {
        try
        {
            RequireHere(call);
            return MaintenanceShapes.ToAnswer(await _maintenance.GetLayoutAsync());
        }
        catch (KeystoneException failure)
        {
            return new LayoutAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StripeStatisticsAnswer> GetStripeStatisticsAsync(StripeStatisticsCall call)
    {
        try
        {
            RequireHere(call);
            return MaintenanceShapes.ToAnswer(await _maintenance.GetStripeStatisticsAsync(call.Stripe));
        }
        catch (KeystoneException failure)
        {
            return new StripeStatisticsAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<VerifyStripeAnswer> VerifyStripeAsync(VerifyStripeCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            RequireHere(call);
            return MaintenanceShapes.ToAnswer(await _maintenance.VerifyStripeAsync(call.Stripe, call.AfterFile, cancellationToken));
        }
        catch (KeystoneException failure)
        {
            return new VerifyStripeAnswer { Failure = Failures.Write(failure) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CompactStripeAnswer> CompactStripeAsync(CompactStripeCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            RequireHere(call);
            return new CompactStripeAnswer { IsDone = await _maintenance.TryCompactStripeAsync(call.Stripe, cancellationToken) };
        }
        catch (KeystoneException failure)
        {
            return new CompactStripeAnswer { Failure = Failures.Write(failure) };
        }
    }
}
