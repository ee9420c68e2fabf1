namespace Keystone.Model.Items;

/// <summary>Items to bytes and back; <see cref="ItemFormat"/> draws the bytes.</summary>
public static class ItemCodec
{
    /// <summary>The count of bytes that an item takes encoded.</summary>
    public static int EncodedLength(Item item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return 1 + ItemFormat.VarLength(item.TableLength) + item.TableLength;
    }

    /// <summary>Writes an item and returns the count of bytes. Requires room for <see cref="EncodedLength"/> bytes.</summary>
    public static int Encode(Item item, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(item);
        destination[0] = ItemFormat.Version;
        int at = 1 + ItemFormat.WriteVar(destination[1..], item.TableLength);
        return at + ValueCodec.WriteTable(item, destination[at..]);
    }

    /// <summary>An item as new bytes.</summary>
    public static byte[] Encode(Item item)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(EncodedLength(item));
        Encode(item, bytes);
        return bytes;
    }

    /// <summary>The item of bytes, all of them checked. Throws <see cref="KeystoneErrorCode.CorruptItem"/> if they are no item.</summary>
    public static Item Decode(ReadOnlySpan<byte> encoded)
    {
        Check(encoded);
        return ItemReader.Open(encoded).ToItem();
    }

    /// <summary>
    /// Checks bytes from outside in one pass and answers the size of the item as DynamoDB counts it. Throws
    /// <see cref="KeystoneErrorCode.CorruptItem"/> unless they are exactly what <see cref="Encode(Item)"/> writes for some item.
    /// </summary>
    public static long Check(ReadOnlySpan<byte> encoded) => ItemCheck.Item(encoded);

    /// <summary>A value on its own as new bytes: kind and payload, as they stand inside an item. They end where the bytes end.</summary>
    public static byte[] EncodeValue(AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(1 + value.PayloadLength);
        ValueCodec.WriteValue(value, bytes);
        return bytes;
    }

    /// <summary>The value of bytes, all of them checked. Throws <see cref="KeystoneErrorCode.CorruptItem"/> if they are no value.</summary>
    public static AttributeValue DecodeValue(ReadOnlySpan<byte> encoded)
    {
        ItemCheck.Value(encoded);
        return new ValueReader(encoded).ToValue();
    }

    /// <summary>
    /// The count of bytes of the item at the start of the source, told from its first bytes. Throws
    /// <see cref="KeystoneErrorCode.CorruptItem"/> if no item starts there or it is cut off.
    /// </summary>
    public static int LengthOf(ReadOnlySpan<byte> source)
    {
        int start = Header(source, out int tableLength);
        if (tableLength > source.Length - start)
        {
            KeystoneException.ThrowCorruptItem("an item is cut off");
        }

        return start + tableLength;
    }

    internal static ReadOnlySpan<byte> TableOf(ReadOnlySpan<byte> item)
    {
        int start = Header(item, out int tableLength);
        if (tableLength != item.Length - start)
        {
            KeystoneException.ThrowCorruptItem("an item is cut off or has bytes after its end");
        }

        return item[start..];
    }

    private static int Header(ReadOnlySpan<byte> source, out int tableLength)
    {
        if (source.IsEmpty || source[0] != ItemFormat.Version)
        {
            KeystoneException.ThrowCorruptItem(source.IsEmpty
                ? "there is no item"
                : $"an item has format version {source[0]}, this program reads version {ItemFormat.Version}");
        }

        int position = 1;
        tableLength = ItemFormat.ReadVar(source, ref position);
        return position;
    }
}
