namespace Keystone.Model.Items;

/// <summary>The values of an encoded list, read in place.</summary>
public readonly ref struct ListReader
{
    private readonly ElementTable _table;

    internal ListReader(ReadOnlySpan<byte> table) => _table = ElementTable.Open(table);

    /// <summary>How many values there are.</summary>
    public int Count => _table.Count;

    /// <summary>A value by its place.</summary>
    public ValueReader this[int index] => new(_table[index]);

    internal AttributeValue Materialize(int level)
    {
        var values = new AttributeValue[Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = this[i].Materialize(level);
        }

        return AttributeValue.OwnedList(values);
    }
}
