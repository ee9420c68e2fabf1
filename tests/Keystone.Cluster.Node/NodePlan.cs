namespace Keystone.Cluster.Node;

/// <summary>What a silo's process is to be.</summary>
/// <param name="ClusterId">The name of cluster and service.</param>
/// <param name="Name">The name of the node.</param>
/// <param name="Nodes">The names of all nodes, in one order.</param>
/// <param name="DataPath">The directory of its disk.</param>
/// <param name="StripeCount">Stripes of the database.</param>
/// <param name="SiloPort">Its port for silos.</param>
/// <param name="GatewayPort">Its port for clients.</param>
/// <param name="PrimaryPort">The port of the silo that keeps the membership; its own means that it does.</param>
public sealed record NodePlan(
    string ClusterId,
    string Name,
    IReadOnlyList<string> Nodes,
    string DataPath,
    int StripeCount,
    int SiloPort,
    int GatewayPort,
    int PrimaryPort);
