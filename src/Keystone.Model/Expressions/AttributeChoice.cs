using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// Some attributes of items, by name: what an index has of the items of its table. Ready for any number of items and threads.
/// </summary>
public sealed class AttributeChoice
{
    private readonly byte[][] _names;

    /// <summary>The attributes of these names, where an item has them.</summary>
    public AttributeChoice(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        _names = [.. names.Distinct(StringComparer.Ordinal).Select(NameOrder.Utf8.GetBytes)];
        Array.Sort(_names, static (a, b) => a.AsSpan().SequenceCompareTo(b));
    }

    /// <summary>The part of an item, as an item. The attributes are copied as bytes.</summary>
    public EncodedItem Of(EncodedItem item)
    {
        var table = ElementTable.Open(ItemCodec.TableOf(item.Span));
        var assembly = new EncodedAssembly(_names.Length);
        foreach (byte[] name in _names)
        {
            int place = EntrySearch.PlaceOf(table, name);
            if (place >= 0)
            {
                assembly.Keep(place);
            }
        }

        return assembly.Build(table);
    }
}
