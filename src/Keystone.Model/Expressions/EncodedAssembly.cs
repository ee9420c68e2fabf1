using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// A new encoded item out of an old one: entries that stay as they are travel as bytes, the others are written from their values. What
/// enters: entries in ascending order of the UTF-8 of their names. What leaves: the bytes that <see cref="ItemCodec"/> would write for the
/// same item.
/// </summary>
internal sealed class EncodedAssembly(int capacity)
{
    private readonly List<Entry> _entries = new(capacity);

    /// <summary>Takes an entry of the old item by its place there.</summary>
    public void Keep(int place) => _entries.Add(new Entry(place, [], null));

    public void Put(byte[] name, AttributeValue value) => _entries.Add(new Entry(-1, name, value));

    public EncodedItem Build(scoped ElementTable old)
    {
        long data = 0;
        foreach (Entry entry in _entries)
        {
            data += entry.Value is null ? old[entry.Place].Length : LengthOf(entry.Name, entry.Value);
        }

        int tableLength = ItemFormat.TableLength(_entries.Count, data);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(1 + ItemFormat.VarLength(tableLength) + tableLength);
        bytes[0] = ItemFormat.Version;
        int at = 1 + ItemFormat.WriteVar(bytes.AsSpan(1), tableLength);
        var table = new TableWriter(bytes.AsSpan(at), _entries.Count);
        foreach (Entry entry in _entries)
        {
            table.EndElement(entry.Value is null ? Copy(old[entry.Place], table.NextElement()) : Write(entry, table.NextElement()));
        }

        return EncodedItem.FromChecked(bytes);
    }

    private static long LengthOf(byte[] name, AttributeValue value)
        => ItemFormat.VarLength(name.Length) + name.Length + 1L + value.PayloadLength;

    private static int Copy(ReadOnlySpan<byte> entry, Span<byte> destination)
    {
        entry.CopyTo(destination);
        return entry.Length;
    }

    private static int Write(Entry entry, Span<byte> destination)
    {
        int at = ItemFormat.WriteVar(destination, entry.Name.Length);
        entry.Name.CopyTo(destination[at..]);
        at += entry.Name.Length;
        return at + ValueCodec.WriteValue(entry.Value!, destination[at..]);
    }

    private readonly record struct Entry(int Place, byte[] Name, AttributeValue? Value);
}
