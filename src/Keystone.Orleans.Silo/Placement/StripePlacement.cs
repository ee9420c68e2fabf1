using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Keystone.Orleans.Silo.Placement;

/// <summary>A stripe's grain is where its disk is.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-placement")]
[SuppressReferenceTracking]
internal sealed class StripePlacement : PlacementStrategy
{
    public static StripePlacement Instance { get; } = new();
}

/// <summary>Puts <see cref="StripePlacement"/> on a grain class.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class StripePlacementAttribute : PlacementAttribute
{
    public StripePlacementAttribute()
        : base(StripePlacement.Instance)
    {
    }
}

/// <summary>
/// Asked when the directory has no answer, that is when the owner is on its way down or gone. Hints are ignored: a stripe does not move
/// because someone asks its grain to.
/// </summary>
internal sealed class StripePlacementDirector : IPlacementDirector
{
    private readonly StripeOwners _owners;

    public StripePlacementDirector(StripeOwners owners) => _owners = owners;

    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
        => Task.FromResult(_owners.Require(target.GrainIdentity));
}
