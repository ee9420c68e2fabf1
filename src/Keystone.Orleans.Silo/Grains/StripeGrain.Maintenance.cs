using Keystone.Model;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire.Maintenance;

namespace Keystone.Orleans.Silo.Grains;

/// <content>Maintenance of the stripe. Which one it is, the grain knows; what the call says of it is for gateways.</content>
internal sealed partial class StripeGrain
{
    /// <inheritdoc/>
    public async ValueTask<StripeStatisticsAnswer> GetStatisticsAsync(StripeStatisticsCall call)
    {
        try
        {
            return MaintenanceShapes.ToAnswer(await _host.Disk.GetStripeStatisticsAsync(_stripe));
        }
        catch (KeystoneException failure)
        {
            return new StripeStatisticsAnswer { Failure = Failures.Write(Named(failure)) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<VerifyStripeAnswer> VerifyAsync(VerifyStripeCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            return MaintenanceShapes.ToAnswer(await _host.Disk.VerifyStripeAsync(_stripe, call.AfterFile, cancellationToken));
        }
        catch (KeystoneException failure)
        {
            return new VerifyStripeAnswer { Failure = Failures.Write(Named(failure)) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CompactStripeAnswer> CompactAsync(CompactStripeCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            return new CompactStripeAnswer { IsDone = await _host.Disk.TryCompactStripeAsync(_stripe, cancellationToken) };
        }
        catch (KeystoneException failure)
        {
            return new CompactStripeAnswer { Failure = Failures.Write(Named(failure)) };
        }
    }
}
