using Keystone.Model.Schema;

namespace Keystone.Database.Catalog;

/// <summary>A table in a catalog snapshot.</summary>
public sealed class CatalogTable
{
    internal CatalogTable(TableDescription description, UseGate use)
    {
        Description = description;
        Use = use;
    }

    /// <summary>What the catalog knows.</summary>
    public TableDescription Description { get; }

    /// <summary>The id.</summary>
    public uint Id => Description.Id;

    /// <summary>The name.</summary>
    public string Name => Description.Definition.Name;

    /// <summary>Whether reads and writes are taken.</summary>
    public bool TakesItems => Description.Status is TableStatus.Active or TableStatus.Updating;

    /// <summary>The writes under way on this disk; the same for all snapshots that have the table.</summary>
    internal UseGate Use { get; }

    internal CatalogTable With(TableStatus status) => new(Description with { Status = status }, Use);
}
