using Keystone.Orleans.Silo.Nodes;

namespace Keystone.Orleans.Silo;

/// <summary>
/// What this silo is to its database, for probes: asking costs no message and touches no disk. A service of every silo with a database.
/// </summary>
public sealed class KeystoneNode
{
    private readonly NodeHost _host;

    internal KeystoneNode(NodeHost host) => _host = host;

    /// <summary>How many stripes the silo owns.</summary>
    public int OwnedCount => _host.OwnedStripes.Count;

    /// <summary>How many of them are in service; fewer while the silo starts or stops, and while the grain of one is not active.</summary>
    public int ServingCount => _host.ServingCount;
}
