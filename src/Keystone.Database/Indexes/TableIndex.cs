using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Database.Indexes;

/// <summary>
/// An index of a table as the owner of items keeps it.
/// <para>
/// What enters: an item and its key. What leaves: the entry that the index has of it, or none. What always holds: an entry is made of
/// nothing but the item, its key and the definition, so who knows the item before and after a write knows what becomes of the index. A
/// local entry stands in the partition of its item, in a space of its own; a global one under the id of the index, in the stripe of its own
/// hash.
/// </para>
/// </summary>
internal sealed class TableIndex : IDerivedEntries
{
    private readonly uint _tableId;
    private readonly AttributeChoice? _choice;
    private readonly HashSet<string> _projected;

    public TableIndex(uint tableId, KeySchema key, IndexDescription description)
    {
        _tableId = tableId;
        Description = description;
        _projected = [key.Partition.Name, .. Definition.Keys.Select(attribute => attribute.Name), .. Definition.Projection.Attributes];
        if (key.Sort is { } sort)
        {
            _projected.Add(sort.Name);
        }

        _choice = Definition.Projection.Kind == IndexProjectionKind.All ? null : new AttributeChoice(_projected);
    }

    public IndexDescription Description { get; }

    public IndexDefinition Definition => Description.Definition;

    /// <summary>By which requests for stripes name it: the id of a global index, the number of a local one in its table.</summary>
    public uint Number => Description.Id;

    public bool IsLocal => Definition.Kind == IndexKind.Local;

    /// <summary>The id that its engine keys start with, and that its hashes are made with.</summary>
    public uint KeyId => IsLocal ? _tableId : Description.Id;

    /// <summary>The space of its entries within a partition.</summary>
    public byte Space => IsLocal ? (byte)Description.Id : EngineKey.ItemSpace;

    /// <summary>Whether writes of items have to write to it.</summary>
    public bool IsWritten => Description.Status != IndexStatus.Deleting;

    public bool IsFilling => Description.Status == IndexStatus.Creating;

    /// <summary>Whether it takes reads.</summary>
    public bool IsReadable => Description.Status == IndexStatus.Active;

    /// <summary>Whether its entries have an attribute wherever the item has it.</summary>
    public bool Projects(string attribute) => _choice is null || _projected.Contains(attribute);

    /// <summary>The entry of an item, or null if the index has none of it.</summary>
    public IndexEntry? EntryOf(EncodedItem item, ItemKey itemKey, int stripeCount)
    {
        if (item.IsNone || !IndexKey.TryOf(Definition, item, itemKey, out ItemKey entry))
        {
            return null;
        }

        uint hash = HashOf(entry);
        byte[] key = new byte[EngineKey.Length(entry)];
        EngineKey.Write(key, KeyId, hash, entry, Space);
        return new IndexEntry(StripeHash.StripeOf(hash, stripeCount), key, _choice?.Of(item) ?? item);
    }

    /// <summary>The part of the hash of a partition of the index that its engine keys carry.</summary>
    public uint HashOf(ItemKey entry) => StripeHash.KeyPartOf(StripeHash.Of(KeyId, entry.PartitionBytes.Span));
}

/// <summary>What an index has of an item.</summary>
/// <param name="Stripe">Where it lies.</param>
/// <param name="Key">Its key in the engine.</param>
/// <param name="Item">The attributes that the index has.</param>
internal readonly record struct IndexEntry(int Stripe, byte[] Key, EncodedItem Item);
