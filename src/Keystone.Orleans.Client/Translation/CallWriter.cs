using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client.Translation;

/// <summary>
/// Requests into calls: what a client sends. <see cref="CallReader"/> is its opposite. Bytes of items and keys are taken over, not copied;
/// attribute values are sent as the canonical bytes of a key that has the value as its partition part.
/// </summary>
internal static class CallWriter
{
    public static GetCall ToCall(GetItemRequest request) => new()
    {
        Table = request.TableName,
        Key = Write(request.Key),
        Expressions = ExpressionShapes.Write(request.ToExpressions()),
        ConsistentRead = request.ConsistentRead,
    };

    public static PutCall ToCall(PutItemRequest request) => new()
    {
        Table = request.TableName,
        Item = Write(request.Item),
        Condition = ExpressionShapes.WriteCondition(request.Condition, request.ToExpressions()),
        ReturnOld = request.ReturnOld,
        ReturnCurrent = request.ReturnCurrentOnConditionFailure,
    };

    public static UpdateCall ToCall(UpdateItemRequest request) => new()
    {
        Table = request.TableName,
        Key = Write(request.Key),
        Condition = Write(request.Condition),
        Expressions = ExpressionShapes.Write(request.ToExpressions()),
        ReturnValues = (byte)request.ReturnValues,
        ReturnCurrent = request.ReturnCurrentOnConditionFailure,
    };

    public static DeleteCall ToCall(DeleteItemRequest request) => new()
    {
        Table = request.TableName,
        Key = Write(request.Key),
        Condition = ExpressionShapes.WriteCondition(request.Condition, request.ToExpressions()),
        ReturnOld = request.ReturnOld,
        ReturnCurrent = request.ReturnCurrentOnConditionFailure,
    };

    public static QueryCall ToCall(QueryRequest request)
    {
        request.Validate();
        return new QueryCall
        {
            Table = request.TableName,
            Partition = Write(request.PartitionKey),
            SortOperator = (byte)(request.SortKey?.Operator ?? 0),
            SortValue = Write(request.SortKey?.Value),
            SortUpper = Write(request.SortKey?.Upper),
            Backward = request.Backward,
            Limit = request.Limit ?? 0,
            StartKey = Write(request.ExclusiveStartKey ?? default),
            Index = request.IndexName,
            StartIndexKey = request.ExclusiveStartIndexKey is { } start ? Write((EncodedItem)start) : default,
            Select = request.IndexName is null ? (byte)0 : (byte)(request.Select ?? 0),
            Expressions = ExpressionShapes.Write(request.ToExpressions()),
            ConsistentRead = request.ConsistentRead,
        };
    }

    public static ScanCall ToCall(ScanRequest request)
    {
        // A limit of 0 means none on the wire, so the rule for it has to be checked before.
        request.Validate(Model.Schema.ItemLimits.Default);
        return new ScanCall
        {
            Table = request.TableName,
            Limit = request.Limit ?? 0,
            StartKey = Write(request.ExclusiveStartKey ?? default),
            Index = request.IndexName,
            StartIndexKey = request.ExclusiveStartIndexKey is { } start ? Write((EncodedItem)start) : default,
            Select = request.IndexName is null ? (byte)0 : (byte)(request.Select ?? 0),
            Expressions = ExpressionShapes.Write(request.ToExpressions()),
            Segment = request.Segment,
            TotalSegments = request.TotalSegments,
            ConsistentRead = request.ConsistentRead,
        };
    }

    public static BatchGetCall ToCall(BatchGetItemsRequest request)
    {
        var tables = new TableList();
        return new BatchGetCall
        {
            Keys = [.. request.Keys.Select(key => new BatchKey { Table = tables.IndexOf(key.TableName), Key = Write(key.Key) })],
            Tables = tables.ToArray(),
            ConsistentRead = request.ConsistentRead,
            Projections = request.Projections is { } projections
                ? [.. tables.ToArray().Select(table => ExpressionShapes.Write(projections.GetValueOrDefault(table)?.ToExpressions()))]
                : null,
        };
    }

    public static BatchWriteCall ToCall(BatchWriteItemsRequest request)
    {
        var tables = new TableList();
        return new BatchWriteCall
        {
            Writes = [.. request.Writes.Select(write => new BatchItem
            {
                Table = tables.IndexOf(write.TableName),
                Item = Write(write.PutItem),
                Key = Write(write.DeleteKey),
            })],
            Tables = tables.ToArray(),
        };
    }

    public static CreateTableCall ToCall(CreateTableRequest request) => new() { Table = TableShapes.Write(request.Table) };

    public static ListTablesCall ToCall(ListTablesRequest request)
    {
        request.Validate(Model.Schema.ItemLimits.Default);
        return new ListTablesCall { StartTable = request.ExclusiveStartTableName, Limit = request.Limit ?? 0 };
    }

    public static Blob Write(ItemKey key) => new(key.Bytes);

    public static Blob Write(EncodedItem item) => new(item.Bytes);

    public static Condition? Write(WriteCondition? condition) => condition is null
        ? null
        : new Condition { Kind = (byte)condition.Kind, Epoch = condition.Version.Epoch, Sequence = condition.Version.Sequence };

    private static Blob Write(AttributeValue? value) => value is null ? default : Write(ItemKey.Of(value));

    public static UpdateTableCall ToCall(UpdateTableRequest request) => new()
    {
        Table = request.TableName,
        CreateIndex = request.CreateIndex is { } index ? IndexShapes.Write(index) : null,
        DeleteIndex = request.DeleteIndex,
        EnableStream = (byte)(request.EnableStream ?? 0),
        DisableStream = request.DisableStream,
        EnableTimeToLive = request.EnableTimeToLive,
        DisableTimeToLive = request.DisableTimeToLive,
    };
}
