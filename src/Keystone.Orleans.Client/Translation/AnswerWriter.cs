using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client.Translation;

/// <summary>Results into answers: what a silo sends. <see cref="AnswerReader"/> is its opposite.</summary>
internal static class AnswerWriter
{
    private static readonly ItemAnswer NotFound = new();
    private static readonly ItemAnswer NothingOfIt = new() { HasApplied = true };

    /// <summary>What a get found; <paramref name="hasExpressions"/> says whether it was asked with any, which are applied.</summary>
    public static ItemAnswer ToAnswer(GetItemResult result, bool hasExpressions = false) => result.Item is not { } item
        ? hasExpressions ? NothingOfIt : NotFound
        : new ItemAnswer
        {
            HasApplied = hasExpressions,
            Item = CallWriter.Write(item),
            Epoch = result.Version?.Epoch ?? 0,
            Sequence = result.Version?.Sequence ?? 0,
        };

    public static WriteAnswer ToAnswer(PutItemResult result)
        => new() { Epoch = result.Version.Epoch, Sequence = result.Version.Sequence, OldItem = WriteOrEmpty(result.OldItem) };

    public static WriteAnswer ToAnswer(UpdateItemResult result)
        => new() { Epoch = result.Version.Epoch, Sequence = result.Version.Sequence, OldItem = WriteOrEmpty(result.Attributes) };

    public static WriteAnswer ToAnswer(DeleteItemResult result) => new()
    {
        Epoch = result.Version?.Epoch ?? 0,
        Sequence = result.Version?.Sequence ?? 0,
        OldItem = WriteOrEmpty(result.OldItem),
    };

    public static PageAnswer ToAnswer(QueryResult result, bool isShaped)
        => ToPage(
            result.Items, result.LastEvaluatedKey, result.LastEvaluatedIndexKey, result.ScannedCount, isShaped ? result.Count : null);

    public static PageAnswer ToAnswer(ScanResult result, bool isShaped)
        => ToPage(
            result.Items, result.LastEvaluatedKey, result.LastEvaluatedIndexKey, result.ScannedCount, isShaped ? result.Count : null);

    public static BatchGetAnswer ToAnswer(BatchGetItemsResult result, BatchGetItemsRequest request) => new()
    {
        Items = [.. result.Items.Select(WriteOrEmpty)],
        Unprocessed = [.. result.UnprocessedKeys.Select(key => PlaceOf(request.Keys, key))],
        HasApplied = request.Projections is not null,
    };

    public static BatchWriteAnswer ToAnswer(BatchWriteItemsResult result, BatchWriteItemsRequest request)
        => new() { Unprocessed = [.. result.UnprocessedWrites.Select(write => PlaceOf(request.Writes, write))] };

    private static PageAnswer ToPage(ItemPage items, ItemKey? last, Item? lastIndexKey, int scanned, int? count) => new()
    {
        Items = new Blob(items.Bytes),
        LastKey = CallWriter.Write(last ?? default),
        LastIndexKey = lastIndexKey is null ? default : CallWriter.Write((EncodedItem)lastIndexKey),
        ScannedCount = scanned,
        HasApplied = count is not null,
        Count = count ?? 0,
    };

    private static Blob WriteOrEmpty(EncodedItem? item) => CallWriter.Write(item ?? default);

    private static int PlaceOf<T>(IReadOnlyList<T> requested, T left)
    {
        for (int at = 0; at < requested.Count; at++)
        {
            if (EqualityComparer<T>.Default.Equals(requested[at], left))
            {
                return at;
            }
        }

        throw new KeystoneException(
            KeystoneErrorCode.Internal, "The database left something of a batch undone that was not in the batch. Report it.");
    }
}
