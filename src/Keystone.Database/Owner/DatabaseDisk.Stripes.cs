using Keystone.Model;
using Keystone.Storage;
using Keystone.Storage.Versions;

namespace Keystone.Database.Owner;

/// <summary>How a stripe stands on a disk.</summary>
/// <param name="Stripe">The stripe.</param>
/// <param name="Epoch">The epoch of the disk's claim; 0 if the disk does not own the stripe.</param>
/// <param name="IsServing">Whether it takes requests.</param>
public readonly record struct StripeStanding(int Stripe, ulong Epoch, bool IsServing);

/// <content>Which stripes take requests: the gate that grains open and close.</content>
public sealed partial class DatabaseDisk
{
    /// <summary>How a stripe stands.</summary>
    public StripeStanding StandingOf(int stripe)
    {
        (StripeState state, ulong epoch) = _engine.StateOf(ClaimOf(new StripeTarget(stripe, 0, 0)).Stripe);
        return new StripeStanding(stripe, epoch, state == StripeState.Serving);
    }

    /// <summary>The stripes that this disk owns.</summary>
    public IReadOnlyList<StripeStanding> OwnedStripes()
        => [.. Enumerable.Range(0, StripeCount).Select(StandingOf).Where(standing => standing.Epoch != 0)];

    /// <summary>Takes a stripe into service. False when the disk does not own it under this epoch, or the store has failed.</summary>
    public bool TryServe(int stripe, ulong epoch)
    {
        StripeClaim claim = ClaimOf(new StripeTarget(stripe, 0, 0, epoch));
        return _engine.TryServe(claim);
    }

    /// <summary>
    /// Takes a stripe out of service. When this completes, what was accepted for it is durable and nothing more is. Does nothing if it was
    /// not in service.
    /// </summary>
    /// <exception cref="KeystoneException">Closed, Poisoned.</exception>
    public async ValueTask SealAsync(int stripe)
    {
        try
        {
            await _engine.SealAsync(ClaimOf(new StripeTarget(stripe, 0, 0)).Stripe).ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }
}
