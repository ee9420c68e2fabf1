namespace Keystone.Model.Items;

/// <summary>
/// The size of an item as DynamoDB counts it, which is what its limits and its capacity units mean; not the length of the encoded form.
/// <para>
/// Names and text count in UTF-8 bytes; a number 1 byte and one for every two significant digits, aligned to even powers of ten, one more
/// when it is negative, and 1 for zero; null and booleans 1; lists and maps 3 and one for each element; sets the sum of their members.
/// KeystoneDB's own: a vector 4 an element, a timestamp 8.
/// </para>
/// </summary>
public static class ItemSize
{
    /// <summary>What an empty list or map counts.</summary>
    internal const int ContainerBytes = 3;

    /// <summary>What a list or map counts for each element beside the element itself.</summary>
    internal const int ElementBytes = 1;

    /// <summary>The size of an item in bytes.</summary>
    public static long Of(Item item)
    {
        ArgumentNullException.ThrowIfNull(item);
        long size = 0;
        foreach ((string name, AttributeValue value) in item)
        {
            size += NameOrder.Utf8.GetByteCount(name) + Of(value);
        }

        return size;
    }

    /// <summary>
    /// The size of an encoded item in bytes. Reads and checks all of it; throws <see cref="KeystoneErrorCode.CorruptItem"/>.
    /// </summary>
    public static long Of(EncodedItem item) => ItemCheck.Item(item.Span);

    /// <summary>The size of a value in bytes.</summary>
    public static long Of(AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        switch (value.Kind)
        {
            case AttributeKind.Number:
                return Of(value.AsNumber());
            case AttributeKind.Boolean or AttributeKind.Null:
                return 1;
            case AttributeKind.List:
                return ContainerBytes + Sum(value.ListValues(), static element => ElementBytes + Of(element));
            case AttributeKind.Map:
                return ContainerBytes + (ElementBytes * value.AsMap().Count) + Of(value.AsMap());
            case AttributeKind.StringSet:
                return Sum(value.StringMembers(), static member => NameOrder.Utf8.GetByteCount(member));
            case AttributeKind.NumberSet:
                return Sum(value.NumberMembers(), static member => Of(member));
            case AttributeKind.BinarySet:
                return Sum(value.BinaryMembers(), static member => member.Length);
            default:
                return value.PayloadLength;
        }
    }

    internal static int Of(KeystoneNumber number) => OfNumber(number.Digits, number.LeadingExponent, number.IsNegative);

    /// <summary>
    /// The digits are held in pairs that start at even powers of ten. A number whose leading digit stands alone in its pair and whose count
    /// of digits is even takes one pair more.
    /// </summary>
    internal static int OfNumber(int digits, int leadingExponent, bool isNegative)
    {
        bool isSplit = digits > 0 && digits % 2 == 0 && leadingExponent % 2 == 0;
        return 1 + ((digits + 1) / 2) + (isSplit ? 1 : 0) + (isNegative ? 1 : 0);
    }

    private static long Sum<T>(ReadOnlySpan<T> elements, Func<T, long> measure)
    {
        long sum = 0;
        foreach (T element in elements)
        {
            sum += measure(element);
        }

        return sum;
    }
}
