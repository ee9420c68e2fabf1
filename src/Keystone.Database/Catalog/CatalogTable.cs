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
        Expiry = description.TimeToLive is { } expiry ? new TableExpiry(description.Id, expiry) : null;
        Derived = Expiry is null ? Indexes : [.. Indexes, Expiry];
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

    /// <summary>The writes that were decided under the form before this one, while there can be any; null if it was the first.</summary>
    internal UseGate? Former { get; init; }

    /// <summary>Its indexes, as owners of items keep them.</summary>
    internal TableIndex[] Indexes { get; }

    /// <summary>How its items expire, or null.</summary>
    internal TableExpiry? Expiry { get; }

    /// <summary>Everything that is made of its items: the indexes, and the times at which they expire.</summary>
    internal IDerivedEntries[] Derived { get; }

    /// <summary>Whether a write has more to write than the item.</summary>
    internal bool KeepsMoreThanItems => Derived.Length > 0 || Description.Stream is not null;

    /// <summary>Whether older versions would leave something of it behind.</summary>
    internal bool NeedsNewerReaders => Derived.Length > 0 || Description.Streams.Count > 0;

    /// <summary>Whether entries of indexes stand among the items.</summary>
    internal bool HasLocalIndexes { get; }

    /// <summary>The ids under which its items, their entries and their changes stand.</summary>
    internal IEnumerable<uint> KeyIds
        => Derived.Select(entries => entries.KeyId).Concat(Description.Streams.Select(stream => stream.Id)).Append(Id).Distinct();

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
    internal IDerivedEntries? FindDerived(uint id) => Array.Find(Derived, entries => entries.KeyId == id && id != Id);

    internal CatalogTable With(TableStatus status) => new(Description with { Status = status }, Use);

    private static TableIndex Readable(TableIndex index) => index.Description.Status switch
    {
        IndexStatus.Active => index,
        IndexStatus.Creating => throw KeystoneException.Validation(
            $"Cannot read from backfilling global secondary index: {index.Definition.Name}"),
        _ => throw KeystoneException.Validation($"The table does not have the specified index: {index.Definition.Name}"),
    };
}
