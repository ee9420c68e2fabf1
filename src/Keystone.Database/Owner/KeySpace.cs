using Keystone.Database.Catalog;
using Keystone.Database.Indexes;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Database.Owner;

/// <summary>What a page walks: the items of a table, or the entries of one of its indexes.</summary>
/// <param name="table">The table.</param>
/// <param name="index">The index, or null for the items.</param>
internal readonly struct KeySpace(CatalogTable table, TableIndex? index)
{
    /// <summary>The index, or null.</summary>
    public TableIndex? Index => index;

    /// <summary>The id that its engine keys start with.</summary>
    public uint Id => index?.KeyId ?? table.Id;

    /// <summary>The space of its keys within a partition.</summary>
    public byte Space => index?.Space ?? EngineKey.ItemSpace;

    /// <summary>Whether other keys stand between its own.</summary>
    public bool IsShared => table.HasLocalIndexes && Id == table.Id;

    /// <summary>Checks the partition of a page, which nobody is trusted to have checked.</summary>
    public void RequirePartition(ItemKey partition, ItemLimits limits)
    {
        if (index is null or { IsLocal: true })
        {
            table.Description.Definition.Key.RequirePartition(partition.PartitionBytes.Span, limits);
        }
    }

    /// <summary>Checks a key behind which a page starts.</summary>
    public void RequireStart(ItemKey start, ItemLimits limits)
    {
        KeySchema schema = table.Description.Definition.Key;
        if (index is null)
        {
            schema.Require(start, limits);
            return;
        }

        IndexKey.Require(index.Definition, start);
        schema.Require(IndexKey.ItemKeyOf(index.Definition, start), limits);
    }
}
