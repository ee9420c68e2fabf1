using Orleans.GrainDirectory;

namespace Keystone.Orleans.Silo.Placement;

/// <summary>
/// The grain directory of stripes. It stores nothing: a stripe's grain is on the silo of the stripe's owner, so every silo works out the
/// same answer. That is why a silo that leaves takes no entries with it, and why no other silo's stripes are disturbed. A grain that was
/// activated anywhere else is told the owner's address, which makes the runtime give it up and send its calls on.
/// </summary>
internal sealed class StripeDirectory : IGrainDirectory
{
    /// <summary>The name under which the grain class chooses it.</summary>
    public const string Name = "keystone-stripes";

    private readonly StripeOwners _owners;
    private readonly IClusterMembershipService _membership;

    public StripeDirectory(StripeOwners owners, IClusterMembershipService membership)
    {
        _owners = owners;
        _membership = membership;
    }

    public Task<GrainAddress?> Lookup(GrainId grainId)
        => Task.FromResult(_owners.Find(grainId) is { } silo ? AddressOn(silo, grainId) : null);

    public Task<GrainAddress?> Register(GrainAddress address)
    {
        SiloAddress owner = _owners.Require(address.GrainId);
        return Task.FromResult<GrainAddress?>(owner.Equals(address.SiloAddress) ? address : AddressOn(owner, address.GrainId));
    }

    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;

    /// <summary>The activation is named by the grain: which one it is, only the owner knows, and messages go by the silo.</summary>
    private GrainAddress AddressOn(SiloAddress silo, GrainId grain) => new()
    {
        GrainId = grain,
        SiloAddress = silo,
        ActivationId = ActivationId.GetDeterministic(grain),
        MembershipVersion = _membership.CurrentSnapshot.Version,
    };
}
