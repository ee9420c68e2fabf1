using Google.Protobuf;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Grpc;

/// <summary>Keys between their messages and the default table. An empty sort key is no sort key, as it always was on this wire.</summary>
public static class WireKey
{
    /// <summary>The key of two fields. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for an empty partition key.</summary>
    public static ItemKey ToModel(ByteString partitionKey, ByteString sortKey)
    {
        ArgumentNullException.ThrowIfNull(partitionKey);
        ArgumentNullException.ThrowIfNull(sortKey);
        return ItemKey.Of(
            AttributeValue.Binary(partitionKey.Span),
            sortKey.IsEmpty ? null : AttributeValue.Binary(sortKey.Span));
    }

    /// <summary>Where a page ended, for the next request; null for null.</summary>
    public static ItemKey? ToModel(LastKey? message) => message is null ? null : ToModel(message.PartitionKey, message.SortKey);

    /// <summary>The key from which to go on; null for null.</summary>
    public static LastKey? ToMessage(ItemKey? key)
    {
        if (key is not { } last)
        {
            return null;
        }

        var message = new LastKey { PartitionKey = BytesOf(last.Partition) };
        if (last.Sort is { } sort)
        {
            message.SortKey = BytesOf(sort);
        }

        return message;
    }

    /// <summary>A key of an item as the place from which to go on.</summary>
    public static LastKey ToLastKey(Key key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var message = new LastKey { PartitionKey = key.PartitionKey };
        if (key.HasSortKey)
        {
            message.SortKey = key.SortKey;
        }

        return message;
    }

    /// <summary>
    /// The value of the partition key of the default table, or of an index: a text of an index is UTF-8, a number is text. Throws
    /// <see cref="KeystoneErrorCode.ValidationFailed"/>.
    /// </summary>
    public static AttributeValue PartitionOf(ByteString bytes, IndexDefinition? index)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (index is { Partition.Count: > 1 })
        {
            throw KeystoneException.Validation(
                $"The index {index.Name} has a partition key of several attributes: read it with ExecuteStatement");
        }

        return index?.Partition[0].Type switch
        {
            KeyType.String => AttributeValue.String(bytes.ToStringUtf8()),
            KeyType.Number => AttributeValue.Number(bytes.ToStringUtf8()),
            _ => AttributeValue.Binary(bytes.Span),
        };
    }

    private static ByteString BytesOf(AttributeValue value) => ByteString.CopyFrom(value.AsBinary().Span);
}
