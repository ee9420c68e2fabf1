using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Database.Indexes;

/// <summary>What a table keeps besides its items and makes of nothing but an item and its key: one entry of an item, or none.</summary>
internal interface IDerivedEntries
{
    /// <summary>The id that its engine keys start with.</summary>
    uint KeyId { get; }

    /// <summary>Whether writes of items have to write to it.</summary>
    bool IsWritten { get; }

    /// <summary>Whether it is being filled with the items that were there before it.</summary>
    bool IsFilling { get; }

    /// <summary>The entry of an item, or null if there is none of it.</summary>
    IndexEntry? EntryOf(EncodedItem item, ItemKey itemKey, int stripeCount);
}
