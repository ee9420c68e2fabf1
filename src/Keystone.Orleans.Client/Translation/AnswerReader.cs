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
    public static GetItemResult ToResult(ItemAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
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

    public static QueryResult ToQueryResult(PageAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new QueryResult(ItemPage.FromChecked(answer.Items.Bytes), KeyOrNull(answer.LastKey), answer.ScannedCount);
    }

    public static ScanResult ToScanResult(PageAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new ScanResult(ItemPage.FromChecked(answer.Items.Bytes), KeyOrNull(answer.LastKey), answer.ScannedCount);
    }

    public static BatchGetItemsResult ToResult(BatchGetAnswer answer, BatchGetItemsRequest request)
    {
        Failures.ThrowIfFailed(answer);
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
