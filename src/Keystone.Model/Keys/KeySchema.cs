using Keystone.Model.Items;
using Keystone.Model.Schema;

namespace Keystone.Model.Keys;

/// <summary>
/// Which attributes are the key of a table: a partition key, which decides where an item lives, and perhaps a sort key, which orders the
/// items of one partition. What always holds: names are valid and different.
/// </summary>
public sealed record KeySchema
{
    /// <summary>A schema of a partition key only.</summary>
    public KeySchema(string partition, KeyType type = KeyType.String)
        : this(new KeyAttribute(partition, type))
    {
    }

    /// <summary>
    /// A schema of a partition key and perhaps a sort key. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for names not allowed.
    /// </summary>
    public KeySchema(KeyAttribute partition, KeyAttribute? sort = null, bool sortKeyIsOptional = false)
    {
        Partition = RequireAttribute(partition);
        Sort = sort is null ? null : RequireAttribute(sort);
        SortKeyIsOptional = sortKeyIsOptional && sort is not null;
        if (sort is not null && sort.Name == partition.Name)
        {
            throw KeystoneException.Validation(
                $"Both the Hash Key and the Range Key element in the KeySchema have the same name: {sort.Name}");
        }
    }

    /// <summary>The attribute whose value decides in which partition an item lives.</summary>
    public KeyAttribute Partition { get; }

    /// <summary>The attribute by which the items of a partition are ordered, or null.</summary>
    public KeyAttribute? Sort { get; }

    /// <summary>Whether an item may lack the sort key, and then stands before all others of its partition. KeystoneDB's own.</summary>
    public bool SortKeyIsOptional { get; }

    /// <summary>This schema with a sort key.</summary>
    public KeySchema WithSort(string name, KeyType type = KeyType.String, bool isOptional = false)
        => new(Partition, new KeyAttribute(name, type), isOptional);

    /// <summary>
    /// The key of an item that is to be written. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if a key attribute is missing, has
    /// another type, is empty or too long.
    /// </summary>
    public ItemKey KeyOf(EncodedItem item, ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ItemReader reader = item.Read();
        RawKeyValue partition = RequireValue(reader.Find(Partition.Name), Partition, limits.PartitionKeyBytesMax);
        ValueReader sort = Sort is null ? default : reader.Find(Sort.Name);
        bool hasSort = Sort is not null && (sort.Exists || !SortKeyIsOptional);
        return ItemKey.Make(partition, hasSort ? RequireValue(sort, Sort!, limits.SortKeyBytesMax) : default, hasSort);
    }

    /// <summary>
    /// The key that a map of exactly the key attributes stands for, as DynamoDB's API gives it. Throws
    /// <see cref="KeystoneErrorCode.ValidationFailed"/> if it does not match the schema.
    /// </summary>
    public ItemKey KeyOf(Item keyAttributes)
    {
        ArgumentNullException.ThrowIfNull(keyAttributes);
        AttributeValue? partition = keyAttributes.Find(Partition.Name);
        AttributeValue? sort = Sort is null ? null : keyAttributes.Find(Sort.Name);
        if (partition is null || keyAttributes.Count != (sort is null ? 1 : 2))
        {
            throw Mismatch();
        }

        return ItemKey.Of(partition, sort);
    }

    /// <summary>
    /// Checks that a key fits the schema and the limits. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.
    /// </summary>
    public void Require(ItemKey key, ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        if (key.IsNone || (key.HasSort ? Sort is null : Sort is not null && !SortKeyIsOptional))
        {
            throw Mismatch();
        }

        RequirePartition(key.PartitionBytes.Span, limits);
        if (key.HasSort)
        {
            ReadOnlySpan<byte> sort = key.SortBytes.Span;
            RequireType(KeyCodec.TypeOf(sort), Sort!);
            RequireLength(KeyCodec.TypeOf(sort), sort.Length - 1, limits.SortKeyBytesMax, Sort!);
        }
    }

    /// <summary>Checks that the canonical bytes of a partition key fit the schema and the limits.</summary>
    public void RequirePartition(ReadOnlySpan<byte> partitionBytes, ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        KeyType type = KeyCodec.TypeOf(partitionBytes);
        RequireType(type, Partition);
        RequireLength(type, KeyCodec.RawLengthOfPartition(partitionBytes), limits.PartitionKeyBytesMax, Partition);
    }

    /// <summary>The attributes that a key stands for.</summary>
    public Item ToItem(ItemKey key)
    {
        var builder = new ItemBuilder().Set(Partition.Name, key.Partition);
        if (Sort is not null && key.Sort is { } sort)
        {
            builder.Set(Sort.Name, sort);
        }

        return builder.Build();
    }

    internal static void RequireType(KeyType type, KeyAttribute attribute)
    {
        if (type != attribute.Type)
        {
            throw Mismatch();
        }
    }

    private static RawKeyValue RequireValue(ValueReader value, KeyAttribute attribute, int lengthMax)
    {
        if (!value.Exists)
        {
            throw KeystoneException.Validation(
                $"One or more parameter values were invalid: Missing the key {attribute.Name} in the item");
        }

        if (value.Kind != KindOf(attribute.Type))
        {
            throw KeystoneException.Validation(
                $"One or more parameter values were invalid: Type mismatch for key {attribute.Name} "
                + $"expected: {DynamoJsonTypes.NameOf(KindOf(attribute.Type))} actual: {DynamoJsonTypes.NameOf(value.Kind)}");
        }

        RawKeyValue raw = RawKeyValue.Of(value);
        RequireLength(raw.Type, raw.Bytes.Length, lengthMax, attribute);
        return raw;
    }

    private static void RequireLength(KeyType type, int length, int lengthMax, KeyAttribute attribute)
    {
        if (type != KeyType.Number && length > lengthMax)
        {
            throw KeystoneException.Validation(
                $"One or more parameter values were invalid: The key {attribute.Name} has {length} bytes, "
                + $"which exceeds the maximum size limit of {lengthMax} bytes");
        }
    }

    internal static AttributeKind KindOf(KeyType type) => type switch
    {
        KeyType.Number => AttributeKind.Number,
        KeyType.String => AttributeKind.String,
        _ => AttributeKind.Binary,
    };

    internal static KeyAttribute RequireAttribute(KeyAttribute attribute)
    {
        ArgumentNullException.ThrowIfNull(attribute);
        Item.RequireName(attribute.Name);
        if (NameOrder.Utf8.GetByteCount(attribute.Name) > ItemLimits.KeyNameBytesMax)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: "
                + $"The name of a key attribute is longer than {ItemLimits.KeyNameBytesMax} bytes");
        }

        return attribute.Type is KeyType.Number or KeyType.String or KeyType.Binary
            ? attribute
            : throw KeystoneException.Validation($"The key attribute {attribute.Name} has the unknown type {(byte)attribute.Type}");
    }

    private static KeystoneException Mismatch() => KeystoneException.Validation("The provided key element does not match the schema");
}
