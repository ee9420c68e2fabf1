using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client.Translation;

/// <summary>
/// Calls into requests: what a silo takes. Every key is checked here, because nobody is trusted to have sent one; items are checked by
/// the owner, who must look at all of their bytes anyway. Throws <see cref="KeystoneException"/> for what is no request.
/// </summary>
internal static class CallReader
{
    public static GetItemRequest ToRequest(GetCall call)
    {
        ReadExpressions? expressions = ExpressionShapes.Read(call.Expressions, ReadKind.Get);
        return new GetItemRequest(call.Table, ItemKey.Parse(call.Key.Bytes))
        {
            ConsistentRead = call.ConsistentRead,
            ProjectionExpression = expressions?.Projection,
            ExpressionAttributeNames = expressions?.Names,
        };
    }

    public static PutItemRequest ToRequest(PutCall call)
    {
        WriteExpressions? expressions = ExpressionShapes.ReadCondition(call.Condition);
        return new PutItemRequest(call.Table, EncodedItem.FromChecked(call.Item.Bytes))
        {
            Condition = ReadCondition(call.Condition),
            ConditionExpression = expressions?.Condition,
            ExpressionAttributeNames = expressions?.Names,
            ExpressionAttributeValues = expressions?.Values,
            ReturnOld = call.ReturnOld,
            ReturnCurrentOnConditionFailure = call.ReturnCurrent,
        };
    }

    public static UpdateItemRequest ToRequest(UpdateCall call)
    {
        WriteExpressions expressions = ExpressionShapes.Read(call.Expressions, isOfUpdate: true);
        return new UpdateItemRequest(call.Table, ItemKey.Parse(call.Key.Bytes))
        {
            UpdateExpression = expressions.Update,
            Condition = ReadCondition(call.Condition),
            ConditionExpression = expressions.Condition,
            ExpressionAttributeNames = expressions.Names,
            ExpressionAttributeValues = expressions.Values,
            ReturnValues = ExpressionShapes.ReadReturn(call.ReturnValues),
            ReturnCurrentOnConditionFailure = call.ReturnCurrent,
        };
    }

    public static DeleteItemRequest ToRequest(DeleteCall call)
    {
        WriteExpressions? expressions = ExpressionShapes.ReadCondition(call.Condition);
        return new DeleteItemRequest(call.Table, ItemKey.Parse(call.Key.Bytes))
        {
            Condition = ReadCondition(call.Condition),
            ConditionExpression = expressions?.Condition,
            ExpressionAttributeNames = expressions?.Names,
            ExpressionAttributeValues = expressions?.Values,
            ReturnOld = call.ReturnOld,
            ReturnCurrentOnConditionFailure = call.ReturnCurrent,
        };
    }

    public static QueryRequest ToRequest(QueryCall call)
    {
        ReadExpressions? expressions = ExpressionShapes.Read(call.Expressions, ReadKind.Query);
        bool hasKey = expressions?.KeyCondition is null || !call.Partition.IsEmpty;
        return new QueryRequest(call.Table, hasKey ? ReadValue(call.Partition) : null)
        {
            SortKey = call.SortOperator == 0 ? null : ReadSortKey(call),
            Backward = call.Backward,
            Limit = LimitOrNull(call.Limit),
            IndexName = call.Index,
            ExclusiveStartKey = KeyOrNull(call.StartKey),
            ExclusiveStartIndexKey = call.StartIndexKey.IsEmpty ? null : EncodedItem.Parse(call.StartIndexKey.Bytes).ToItem(),
            ConsistentRead = call.ConsistentRead,
            KeyConditionExpression = expressions?.KeyCondition,
            FilterExpression = expressions?.Filter,
            ProjectionExpression = expressions?.Projection,
            Select = call.Select == 0 ? SelectOf(expressions) : (ReadSelect)call.Select,
            ExpressionAttributeNames = expressions?.Names,
            ExpressionAttributeValues = expressions?.Values,
        };
    }

