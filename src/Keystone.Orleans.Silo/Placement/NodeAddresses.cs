using System.Collections.Frozen;

namespace Keystone.Orleans.Silo.Placement;

/// <summary>
/// Finds the silo that has a node's name now. A silo that is on its way down still counts, because it serves until its end; of several
/// with one name the one that started last does. Worked out once for each version of the membership, read without a lock.
/// </summary>
internal sealed class NodeAddresses
{
    private readonly IClusterMembershipService _membership;
    private volatile Version _current = new(MembershipVersion.MinValue, FrozenDictionary<string, SiloAddress>.Empty);

    public NodeAddresses(IClusterMembershipService membership) => _membership = membership;

    /// <summary>The silo of a node, or null if no member has the name.</summary>
    public SiloAddress? Find(string node)
    {
        ClusterMembershipSnapshot snapshot = _membership.CurrentSnapshot;
        Version current = _current;
        if (current.Number != snapshot.Version)
        {
            _current = current = Version.Of(snapshot);
        }

        return current.Silos.GetValueOrDefault(node);
    }

    private static bool Serves(SiloStatus status) => status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping;

    private sealed record Version(MembershipVersion Number, FrozenDictionary<string, SiloAddress> Silos)
    {
        public static Version Of(ClusterMembershipSnapshot snapshot) => new(
            snapshot.Version,
            snapshot.Members.Values
                .Where(member => Serves(member.Status))
                .GroupBy(member => member.Name, StringComparer.Ordinal)
                .ToFrozenDictionary(
                    named => named.Key,
                    named => named.MaxBy(member => (member.Status == SiloStatus.Active, member.SiloAddress.Generation))!.SiloAddress,
                    StringComparer.Ordinal));
    }
}
