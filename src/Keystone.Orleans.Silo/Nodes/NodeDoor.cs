using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Services;

namespace Keystone.Orleans.Silo.Nodes;

/// <summary>
/// The silo's end of <see cref="INodeDoor"/>. It does no work of its own in its turn, so that it answers however busy the disk is.
/// </summary>
[GrainType("ks.node-door")]
internal sealed class NodeDoor : GrainService, INodeDoor
{
    private readonly NodeHost _host;
    private readonly string _node;
    private readonly string _path;

    public NodeDoor(
        GrainId id,
        global::Orleans.Runtime.Silo silo,
        ILoggerFactory loggers,
        NodeHost host,
        IOptions<SiloOptions> name,
        IOptions<KeystoneSiloOptions> options)
        : base(id, silo, loggers)
    {
        _host = host;
        _node = name.Value.SiloName;
        _path = options.Value.DataPath;
    }

    /// <inheritdoc/>
    public ValueTask<NodeAnswer> WhoAsync()
    {
        (UInt128 disk, ulong incarnation) = _host.DiskOrNull is { } open ? (open.DiskId, open.Incarnation) : default;
        return new(new NodeAnswer { Node = _node, DataPath = _path, DiskId = disk, Incarnation = incarnation });
    }
}

/// <summary>Reaches the doors of other silos.</summary>
internal sealed class NodeDoors(IServiceProvider services) : GrainServiceClient<INodeDoor>(services)
{
    /// <summary>The door of a silo, alive or not.</summary>
    public INodeDoor Of(SiloAddress silo) => GetGrainService(silo);
}
