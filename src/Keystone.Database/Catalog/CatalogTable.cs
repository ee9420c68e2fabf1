using Keystone.Database.Indexes;
using Keystone.Model;
using Keystone.Model.Schema;

namespace Keystone.Database.Catalog;

/// <summary>A table in a catalog snapshot.</summary>
public sealed class CatalogTable
{
    internal CatalogTable(TableDescription description, UseGate use)
    {
        Description = description;
        Use = use;
        Indexes = [.. description.Indexes.Select(index => new TableIndex(description.Id, description.Definition.Key, index))];
        HasLocalIndexes = Array.Exists(Indexes, index => index.IsLocal);
    }

    /// <summary>What the catalog knows.</summary>
    public TableDescription Description { get; }

    /// <summary>The id.</summary>
    public uint Id => Description.Id;

    /// <summary>The name.</summary>
    public string Name => Description.Definition.Name;

    /// <summary>Whether reads and writes are taken.</summary>
    public bool TakesItems => Description.Status is TableStatus.Active or TableStatus.Updating;

    /// <summary>The writes under way on this disk; the same for all snapshots that have the table with the same indexes.</summary>
    internal UseGate Use { get; }

    /// <summary>Its indexes, as owners of items keep them.</summary>
    internal TableIndex[] Indexes { get; }

    /// <summary>Whether a write has more to write than the item.</summary>
    internal bool KeepsMoreThanItems => Indexes.Length > 0;

    /// <summary>Whether entries of indexes stand among the items.</summary>
    internal bool HasLocalIndexes { get; }

    /// <summary>The ids under which its items and entries stand.</summary>
    internal IEnumerable<uint> KeyIds => Indexes.Select(index => index.KeyId).Append(Id).Distinct();

    /// <summary>The index of a name. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if there is none that can be read.</summary>
    internal TableIndex RequireIndex(string name)
    {
        TableIndex index = Array.Find(Indexes, index => index.Definition.Name == name)
            ?? throw KeystoneException.Validation($"The table does not have the specified index: {name}");
        return Readable(index);
    }

    /// <summary>The index of a number. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if there is none that can be read.</summary>
    internal TableIndex RequireIndex(uint number)
    {
        TableIndex index = Array.Find(Indexes, index => index.Number == number)
            ?? throw KeystoneException.Validation($"The table does not have the specified index: it has none of number {number}");
        return Readable(index);
    }

    /// <summary>What is made of items and has an id, or null if nothing with this id is any more.</summary>
    internal IDerivedEntries? FindDerived(uint id) => Array.Find(Indexes, index => index.KeyId == id && id != Id);

    internal CatalogTable With(TableStatus status) => new(Description with { Status = status }, Use);

    private static TableIndex Readable(TableIndex index) => index.Description.Status switch
    {
        IndexStatus.Active => index,
        IndexStatus.Creating => throw KeystoneException.Validation(
            $"Cannot read from backfilling global secondary index: {index.Definition.Name}"),
        _ => throw KeystoneException.Validation($"The table does not have the specified index: {index.Definition.Name}"),
    };
}
