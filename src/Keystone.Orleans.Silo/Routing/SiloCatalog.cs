using Keystone.Database.Catalog;
using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Orleans.Silo.Nodes;
using Keystone.Orleans.Silo.Placement;

namespace Keystone.Orleans.Silo.Routing;

/// <summary>
/// The catalog of tables as this silo knows it: that of its disk. A change must be on every disk before it is acknowledged, so a database
/// of several nodes, whose disks do not tell each other yet, keeps the tables it was made with.
/// </summary>
internal sealed class SiloCatalog : ICatalog
{
    private readonly NodeHost _host;
    private readonly StripeMap _map;

    public SiloCatalog(NodeHost host, StripeMap map)
    {
        _host = host;
        _map = map;
    }

    /// <inheritdoc/>
    public CatalogSnapshot Current => _host.Disk.Catalog.Current;

    /// <inheritdoc/>
    public ValueTask<CatalogSnapshot> RefreshAsync(ulong staleVersion, CancellationToken cancellationToken = default)
        => _host.Disk.Catalog.RefreshAsync(staleVersion, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TableDescription> CreateTableAsync(TableDefinition definition, CancellationToken cancellationToken = default)
    {
        RequireOneNode();
        return _host.Disk.Catalog.CreateTableAsync(definition, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<TableDescription> UpdateTableAsync(UpdateTableRequest request, CancellationToken cancellationToken = default)
    {
        RequireOneNode();
        return _host.Disk.Catalog.UpdateTableAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public TableDescription Describe(CatalogTable table) => _host.Disk.Catalog.Describe(table);

    /// <inheritdoc/>
    public ValueTask<TableDescription> DeleteTableAsync(string name, CancellationToken cancellationToken = default)
    {
        RequireOneNode();
        return _host.Disk.Catalog.DeleteTableAsync(name, cancellationToken);
    }

    private void RequireOneNode()
    {
        if (_map.Nodes.Length > 1)
        {
            throw new KeystoneException(
                KeystoneErrorCode.NotSupported,
                $"Tables cannot be made, changed or removed in a database of {_map.Nodes.Length} nodes. "
                + $"Use the table '{KeystoneDefaults.TableName}', or one node.");
        }
    }
}
