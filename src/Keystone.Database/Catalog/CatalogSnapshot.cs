using System.Collections.Frozen;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Database.Catalog;

/// <summary>The tables at one version of the catalog. Immutable: it is read without a lock and handed on as it is.</summary>
public sealed class CatalogSnapshot
{
    private readonly FrozenDictionary<string, CatalogTable> _byName;
    private readonly FrozenDictionary<uint, CatalogTable> _byId;

    internal CatalogSnapshot(ulong version, uint nextId, IEnumerable<CatalogTable> tables)
    {
        Version = version;
        NextId = nextId;
        Tables = [.. tables.OrderBy(table => table.Name, StringComparer.Ordinal)];
        _byName = Tables.ToFrozenDictionary(table => table.Name, StringComparer.Ordinal);
        _byId = Tables.ToFrozenDictionary(table => table.Id);
    }

    /// <summary>The catalog before its first version: no tables.</summary>
    public static CatalogSnapshot Empty { get; } = new(0, TableIds.FirstFree, []);

    /// <summary>Grows by one with every change.</summary>
    public ulong Version { get; }

    /// <summary>The tables by name, those that are being removed too.</summary>
    public IReadOnlyList<CatalogTable> Tables { get; }

    /// <summary>The id that the next table gets.</summary>
    internal uint NextId { get; }

    /// <summary>The table of a name, or null.</summary>
    public CatalogTable? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The table of an id, or null.</summary>
    public CatalogTable? Find(uint id) => _byId.GetValueOrDefault(id);

    /// <summary>One page of names.</summary>
    public ListTablesResult List(ListTablesRequest request, ItemLimits limits)
    {
        request.Validate(limits);
        int limit = request.Limit ?? limits.ListTablesMax;
        string[] names =
        [
            .. Tables.Select(table => table.Name)
                .Where(name => request.ExclusiveStartTableName is not { } start || string.CompareOrdinal(name, start) > 0)
                .Take(limit + 1),
        ];
        return names.Length > limit ? new ListTablesResult(names[..limit], names[limit - 1]) : new ListTablesResult(names, null);
    }

    /// <summary>The next version, with this table in place of the one with its id, if there is one.</summary>
    internal CatalogSnapshot With(CatalogTable table)
        => new(
            Version + 1,
            Math.Max(NextId, table.KeyIds.Max() + 1),
            Tables.Where(other => other.Id != table.Id).Append(table));

    /// <summary>The next version, without a table.</summary>
    internal CatalogSnapshot Without(CatalogTable table) => new(Version + 1, NextId, Tables.Where(other => other.Id != table.Id));
}
