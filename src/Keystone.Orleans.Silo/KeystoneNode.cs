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

    /// <summary>
    /// Whether the silo's disk failed so often that it is not opened anew any more; the host of the silo is being stopped then.
    /// </summary>
    public bool IsGivenUp => _host.IsGivenUp;

    /// <summary>Why the silo's disk has to wait and try again, such as that it is full; null while nothing hinders it.</summary>
    public string? Hindrance => _host.Hindrance;
}
