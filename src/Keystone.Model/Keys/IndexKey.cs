using Keystone.Model.Items;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Model.Keys;

/// <summary>
/// The key of an index entry, in the form of an item's: it sorts by the attributes of the index and behind them by the key of the item, so
/// that no two entries have the same.
/// <code>
///  partition   one attribute:      its partition part
///              several attributes: the partition part of the binary that their partition parts make together
///
///              +------+------------------------------------------+---------------------------------------------+
///  sort        | 0x40 | partition parts of the sort attributes   | global: partition and sort part of the item |
///              |      |                                          | local:  sort part of the item               |
///              +------+------------------------------------------+---------------------------------------------+
/// </code>
/// The first byte makes the sort part one of bytes, so whatever takes, checks and carries keys of items does the same with these. Partition
/// parts end by themselves and keep the order of their values; <see cref="KeyCodec"/> draws them.
/// </summary>
public static class IndexKey
{
    /// <summary>
    /// The key of an item's entry. False if the item has none: it lacks a key attribute, or has one that cannot be a key.
    /// </summary>
    public static bool TryOf(IndexDefinition index, EncodedItem item, ItemKey itemKey, out ItemKey entry)
    {
        ArgumentNullException.ThrowIfNull(index);
        entry = default;
        ItemReader reader = item.Read();
        if (!TryParts(index.Partition, reader, out byte[][] partition) || !TryParts(index.Sort, reader, out byte[][] sort))
        {
            return false;
        }

        entry = Assemble(index, partition, sort, itemKey);
        return true;
    }

    /// <summary>
    /// Checks the attributes of an item that is to be written which an index has in its key. Throws
    /// <see cref="KeystoneErrorCode.ValidationFailed"/> if one is there that cannot be a key.
    /// </summary>
    public static void Require(IndexDefinition index, EncodedItem item, ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(limits);
        ItemReader reader = item.Read();
        RequireFit(index, index.Partition, reader, limits.PartitionKeyBytesMax);
        RequireFit(index, index.Sort, reader, limits.SortKeyBytesMax);
    }

    /// <summary>The partition of an index: a key of which only the partition part counts.</summary>
    public static ItemKey PartitionOf(IndexDefinition index, IReadOnlyList<AttributeValue> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return ItemKey.FromChecked(PartitionPart([.. values.Select(value => Part(RawKeyValue.Of(value)))]), default);
    }