    public static ScanRequest ToRequest(ScanCall call)
    {
        ReadExpressions? expressions = ExpressionShapes.Read(call.Expressions, ReadKind.Scan);
        return new ScanRequest(call.Table)
        {
            Limit = LimitOrNull(call.Limit),
            IndexName = call.Index,
            ExclusiveStartKey = KeyOrNull(call.StartKey),
            ExclusiveStartIndexKey = call.StartIndexKey.IsEmpty ? null : EncodedItem.Parse(call.StartIndexKey.Bytes).ToItem(),
            Segment = call.Segment,
            TotalSegments = call.TotalSegments,
            ConsistentRead = call.ConsistentRead,
            FilterExpression = expressions?.Filter,
            ProjectionExpression = expressions?.Projection,
            Select = call.Select == 0 ? SelectOf(expressions) : (ReadSelect)call.Select,
            ExpressionAttributeNames = expressions?.Names,
            ExpressionAttributeValues = expressions?.Values,
        };
    }

    public static BatchGetItemsRequest ToRequest(BatchGetCall call)
        => new([.. call.Keys.Select(key => new BatchGetKey(TableAt(call.Tables, key.Table), ItemKey.Parse(key.Key.Bytes)))])
        {
            ConsistentRead = call.ConsistentRead,
            Projections = call.Projections is null ? null : ToProjections(call.Tables, call.Projections),
        };

    private static Dictionary<string, BatchProjection> ToProjections(string[] tables, Expressions?[] projections)
    {
        var read = new Dictionary<string, BatchProjection>(StringComparer.Ordinal);
        for (int i = 0; i < projections.Length; i++)
        {
            if (ExpressionShapes.Read(projections[i], ReadKind.Get) is { Projection: { } text } expressions)
            {
                read[TableAt(tables, i)] = new BatchProjection(text) { ExpressionAttributeNames = expressions.Names };
            }
        }

        return read;
    }

    public static BatchWriteItemsRequest ToRequest(BatchWriteCall call)
        => new([.. call.Writes.Select(write => write.Item.IsEmpty
            ? BatchWrite.Delete(TableAt(call.Tables, write.Table), ItemKey.Parse(write.Key.Bytes))
            : BatchWrite.Put(TableAt(call.Tables, write.Table), EncodedItem.FromChecked(write.Item.Bytes)))]);

    public static CreateTableRequest ToRequest(CreateTableCall call) => new(TableShapes.Read(call.Table));

    public static ListTablesRequest ToRequest(ListTablesCall call)
        => new() { ExclusiveStartTableName = call.StartTable, Limit = LimitOrNull(call.Limit) };

    public static int? LimitOrNull(int limit) => limit == 0 ? null : limit;

    /// <summary>The condition itself. One that is an expression is read by <see cref="ExpressionShapes"/>.</summary>
    public static WriteCondition? ReadCondition(Condition? condition) => (WriteConditionKind?)condition?.Kind switch
    {
        null or WriteConditionKind.Expression => null,
        WriteConditionKind.ItemExists => WriteCondition.ItemExists,
        WriteConditionKind.ItemAbsent => WriteCondition.ItemAbsent,
        WriteConditionKind.VersionIs => WriteCondition.VersionIs(new ItemVersion(condition!.Epoch, condition.Sequence)),
        _ => throw new KeystoneException(
            KeystoneErrorCode.NotSupported,
            $"The condition has the kind {condition!.Kind}, which this silo does not know. Upgrade the silo."),
    };

    private static SortKeyCondition ReadSortKey(QueryCall call)
        => new((SortKeyOperator)call.SortOperator, ReadValue(call.SortValue), call.SortUpper.IsEmpty ? null : ReadValue(call.SortUpper));

    private static ReadSelect? SelectOf(ReadExpressions? expressions) => expressions is { CountOnly: true } ? ReadSelect.Count : null;

    private static ItemKey? KeyOrNull(Blob key) => key.IsEmpty ? null : ItemKey.Parse(key.Bytes);

    private static AttributeValue ReadValue(Blob key) => ItemKey.Parse(key.Bytes).Partition;

    public static string TableAt(string[] tables, int index) => (uint)index < (uint)tables.Length
        ? tables[index]
        : throw KeystoneException.Validation(
            $"The call names table {index} of a list of {tables.Length}; it was not made by a Keystone client");

    public static UpdateTableRequest ToRequest(UpdateTableCall call) => new(call.Table)
    {
        CreateIndex = call.CreateIndex is { } index ? IndexShapes.Read(index) : null,
        DeleteIndex = call.DeleteIndex,
        EnableStream = call.EnableStream == 0 ? null : (StreamViewType)call.EnableStream,
        DisableStream = call.DisableStream,
        EnableTimeToLive = call.EnableTimeToLive,
        DisableTimeToLive = call.DisableTimeToLive,
    };
}
