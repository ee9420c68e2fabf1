using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Requests;
using QueryRequest = Keystone.Grpc.Messages.QueryRequest;
using ScanRequest = Keystone.Grpc.Messages.ScanRequest;

namespace Keystone.Grpc;

/// <summary>
/// Messages of callers as requests to the default table. What enters is not trusted; what leaves is a request that the database checks
/// again. An option that is not offered is refused, never passed over: a condition that nobody checks would be worse than none.
/// </summary>
public static class WireRequest
{
    private const string Table = KeystoneDefaults.TableName;

    /// <summary>A put.</summary>
    public static PutItemRequest ToModel(PutRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        RequireNone(message.HasConditionExpression, "condition_expression", "Put");
        return new PutItemRequest(Table, WireItem.ToModel(message.PartitionKey, message.SortKey, message.Item, "Item required"));
    }

    /// <summary>A get.</summary>
    public static GetItemRequest ToModel(GetRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new GetItemRequest(Table, WireKey.ToModel(message.PartitionKey, message.SortKey));
    }

    /// <summary>A delete.</summary>
    public static DeleteItemRequest ToModel(DeleteRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        RequireNone(message.HasConditionExpression, "condition_expression", "Delete");
        return new DeleteItemRequest(Table, WireKey.ToModel(message.PartitionKey, message.SortKey));
    }

    /// <summary>A page of a query.</summary>
    public static Model.Requests.QueryRequest ToModel(QueryRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        RequireNone(message.HasFilterExpression, "filter_expression", "Query");
        RequireNone(message.HasIndexName, "index_name", "Query");
        return new Model.Requests.QueryRequest(Table, AttributeValue.Binary(message.PartitionKey.Span))
        {
            SortKey = WireCondition.ToModel(message.SortKeyCondition),
            Backward = message.HasScanForward && !message.ScanForward,
            Limit = message.HasLimit ? Bounded(message.Limit) : null,
            ExclusiveStartKey = WireKey.ToModel(message.ExclusiveStartKey),
        };
    }

    /// <summary>A scan; its limit is for all pages together.</summary>
    public static Model.Requests.ScanRequest ToModel(ScanRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        RequireNone(message.HasFilterExpression, "filter_expression", "Scan");
        RequireNone(message.HasIndexName, "index_name", "Scan");
        if (message.HasSegment && !message.HasTotalSegments)
        {
            throw KeystoneException.Validation("The total_segments of a scan is required if it has a segment");
        }

        return new Model.Requests.ScanRequest(Table)
        {
            Limit = message.HasLimit ? Bounded(message.Limit) : null,
            ExclusiveStartKey = WireKey.ToModel(message.ExclusiveStartKey),
            Segment = Bounded(message.Segment),
            TotalSegments = message.HasTotalSegments ? Bounded(message.TotalSegments) : 1,
        };
    }

    /// <summary>A batch of gets.</summary>
    public static BatchGetItemsRequest ToModel(BatchGetRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new BatchGetItemsRequest(
            [.. message.Keys.Select(key => new BatchGetKey(Table, WireKey.ToModel(key.PartitionKey, key.SortKey)))]);
    }

    /// <summary>A batch of writes.</summary>
    public static BatchWriteItemsRequest ToModel(BatchWriteRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new BatchWriteItemsRequest([.. message.Writes.Select(ToModel)]);
    }

    private static BatchWrite ToModel(WriteRequest message) => message.RequestCase switch
    {
        WriteRequest.RequestOneofCase.Put => BatchWrite.Put(
            Table, WireItem.ToModel(message.Put.PartitionKey, message.Put.SortKey, message.Put.Item, "Item required for put")),
        WriteRequest.RequestOneofCase.Delete => BatchWrite.Delete(
            Table, WireKey.ToModel(message.Delete.PartitionKey, message.Delete.SortKey)),
        _ => throw KeystoneException.Validation("Write request is required"),
    };

    private static int Bounded(uint value) => (int)Math.Min(value, int.MaxValue);

    private static void RequireNone(bool given, string field, string call)
    {
        if (given)
        {
            throw new KeystoneException(
                KeystoneErrorCode.NotSupported, $"{field} is not offered by this server on {call}. Send the call without it.");
        }
    }
}
