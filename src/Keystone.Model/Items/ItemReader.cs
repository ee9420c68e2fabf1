using System.Buffers;
using System.Text.Unicode;

namespace Keystone.Model.Items;

/// <summary>
/// Reads an encoded item, or a map inside one, in place: nothing is materialised, nothing allocated. What it touches is checked and
/// throws <see cref="KeystoneErrorCode.CorruptItem"/>; that names are in order is what <see cref="ItemCodec.Check"/> has made sure of.
/// </summary>
public readonly ref struct ItemReader
{
    /// <summary>Names up to this length are searched without allocation.</summary>
    private const int NameStackBytes = 256;

    private readonly ElementTable _table;

    internal ItemReader(ReadOnlySpan<byte> table) => _table = ElementTable.Open(table);

    /// <summary>How many attributes there are.</summary>
    public int Count => _table.Count;

    /// <summary>An attribute by its place in the order of names.</summary>
    public AttributeReader this[int index] => new(_table[index]);

    /// <summary>Opens the item that fills the source.</summary>
    public static ItemReader Open(ReadOnlySpan<byte> encoded) => new(ItemCodec.TableOf(encoded));

    /// <summary>The value of an attribute; a value that does not exist if there is none of that name.</summary>
    public ValueReader Find(scoped ReadOnlySpan<byte> utf8Name)
    {
        int low = 0;
        int high = _table.Count - 1;
        while (low <= high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            ReadOnlySpan<byte> name = AttributeReader.Split(_table[middle], out ReadOnlySpan<byte> value);
            int order = name.SequenceCompareTo(utf8Name);
            if (order == 0)
            {
                return new ValueReader(value);
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return default;
    }

    /// <summary>The value of an attribute; a value that does not exist if there is none of that name.</summary>
    public ValueReader Find(scoped ReadOnlySpan<char> name)
    {
        int lengthMax = name.Length * 3;
        Span<byte> utf8 = lengthMax <= NameStackBytes ? stackalloc byte[NameStackBytes] : new byte[lengthMax];
        OperationStatus status = Utf8.FromUtf16(name, utf8, out _, out int length, replaceInvalidSequences: false);
        return status == OperationStatus.Done ? Find(utf8[..length]) : default;
    }

    /// <summary>All attributes as an item.</summary>
    public Item ToItem() => Materialize(1);

    internal Item Materialize(int level)
    {
        if (Count == 0)
        {
            return Item.Empty;
        }

        string[] names = new string[Count];
        var values = new AttributeValue[Count];
        for (int i = 0; i < names.Length; i++)
        {
            AttributeReader attribute = this[i];
            names[i] = attribute.Name;
            values[i] = attribute.Value.Materialize(level);
        }

        return new Item(names, values);
    }
}
