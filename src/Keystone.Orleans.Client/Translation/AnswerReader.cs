using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client.Translation;

/// <summary>
/// Answers into results: what a client gets. Throws <see cref="Model.KeystoneException"/> where the status says so.
/// <see cref="AnswerWriter"/> is its opposite. The bytes of an answer belong to it alone, so results keep them.
/// </summary>
internal static class AnswerReader
{
    /// <summary>What a get found; <paramref name="hasExpressions"/> says whether it was asked with any.</summary>
    public static GetItemResult ToResult(ItemAnswer answer, bool hasExpressions = false)
    {
        Failures.ThrowIfFailed(answer);
        ExpressionShapes.RequireApplied(hasExpressions, answer.HasApplied);
        return answer.Item.IsEmpty
            ? GetItemResult.NotFound
            : new GetItemResult
            {
                Item = EncodedItem.FromChecked(answer.Item.Bytes),
                Version = new ItemVersion(answer.Epoch, answer.Sequence),
            };
    }

    public static PutItemResult ToPutResult(WriteAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new PutItemResult(new ItemVersion(answer.Epoch, answer.Sequence)) { OldItem = ItemOrNull(answer.OldItem) };
    }

    public static UpdateItemResult ToUpdateResult(WriteAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new UpdateItemResult(new ItemVersion(answer.Epoch, answer.Sequence)) { Attributes = ItemOrNull(answer.OldItem) };
    }

    public static DeleteItemResult ToDeleteResult(WriteAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new DeleteItemResult
        {
            Version = answer.Sequence == 0 ? null : new ItemVersion(answer.Epoch, answer.Sequence),
            OldItem = ItemOrNull(answer.OldItem),
        };
    }

    public static QueryResult ToQueryResult(PageAnswer answer, bool isShaped)
    {
        Failures.ThrowIfFailed(answer);
        ExpressionShapes.RequireApplied(isShaped, answer.HasApplied);
        var items = ItemPage.FromChecked(answer.Items.Bytes);
        return new QueryResult(items, KeyOrNull(answer.LastKey), answer.ScannedCount)
        {
            Count = CountOf(answer, items),
            LastEvaluatedIndexKey = answer.LastIndexKey.IsEmpty ? null : EncodedItem.Parse(answer.LastIndexKey.Bytes).ToItem(),
        };
    }

    public static ScanResult ToScanResult(PageAnswer answer, bool isShaped)
    {
        Failures.ThrowIfFailed(answer);
        ExpressionShapes.RequireApplied(isShaped, answer.HasApplied);
        var items = ItemPage.FromChecked(answer.Items.Bytes);
        return new ScanResult(items, KeyOrNull(answer.LastKey), answer.ScannedCount)
        {
            Count = CountOf(answer, items),
            LastEvaluatedIndexKey = answer.LastIndexKey.IsEmpty ? null : EncodedItem.Parse(answer.LastIndexKey.Bytes).ToItem(),
        };
    }

    private static int CountOf(PageAnswer answer, ItemPage items) => answer.HasApplied ? answer.Count : items.Count;

    public static BatchGetItemsResult ToResult(BatchGetAnswer answer, BatchGetItemsRequest request)
    {
        Failures.ThrowIfFailed(answer);
        ExpressionShapes.RequireApplied(request.Projections is not null, answer.HasApplied);
        return new BatchGetItemsResult([.. answer.Items.Select(ItemOrNull)], [.. answer.Unprocessed.Select(at => request.Keys[at])]);
    }

    public static BatchWriteItemsResult ToResult(BatchWriteAnswer answer, BatchWriteItemsRequest request)
    {
        Failures.ThrowIfFailed(answer);
        return new BatchWriteItemsResult([.. answer.Unprocessed.Select(at => request.Writes[at])]);
    }

    private static EncodedItem? ItemOrNull(Blob item) => item.IsEmpty ? (EncodedItem?)null : EncodedItem.FromChecked(item.Bytes);

    private static ItemKey? KeyOrNull(Blob key) => key.IsEmpty ? null : ItemKey.Parse(key.Bytes);
}
