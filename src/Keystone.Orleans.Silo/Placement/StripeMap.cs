using System.Collections.Immutable;
using Keystone.Orleans.Client.Errors;

namespace Keystone.Orleans.Silo.Placement;

/// <summary>
/// Which node owns which stripe, and under which epoch: what placement, directory and router go by. Declared, never derived from who
/// happens to be alive, and immutable: a change is another map. Nodes are named by the names of their silos, because addresses change with
/// every start.
/// </summary>
public sealed class StripeMap
{
    private readonly ImmutableArray<string> _owners;

    private StripeMap(ImmutableArray<string> owners, ulong epoch)
    {
        _owners = owners;
        Epoch = epoch;
        Nodes = [.. owners.Distinct()];
    }

    /// <summary>How many stripes there are.</summary>
    public int StripeCount => _owners.Length;

    /// <summary>The epoch of every owner's claim, from 1.</summary>
    public ulong Epoch { get; }

    /// <summary>The names of all nodes that own anything.</summary>
    public ImmutableArray<string> Nodes { get; }

    /// <summary>
    /// The map in which every node owns one run of neighboring stripes, in the order of the names. The counts differ by one at most.
    /// </summary>
    public static StripeMap InRuns(IReadOnlyList<string> nodes, int stripeCount, ulong epoch = 1)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentOutOfRangeException.ThrowIfLessThan(stripeCount, 1);
        bool isValid = nodes.Count > 0 && nodes.Count <= stripeCount
            && nodes.Distinct().Count() == nodes.Count && !nodes.Any(string.IsNullOrWhiteSpace);
        if (!isValid)
        {
            throw new BrokenDocumentException(
                $"The nodes of a cluster are named once each, at least one and at most {stripeCount}, one for each stripe; "
                + $"they are: {string.Join(", ", nodes.Select(node => $"'{node}'"))}. Correct the declaration on every silo.");
        }

        IEnumerable<string> owners = Enumerable.Range(0, stripeCount)
            .Select(stripe => nodes[(int)((long)stripe * nodes.Count / stripeCount)]);
        return new StripeMap([.. owners], epoch);
    }

    /// <summary>
    /// The name of the node that owns a stripe. Throws <see cref="BrokenDocumentException"/> for a stripe that there is not.
    /// </summary>
    public string OwnerOf(int stripe) => (uint)stripe < (uint)_owners.Length
        ? _owners[stripe]
        : throw new BrokenDocumentException($"There is no stripe {stripe}: the cluster has stripes 0 to {_owners.Length - 1}.");

    /// <summary>The stripes of a node, in order; none for a node that owns nothing.</summary>
    public IReadOnlyList<int> StripesOf(string node)
        => [.. Enumerable.Range(0, _owners.Length).Where(stripe => _owners[stripe] == node)];
}
