namespace Keystone.Model.Items;

/// <summary>A table of the item format, opened: its elements by index. Every step is checked against the bytes that are there.</summary>
internal readonly ref struct ElementTable
{
    private readonly ReadOnlySpan<byte> _starts;
    private readonly ReadOnlySpan<byte> _data;
    private readonly int _width;

    private ElementTable(int count, int width, ReadOnlySpan<byte> starts, ReadOnlySpan<byte> data)
    {
        Count = count;
        _width = width;
        _starts = starts;
        _data = data;
    }

    public int Count { get; }

    /// <summary>The bytes of an element. Throws <see cref="KeystoneErrorCode.CorruptItem"/> if its place is not inside the table.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            uint start = index == 0 ? 0 : ItemFormat.ReadStart(_starts, _width, index - 1);
            uint end = index == Count - 1 ? (uint)_data.Length : ItemFormat.ReadStart(_starts, _width, index);
            if (start > end || end > (uint)_data.Length)
            {
                KeystoneException.ThrowCorruptItem("an element starts outside of its table");
            }

            return _data[(int)start..(int)end];
        }
    }

    /// <summary>Opens the table that fills the source.</summary>
    public static ElementTable Open(ReadOnlySpan<byte> source)
    {
        int position = 0;
        int count = ItemFormat.ReadVar(source, ref position);
        ReadOnlySpan<byte> following = source[position..];
        if (count == 0)
        {
            if (!following.IsEmpty)
            {
                KeystoneException.ThrowCorruptItem("an empty table has elements");
            }

            return default;
        }

        int width = ItemFormat.WidthOf(following.Length);
        long startsLength = (count - 1L) * width;
        if (startsLength > following.Length)
        {
            KeystoneException.ThrowCorruptItem("a table is shorter than its count");
        }

        return new ElementTable(count, width, following[..(int)startsLength], following[(int)startsLength..]);
    }
}
