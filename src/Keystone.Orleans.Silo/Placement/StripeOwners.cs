using Keystone.Orleans.Client.Contract;
using Keystone.Orleans.Client.Errors;

namespace Keystone.Orleans.Silo.Placement;

/// <summary>
/// Says where the grain of a stripe is: the one answer that placement director and grain directory share, made of the stripe map and of
/// the members there are now.
/// </summary>
internal sealed class StripeOwners
{
    private readonly StripeMap _map;
    private readonly NodeAddresses _addresses;

    public StripeOwners(StripeMap map, NodeAddresses addresses)
    {
        _map = map;
        _addresses = addresses;
    }

    /// <summary>The silo of a stripe's owner, or null if it is not a member now. Throws for a grain that is no stripe's.</summary>
    public SiloAddress? Find(GrainId grain) => _addresses.Find(_map.OwnerOf(StripeOf(grain)));

    /// <summary>The silo of a stripe's owner. Throws <see cref="StripeUnavailableException"/> if it is not a member now.</summary>
    public SiloAddress Require(GrainId grain)
    {
        int stripe = StripeOf(grain);
        string node = _map.OwnerOf(stripe);
        return _addresses.Find(node) ?? throw new StripeUnavailableException(stripe, node);
    }

    private static int StripeOf(GrainId grain)
    {
        string key = grain.Key.ToString()!;
        return StripeName.TryParse(key, out StripeName name)
            ? name.Stripe
            : throw new BrokenDocumentException(
                $"The grain key '{key}' names no stripe. Keys are a database's name, a slash and a number.");
    }
}
