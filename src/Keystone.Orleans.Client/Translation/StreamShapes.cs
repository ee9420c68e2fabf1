using Keystone.Model.Items;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Model.Streams;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client.Translation;

/// <summary>Streams, their changes and the expiry of items between the model and the wire, both ways.</summary>
internal static class StreamShapes
{
    public static StreamShape[]? Write(IReadOnlyList<StreamDescription> streams) => streams.Count == 0 ? null :
    [
        .. streams.Select(stream => new StreamShape
        {
            Id = stream.Id,
            View = (byte)stream.View,
            Created = stream.Created,
            Shards = stream.ShardCount,
            Disabled = stream.Disabled,
        }),
    ];

    public static IReadOnlyList<StreamDescription> Read(StreamShape[]? shapes) =>
    [
        .. (shapes ?? []).Select(shape => new StreamDescription(shape.Id, (StreamViewType)shape.View, shape.Created, shape.Shards)
        {
            Disabled = shape.Disabled,
        }),
    ];

    public static ExpiryShape? Write(TimeToLiveDescription? expiry)
        => expiry is null ? null : new() { Attribute = expiry.Attribute, Id = expiry.Id, Status = (byte)expiry.Status };

    public static TimeToLiveDescription? Read(ExpiryShape? shape)
        => shape is null ? null : new TimeToLiveDescription(shape.Attribute, shape.Id, (TimeToLiveStatus)shape.Status);

    public static ShardIteratorCall ToCall(GetShardIteratorRequest request) => new()
    {
        Stream = request.StreamArn,
        Shard = request.ShardId,
        Kind = (byte)request.Kind,
        Number = request.SequenceNumber,
    };

    public static GetShardIteratorRequest ToRequest(ShardIteratorCall call)
        => new(call.Stream, call.Shard, (ShardIteratorKind)call.Kind) { SequenceNumber = call.Number };

    public static RecordsCall ToCall(GetRecordsRequest request)
        => new() { Iterator = request.ShardIterator, Limit = request.RequireLimit() };

    public static GetRecordsRequest ToRequest(RecordsCall call) => new(call.Iterator) { Limit = CallReader.LimitOrNull(call.Limit) };

    public static RecordsAnswer ToAnswer(GetRecordsResult result) => new()
    {
        Records = [.. result.Records.Select(Write)],
        Next = result.NextShardIterator,
    };

    public static GetRecordsResult ToResult(RecordsAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new GetRecordsResult([.. answer.Records.Select(Read)], answer.Next);
    }

    private static ChangeShape Write(ChangeRecord change) => new()
    {
        Number = change.Number,
        Kind = (byte)change.Kind,
        Key = CallWriter.Write(change.Key),
        Old = change.OldImage is { } old ? CallWriter.Write(old) : default,
        New = change.NewImage is { } now ? CallWriter.Write(now) : default,
        IsByService = change.IsByService,
    };

    private static ChangeRecord Read(ChangeShape shape)
        => new(shape.Number, (ChangeKind)shape.Kind, EncodedItem.FromChecked(shape.Key.Bytes))
        {
            OldImage = ItemOrNull(shape.Old),
            NewImage = ItemOrNull(shape.New),
            IsByService = shape.IsByService,
        };

    private static EncodedItem? ItemOrNull(Blob item) => item.IsEmpty ? (EncodedItem?)null : EncodedItem.FromChecked(item.Bytes);
}
