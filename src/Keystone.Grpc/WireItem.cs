using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Items;
using Item = Keystone.Grpc.Messages.Item;

namespace Keystone.Grpc;

/// <summary>
/// Items between their messages and the default table. On the wire the key stands beside the item, in the table it is part of it: the key
/// attributes are put in on the way in and taken out on the way out. What always holds: a caller's item never names a key attribute, and
/// an item comes back with the attributes that it was sent with.
/// </summary>
public static class WireItem
{
    private static readonly byte[] PartitionName = Encoding.UTF8.GetBytes(KeystoneDefaults.PartitionKeyName);
    private static readonly byte[] SortName = Encoding.UTF8.GetBytes(KeystoneDefaults.SortKeyName);

    /// <summary>
    /// The item of the default table that a key and an item stand for. <paramref name="missing"/> is the text of the error for an item that
    /// is not there. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.
    /// </summary>
    public static EncodedItem ToModel(ByteString partitionKey, ByteString sortKey, Item? item, string missing)
    {
        ArgumentNullException.ThrowIfNull(partitionKey);
        ArgumentNullException.ThrowIfNull(sortKey);
        if (item is null)
        {
            throw KeystoneException.Validation(missing);
        }

        ItemBuilder builder = ToBuilder(item.Attributes);
        RequireAbsent(item, KeystoneDefaults.PartitionKeyName);
        RequireAbsent(item, KeystoneDefaults.SortKeyName);
        builder.Set(KeystoneDefaults.PartitionKeyName, AttributeValue.Binary(partitionKey.Span));
        if (!sortKey.IsEmpty)
        {
            builder.Set(KeystoneDefaults.SortKeyName, AttributeValue.Binary(sortKey.Span));
        }

        return builder.Build();
    }

    /// <summary>The attributes of a message by themselves; null for null.</summary>
    public static Model.Items.Item? ToModel(Item? message) => message is null ? null : ToBuilder(message.Attributes).Build();

    /// <summary>All attributes of an item, whatever their names are.</summary>
    public static Item ToMessage(EncodedItem item)
    {
        var message = new Item();
        ItemReader reader = item.Read();
        for (int i = 0; i < reader.Count; i++)
        {
            message.Attributes.Add(reader[i].Name, WireValue.ToMessage(reader[i].Value));
        }

        return message;
    }

    /// <summary>The attributes of an item of the default table without those of its key, and the key by itself.</summary>
    public static Item Split(EncodedItem item, out Key key)
    {
        var message = new Item();
        key = new Key();
        ItemReader reader = item.Read();
        for (int i = 0; i < reader.Count; i++)
        {
            AttributeReader attribute = reader[i];
            if (attribute.Utf8Name.SequenceEqual(PartitionName))
            {
                key.PartitionKey = ByteString.CopyFrom(attribute.Value.Binary);
            }
            else if (attribute.Utf8Name.SequenceEqual(SortName))
            {
                key.SortKey = ByteString.CopyFrom(attribute.Value.Binary);
            }
            else
            {
                message.Attributes.Add(attribute.Name, WireValue.ToMessage(attribute.Value));
            }
        }

        return message;
    }

    /// <summary>A builder with the attributes of a map, in the order of their names: that is the order in which it is fast.</summary>
    internal static ItemBuilder ToBuilder(MapField<string, Value> attributes)
    {
        var builder = new ItemBuilder();
        foreach ((string name, Value value) in attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal))
        {
            builder.Set(name, WireValue.ToModel(value));
        }

        return builder;
    }

    private static void RequireAbsent(Item item, string name)
    {
        if (item.Attributes.ContainsKey(name))
        {
            throw KeystoneException.Validation(
                $"The attribute name '{name}' is reserved for the key, which is sent beside the item. Take another name.");
        }
    }
}
