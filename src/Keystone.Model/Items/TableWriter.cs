namespace Keystone.Model.Items;

/// <summary>
/// Writes one table of the item format into a place of exactly its length: take the next element's place, fill it, say how long it is.
/// </summary>
internal ref struct TableWriter
{
    private readonly Span<byte> _starts;
    private readonly Span<byte> _data;
    private readonly int _width;
    private int _index;
    private int _at;

    public TableWriter(Span<byte> place, int count)
    {
        int position = ItemFormat.WriteVar(place, count);
        if (count == 0)
        {
            return;
        }

        _width = ItemFormat.WidthOf(place.Length - position);
        int startsLength = (count - 1) * _width;
        _starts = place.Slice(position, startsLength);
        _data = place[(position + startsLength)..];
    }

    public Span<byte> NextElement()
    {
        if (_index > 0)
        {
            ItemFormat.WriteStart(_starts, _width, _index - 1, _at);
        }

        _index++;
        return _data[_at..];
    }

    public void EndElement(int length) => _at += length;
}