    /// <summary>
    /// The entries of a partition whose first sort attributes have certain values, and the next one fulfils a condition.
    /// </summary>
    public static SortKeyRange RangeOf(IReadOnlyList<AttributeValue> prefix, SortKeyCondition? next)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        byte[] start = [(byte)KeyType.Binary, .. prefix.SelectMany(value => Part(RawKeyValue.Of(value)))];
        return next is null ? SortKeyRange.Of(start, Behind(start)) : Within(start, next);
    }

    /// <summary>The key attributes of the index that an entry stands for.</summary>
    public static Item AttributesOf(IndexDefinition index, ItemKey entry)
    {
        ArgumentNullException.ThrowIfNull(index);
        ItemBuilder builder = new();
        ReadOnlySpan<byte> partition = entry.PartitionBytes.Span;
        if (index.Partition.Count > 1)
        {
            partition = KeyCodec.DecodePartition(partition).AsBinary().Span;
        }

        Read(builder, index.Partition, partition);
        Read(builder, index.Sort, entry.SortBytes.Span[1..]);
        return builder.Build();
    }

    /// <summary>The key of the item that an entry is of.</summary>
    public static ItemKey ItemKeyOf(IndexDefinition index, ItemKey entry)
    {
        ArgumentNullException.ThrowIfNull(index);
        ReadOnlySpan<byte> rest = entry.SortBytes.Span[1..];
        foreach (KeyAttribute _ in index.Sort)
        {
            rest = rest[KeyCodec.LengthOfPartition(rest)..];
        }

        if (index.Kind == IndexKind.Local)
        {
            return ItemKey.FromChecked(entry.PartitionBytes.Span, rest);
        }

        int length = KeyCodec.LengthOfPartition(rest);
        return ItemKey.FromChecked(rest[..length], rest[length..]);
    }

    /// <summary>
    /// The entry of an item by the values of the index's key attributes, all of them and nothing else. Throws
    /// <see cref="KeystoneErrorCode.ValidationFailed"/> if they do not fit the index.
    /// </summary>
    public static ItemKey Of(IndexDefinition index, Item attributes, ItemKey itemKey)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(attributes);
        return attributes.Count == index.Partition.Count + index.Sort.Count
            ? Assemble(index, Parts(index.Partition, attributes), Parts(index.Sort, attributes), itemKey)
            : throw InvalidStart();
    }

    /// <summary>
    /// Checks the form of an entry that came from outside. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it is none of the
    /// index.
    /// </summary>
    public static void Require(IndexDefinition index, ItemKey entry)
    {
        ArgumentNullException.ThrowIfNull(index);
        try
        {
            bool isEntry = !entry.IsNone
                && entry.HasSort
                && Of(index, AttributesOf(index, entry), ItemKeyOf(index, entry)) == entry;
            if (!isEntry)
            {
                throw InvalidStart();
            }
        }
        catch (KeystoneException damaged) when (damaged.Code == KeystoneErrorCode.CorruptItem)
        {
            throw InvalidStart();
        }
    }

    private static KeystoneException InvalidStart()
        => KeystoneException.Validation("The provided starting key is invalid: it does not fit the key attributes of the index");

    private static bool TryParts(IReadOnlyList<KeyAttribute> attributes, ItemReader item, out byte[][] parts)
    {
        parts = new byte[attributes.Count][];
        for (int i = 0; i < parts.Length; i++)
        {
            ValueReader value = item.Find(attributes[i].Name);
            if (value.Kind != KeySchema.KindOf(attributes[i].Type) || LengthOf(value) == 0)
            {
                return false;
            }

            parts[i] = Part(RawKeyValue.Of(value));
        }

        return true;
    }

    private static void RequireFit(IndexDefinition index, IReadOnlyList<KeyAttribute> attributes, ItemReader item, int bytesMax)
    {
        int bytes = 0;
        foreach (KeyAttribute attribute in attributes)
        {
            ValueReader value = item.Find(attribute.Name);
            if (!value.Exists)
            {
                continue;
            }

            if (value.Kind != KeySchema.KindOf(attribute.Type))
            {
                throw KeystoneException.Validation(
                    $"One or more parameter values were invalid: Type mismatch for Index Key {attribute.Name} "
                    + $"Expected: {DynamoJsonTypes.NameOf(KeySchema.KindOf(attribute.Type))} "
                    + $"Actual: {DynamoJsonTypes.NameOf(value.Kind)} IndexName: {index.Name}");
            }

            if (LengthOf(value) == 0)
            {
                throw KeystoneException.Validation(
                    "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
                    + "The AttributeValue for a key attribute cannot contain an empty "
                    + $"{(value.Kind == AttributeKind.String ? "string" : "binary")} value. "
                    + $"IndexName: {index.Name}, IndexKey: {attribute.Name}");
            }

            bytes += LengthOf(value);
        }

        if (bytes > bytesMax)
        {
            throw KeystoneException.Validation(
                $"One or more parameter values were invalid: The key attributes "
                + $"{string.Join(", ", attributes.Select(attribute => attribute.Name))} of the index {index.Name} have {bytes} bytes, "
                + $"which exceeds the maximum size limit of {bytesMax} bytes");
        }
    }

    private static int LengthOf(ValueReader value) => value.Kind switch
    {
        AttributeKind.String => value.Utf8String.Length,
        AttributeKind.Binary => value.Binary.Length,
        _ => value.OrderedNumber.Length,
    };

    private static byte[][] Parts(IReadOnlyList<KeyAttribute> attributes, Item values)
    {
        byte[][] parts = new byte[attributes.Count][];
        for (int i = 0; i < parts.Length; i++)
        {
            AttributeValue value = values.Find(attributes[i].Name) ?? throw InvalidStart();
            parts[i] = value.Kind == KeySchema.KindOf(attributes[i].Type) ? Part(RawKeyValue.Of(value)) : throw InvalidStart();
        }

        return parts;
    }

    private static byte[] Part(RawKeyValue raw)
    {
        byte[] part = new byte[KeyCodec.PartitionLength(raw.Type, raw.Bytes)];
        KeyCodec.WritePartition(raw.Type, raw.Bytes, part);
        return part;
    }

    private static ItemKey Assemble(IndexDefinition index, byte[][] partition, byte[][] sort, ItemKey itemKey)
    {
        ReadOnlySpan<byte> item = (index.Kind == IndexKind.Local ? itemKey.SortBytes : itemKey.Bytes).Span;
        byte[] sortPart = new byte[1 + sort.Sum(part => part.Length) + item.Length];
        sortPart[0] = (byte)KeyType.Binary;
        int at = 1;
        foreach (byte[] part in sort)
        {
            part.CopyTo(sortPart, at);
            at += part.Length;
        }

        item.CopyTo(sortPart.AsSpan(at));
        return ItemKey.FromChecked(PartitionPart(partition), sortPart);
    }

    private static byte[] PartitionPart(byte[][] parts)
    {
        if (parts.Length == 1)
        {
            return parts[0];
        }

        byte[] inner = [.. parts.SelectMany(part => part)];
        byte[] outer = new byte[KeyCodec.PartitionLength(KeyType.Binary, inner)];
        KeyCodec.WritePartition(KeyType.Binary, inner, outer);
        return outer;
    }

    private static void Read(ItemBuilder builder, IReadOnlyList<KeyAttribute> attributes, ReadOnlySpan<byte> parts)
    {
        foreach (KeyAttribute attribute in attributes)
        {
            int length = KeyCodec.LengthOfPartition(parts);
            builder.Set(attribute.Name, KeyCodec.DecodePartition(parts[..length]));
            parts = parts[length..];
        }
    }

    private static SortKeyRange Within(byte[] start, SortKeyCondition condition)
    {
        byte[] value = [.. start, .. Part(RawKeyValue.Of(condition.Value))];
        byte[] firstOfType = value[..(start.Length + 1)];
        byte[] behindType = [.. start, (byte)(value[start.Length] + 1)];
        return condition.Operator switch
        {
            SortKeyOperator.EqualTo => SortKeyRange.Of(value, Behind(value)),
            SortKeyOperator.LessThan => SortKeyRange.Of(firstOfType, value),
            SortKeyOperator.LessThanOrEqualTo => SortKeyRange.Of(firstOfType, Behind(value)),
            SortKeyOperator.GreaterThan => SortKeyRange.Of(Behind(value), behindType),
            SortKeyOperator.GreaterThanOrEqualTo => SortKeyRange.Of(value, behindType),
            SortKeyOperator.Between => Between(start, condition, value),
            _ => BeginsWith(condition, value),
        };
    }

    private static SortKeyRange Between(byte[] start, SortKeyCondition condition, byte[] lower)
    {
        // What is wrong with the bounds is the same as for a sort key, and said in the same words.
        _ = SortKeyRange.Between(condition.Value, condition.Upper!);
        return SortKeyRange.Of(lower, Behind([.. start, .. Part(RawKeyValue.Of(condition.Upper!))]));
    }

    private static SortKeyRange BeginsWith(SortKeyCondition condition, byte[] value)
    {
        _ = SortKeyRange.BeginsWith(condition.Value);
        byte[] lower = value[..^KeyCodec.EndLength];
        byte[] upper = lower[..(lower.AsSpan().LastIndexOfAnyExcept((byte)0xFF) + 1)];
        upper[^1]++;
        return SortKeyRange.Of(lower, upper);
    }

    /// <summary>Behind everything that starts so: what follows a partition part is another one, or the end.</summary>
    private static byte[] Behind(byte[] start) => [.. start, KeyCodec.AboveAllTypes];
}
