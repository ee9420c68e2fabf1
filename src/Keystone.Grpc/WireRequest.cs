using Google.Protobuf.Collections;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using QueryRequest = Keystone.Grpc.Messages.QueryRequest;
using ScanRequest = Keystone.Grpc.Messages.ScanRequest;

namespace Keystone.Grpc;

/// <summary>
/// Messages of callers as requests to the default table. What enters is not trusted; what leaves is a request that the database checks
/// again: no condition, filter or name is passed over.
/// </summary>
public static class WireRequest
{
    private const string Table = KeystoneDefaults.TableName;

    /// <summary>A put.</summary>
    public static PutItemRequest ToModel(PutRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new PutItemRequest(Table, WireItem.ToModel(message.PartitionKey, message.SortKey, message.Item, "Item required"))
        {
            ConditionExpression = message.HasConditionExpression ? message.ConditionExpression : null,
            ExpressionAttributeNames = WireExpression.Names(message.ExpressionNames),
            ExpressionAttributeValues = WireExpression.Values(message.ExpressionValues),
        };
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
        return new DeleteItemRequest(Table, WireKey.ToModel(message.PartitionKey, message.SortKey))
        {
            ConditionExpression = message.HasConditionExpression ? message.ConditionExpression : null,
            ExpressionAttributeNames = WireExpression.Names(message.ExpressionNames),
            ExpressionAttributeValues = WireExpression.Values(message.ExpressionValues),
        };
    }

    /// <summary>An update, which answers the whole item as it is then.</summary>
    public static UpdateItemRequest ToModel(UpdateRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new UpdateItemRequest(Table, WireKey.ToModel(message.PartitionKey, message.SortKey))
        {
            UpdateExpression = message.UpdateExpression,
            ConditionExpression = message.HasConditionExpression ? message.ConditionExpression : null,
            ExpressionAttributeNames = WireExpression.Names(message.ExpressionNames),
            ExpressionAttributeValues = WireExpression.Values(message.ExpressionValues),
            ReturnValues = ReturnValues.AllNew,
        };
    }

    /// <summary>A transaction of gets.</summary>
    public static TransactGetItemsRequest ToModel(TransactGetRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new TransactGetItemsRequest(
            [.. message.Keys.Select(key => new TransactGet(Table, WireKey.ToModel(key.PartitionKey, key.SortKey)))]);
    }

    /// <summary>A transaction of writes.</summary>
    public static TransactWriteItemsRequest ToModel(TransactWriteRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new TransactWriteItemsRequest([.. message.Items.Select(ToModel)])
        {
            ClientRequestToken = message.HasClientRequestToken ? message.ClientRequestToken : null,
        };
    }

    /// <summary>A statement, which names its table.</summary>
    public static Model.Requests.ExecuteStatementRequest ToModel(Messages.ExecuteStatementRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new Model.Requests.ExecuteStatementRequest(message.Statement)
        {
            Parameters = [.. message.Parameters.Select(WireValue.ToModel)],
            Limit = message.HasLimit ? Bounded(message.Limit) : null,
            NextToken = message.HasNextToken ? message.NextToken : null,
        };
    }

    /// <summary>A page of a query, of the items or of the index that the message names.</summary>
    public static Model.Requests.QueryRequest ToModel(QueryRequest message, IndexDefinition? index = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.HasIndexName != index is not null)
        {
            throw new ArgumentException($"The message names an index ({message.HasIndexName}), so it has to be given", nameof(index));
        }

        return new Model.Requests.QueryRequest(Table, WireKey.PartitionOf(message.PartitionKey, index))
        {
            SortKey = index is null ? WireCondition.ToModel(message.SortKeyCondition) : WireCondition.OfIndex(message.SortKeyCondition),
            IndexName = index?.Name,
            ExclusiveStartIndexKey = WireItem.ToModel(message.ExclusiveStartIndexKey),
            FilterExpression = message.HasFilterExpression ? message.FilterExpression : null,
            ExpressionAttributeNames = WireExpression.Names(message.ExpressionNames),
            ExpressionAttributeValues = WireExpression.Values(message.ExpressionValues),
            Backward = message.HasScanForward && !message.ScanForward,
            Limit = message.HasLimit ? Bounded(message.Limit) : null,
            ExclusiveStartKey = WireKey.ToModel(message.ExclusiveStartKey),
        };
    }

    /// <summary>A scan; its limit is for all pages together.</summary>
    public static Model.Requests.ScanRequest ToModel(ScanRequest message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.HasSegment && !message.HasTotalSegments)
        {
            throw KeystoneException.Validation("The total_segments of a scan is required if it has a segment");
        }

        return new Model.Requests.ScanRequest(Table)
        {
            IndexName = message.HasIndexName ? message.IndexName : null,
            ExclusiveStartIndexKey = WireItem.ToModel(message.ExclusiveStartIndexKey),
            FilterExpression = message.HasFilterExpression ? message.FilterExpression : null,
            ExpressionAttributeNames = WireExpression.Names(message.ExpressionNames),
            ExpressionAttributeValues = WireExpression.Values(message.ExpressionValues),
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

    private static TransactWrite ToModel(TransactWriteItem message)
    {
        switch (message.ItemCase)
        {
            case TransactWriteItem.ItemOneofCase.Put:
                TransactPut put = message.Put;
                EncodedItem item = WireItem.ToModel(put.PartitionKey, put.SortKey, put.Item, "Item required for put");
                string? condition = put.HasConditionExpression ? put.ConditionExpression : null;
                return Fill(TransactWrite.Put(Table, item), condition, put.ExpressionNames, put.ExpressionValues);
            case TransactWriteItem.ItemOneofCase.Update:
                TransactUpdate update = message.Update;
                ItemKey key = WireKey.ToModel(update.PartitionKey, update.SortKey);
                condition = update.HasConditionExpression ? update.ConditionExpression : null;
                TransactWrite write = TransactWrite.Update(Table, key, update.UpdateExpression);
                return Fill(write, condition, update.ExpressionNames, update.ExpressionValues);
            case TransactWriteItem.ItemOneofCase.Delete:
                TransactDelete delete = message.Delete;
                key = WireKey.ToModel(delete.PartitionKey, delete.SortKey);
                condition = delete.HasConditionExpression ? delete.ConditionExpression : null;
                return Fill(TransactWrite.Delete(Table, key), condition, delete.ExpressionNames, delete.ExpressionValues);
            case TransactWriteItem.ItemOneofCase.ConditionCheck:
                ConditionCheck check = message.ConditionCheck;
                key = WireKey.ToModel(check.PartitionKey, check.SortKey);
                write = TransactWrite.Check(Table, key, check.ConditionExpression);
                return Fill(write, check.ConditionExpression, check.ExpressionNames, check.ExpressionValues);
            default:
                throw KeystoneException.Validation("Transact write item is required");
        }
    }

    private static TransactWrite Fill(
        TransactWrite write, string? condition, MapField<string, string> names, MapField<string, Value> values)
        => write with
        {
            ConditionExpression = condition,
            ExpressionAttributeNames = WireExpression.Names(names),
            ExpressionAttributeValues = WireExpression.Values(values),
        };

    private static int Bounded(uint value) => (int)Math.Min(value, int.MaxValue);
}
