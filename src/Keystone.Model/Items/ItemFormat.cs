using System.Buffers.Binary;

namespace Keystone.Model.Items;

/// <summary>
/// The bytes of an item. Canonical: equal items have equal bytes, and a reader refuses every other form.
/// <code>
///  item    +------------+------------------------+-------+
///          | version, 1 | length of table, var   | table |         ends by itself
///          +------------+------------------------+-------+
///  table   +------------+------------------------+------+------+-----+
///          | count, var | starts of 2nd, 3rd ... | 1st  | 2nd  | ... |
///          +------------+------------------------+------+------+-----+
///  entry   +------------------+------+-------+
///          | name length, var | name | value |
///          +------------------+------+-------+
///  value   +-----------+---------+
///          | kind, u8  | payload |         ends where its place ends
///          +-----------+---------+
/// </code>
/// A table holds entries (item and map, by ascending UTF-8 of the name), values (list) or bare members (sets, ascending, no duplicates).
/// Its starts are little-endian offsets from the first element, one less than there are elements. Their width is 1, 2 or 4 bytes: the
/// least that holds the count of bytes that follow the count field. An empty table is the single byte 0.
/// So one attribute is found by binary search, and list elements by index, without reading the rest.
/// <para>Payloads: string, UTF-8 · number, <see cref="NumberBytes"/> · binary, bytes · boolean, 0 or 1 · null, nothing · list, map and
/// sets, a table · vector, float32 little-endian · timestamp, int64 little-endian. var is LEB128, shortest form, at most 32 bits.</para>
/// </summary>
internal static class ItemFormat
{
    public const byte Version = 1;

    /// <summary>The longest variable-length integer: 31 bits in groups of 7.</summary>
    public const int VarLengthMax = 5;

    public static int VarLength(int value) => value switch
    {
        < 1 << 7 => 1,
        < 1 << 14 => 2,
        < 1 << 21 => 3,
        < 1 << 28 => 4,
        _ => 5,
    };

    public static int WriteVar(Span<byte> destination, int value)
    {
        int at = 0;
        uint rest = (uint)value;
        while (rest >= 0x80)
        {
            destination[at++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        destination[at++] = (byte)rest;
        return at;
    }

    /// <summary>
    /// Reads an integer at a position and moves the position behind it. Throws <see cref="KeystoneErrorCode.CorruptItem"/>.
    /// </summary>
    public static int ReadVar(ReadOnlySpan<byte> source, ref int position)
    {
        if ((uint)position < (uint)source.Length && source[position] < 0x80)
        {
            return source[position++];
        }

        ulong value = 0;
        for (int i = 0; i < VarLengthMax && position < source.Length; i++)
        {
            byte b = source[position++];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                bool canonical = (b != 0 || i == 0) && value <= int.MaxValue;
                return canonical ? (int)value : throw KeystoneException.CorruptItem("a length is not in its shortest form or too great");
            }
        }

        throw KeystoneException.CorruptItem("a length is cut off or too great");
    }

    /// <summary>The width of a table's starts, from the count of bytes behind the count field.</summary>
    public static int WidthOf(long following) => following <= byte.MaxValue ? 1 : following <= ushort.MaxValue ? 2 : 4;

    /// <summary>The same width, from what a writer knows: how many elements there are and how long they are together.</summary>
    public static int WidthFor(int count, long dataLength)
    {
        long starts = count - 1;
        return starts + dataLength <= byte.MaxValue ? 1 : (2 * starts) + dataLength <= ushort.MaxValue ? 2 : 4;
    }

    /// <summary>The length of a table. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the format cannot hold it.</summary>
    public static int TableLength(int count, long dataLength)
    {
        if (count == 0)
        {
            return 1;
        }

        long length = VarLength(count) + ((count - 1L) * WidthFor(count, dataLength)) + dataLength;
        return length <= TableBytesMax
            ? (int)length
            : throw KeystoneException.Validation($"The item takes {length} bytes encoded; the format holds {TableBytesMax}.");
    }

    /// <summary>The longest table: 1 GiB, so that lengths and positions never leave 31 bits.</summary>
    public const int TableBytesMax = 1 << 30;

    public static void WriteStart(Span<byte> starts, int width, int index, int start)
    {
        Span<byte> place = starts.Slice(index * width, width);
        switch (width)
        {
            case 1:
                place[0] = (byte)start;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)start);
                break;
            default:
                BinaryPrimitives.WriteInt32LittleEndian(place, start);
                break;
        }
    }

    public static uint ReadStart(ReadOnlySpan<byte> starts, int width, int index) => width switch
    {
        1 => starts[index],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(starts[(index * 2)..]),
        _ => BinaryPrimitives.ReadUInt32LittleEndian(starts[(index * 4)..]),
    };
}
