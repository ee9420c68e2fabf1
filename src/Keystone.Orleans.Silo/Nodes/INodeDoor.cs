using Orleans.Services;

namespace Keystone.Orleans.Silo.Nodes;

/// <summary>
/// What silos ask each other as keepers of disks, by the address of the silo and whatever its name is. It stands from before the silo
/// joins the cluster until after its disk is closed.
/// </summary>
[Alias("ks.INodeDoor")]
[GrainInterfaceType("ks.node-door")]
internal interface INodeDoor : IGrainService
{
    /// <summary>Tells whose disk this silo keeps. That there is an answer says that the silo lives.</summary>
    [Alias("who")]
    ValueTask<NodeAnswer> WhoAsync();
}

/// <summary>Who a silo is.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.node")]
[SuppressReferenceTracking]
internal sealed record NodeAnswer
{
    /// <summary>The node's name.</summary>
    [Id(0)]
    public required string Node { get; init; }

    /// <summary>The directory of its disk, as the silo was told.</summary>
    [Id(1)]
    public required string DataPath { get; init; }

    /// <summary>The random id of its disk; zero while the disk is not open.</summary>
    [Id(2)]
    public UInt128 DiskId { get; init; }

    /// <summary>Which opening of the disk this is; zero while it is not open.</summary>
    [Id(3)]
    public ulong Incarnation { get; init; }
}
