using Keystone.Database;
using Keystone.Database.Owner;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire;
using Keystone.Orleans.Client.Wire.Stripes;

namespace Keystone.Orleans.Silo.Translation;

/// <summary>
/// Requests for stripes between the database and the wire, both ways. The stripe itself is not in a call: it is the key of the grain that
/// gets it.
/// </summary>
internal static class StripeCalls
{
    public static StripeGetCall Write(StripeGet get) => new()
    {
        Epoch = get.Target.Epoch,
        CatalogVersion = get.Target.CatalogVersion,
        ConsistentRead = get.ConsistentRead,
        TableId = get.Target.TableId,
        Key = CallWriter.Write(get.Key),
        Expressions = ExpressionShapes.Write(get.Expressions),
    };

    public static StripeGet Read(StripeGetCall call, int stripe) => Read(call, stripe, call);

    /// <summary>Reads a call that travels inside another one, whose epoch and catalog version count.</summary>
    public static StripeGet Read(StripeGetCall call, int stripe, KeystoneCall outer)
        => new(
            Target(outer, stripe, call.TableId),
            ItemKey.Parse(call.Key.Bytes),
            outer.ConsistentRead,
            ExpressionShapes.Read(call.Expressions, ReadKind.Get));

    public static StripeWriteCall Write(StripeWrite write) => new()
    {
        Epoch = write.Target.Epoch,
        CatalogVersion = write.Target.CatalogVersion,
        TableId = write.Target.TableId,
        Item = CallWriter.Write(write.Item),
        Key = CallWriter.Write(write.Key),
        Condition = ExpressionShapes.WriteCondition(write.Condition, write.Expressions),
        ReturnOld = write.Return == ReturnValues.AllOld,
        ReturnCurrent = write.ReturnCurrentOnConditionFailure,
    };

    public static StripeWrite Read(StripeWriteCall call, int stripe) => Read(call, stripe, call);

    /// <summary>Reads a call that travels inside another one, whose epoch and catalog version count.</summary>
    public static StripeWrite Read(StripeWriteCall call, int stripe, KeystoneCall outer)
        => new(Target(outer, stripe, call.TableId), EncodedItem.FromChecked(call.Item.Bytes), ReadKey(call.Key))
        {
            Condition = CallReader.ReadCondition(call.Condition),
            Expressions = ExpressionShapes.ReadCondition(call.Condition),
            Return = call.ReturnOld ? ReturnValues.AllOld : ReturnValues.None,
            ReturnCurrentOnConditionFailure = call.ReturnCurrent,
        };

    public static StripeUpdateCall WriteUpdate(StripeWrite write) => new()
    {
        Epoch = write.Target.Epoch,
        CatalogVersion = write.Target.CatalogVersion,
        TableId = write.Target.TableId,
        Key = CallWriter.Write(write.Key),
        Condition = CallWriter.Write(write.Condition),
        Expressions = ExpressionShapes.Write(write.Expressions ?? new WriteExpressions { IsOfUpdate = true }),
        ReturnValues = (byte)write.Return,
        ReturnCurrent = write.ReturnCurrentOnConditionFailure,
    };

    public static StripeWrite Read(StripeUpdateCall call, int stripe)
        => new(Target(call, stripe, call.TableId), default, ItemKey.Parse(call.Key.Bytes))
        {
            IsUpdate = true,
            Condition = CallReader.ReadCondition(call.Condition),
            Expressions = ExpressionShapes.Read(call.Expressions, isOfUpdate: true),
            Return = ExpressionShapes.ReadReturn(call.ReturnValues),
            ReturnCurrentOnConditionFailure = call.ReturnCurrent,
        };

    public static StripeQueryCall Write(StripeQuery query) => new()
    {
        Epoch = query.Target.Epoch,
        CatalogVersion = query.Target.CatalogVersion,
        ConsistentRead = query.ConsistentRead,
        TableId = query.Target.TableId,
        Partition = CallWriter.Write(query.Partition),
        Lower = new Blob(query.Lower),
        Upper = new Blob(query.Upper),
        Backward = query.Backward,
        Limit = query.Limit ?? 0,
        StartKey = CallWriter.Write(query.ExclusiveStartKey),
        Index = query.Index,
        Whole = query.Whole,
        Expressions = ExpressionShapes.Write(query.Expressions),
    };

    public static StripeQuery Read(StripeQueryCall call, int stripe)
        => new(Target(call, stripe, call.TableId), ItemKey.Parse(call.Partition.Bytes), call.Lower.Bytes, call.Upper.Bytes)
        {
            Backward = call.Backward,
            Limit = CallReader.LimitOrNull(call.Limit),
            Index = call.Index,
            Whole = call.Whole,
            ExclusiveStartKey = ReadKey(call.StartKey),
            ConsistentRead = call.ConsistentRead,
            Expressions = ExpressionShapes.Read(call.Expressions, ReadKind.Query),
        };

    public static StripeScanCall Write(StripeScan scan) => new()
    {
        Epoch = scan.Target.Epoch,
        CatalogVersion = scan.Target.CatalogVersion,
        ConsistentRead = scan.ConsistentRead,
        TableId = scan.Target.TableId,
        HashFrom = scan.Hashes.From,
        HashTo = scan.Hashes.To,
        Limit = scan.Limit ?? 0,
        BytesMax = scan.BytesMax,
        TakesFirst = scan.TakesFirst,
        StartKey = CallWriter.Write(scan.ExclusiveStartKey),
        Index = scan.Index,
        Whole = scan.Whole,
        Expressions = ExpressionShapes.Write(scan.Expressions),
    };

    public static StripeScan Read(StripeScanCall call, int stripe)
        => new(Target(call, stripe, call.TableId), new HashRange(call.HashFrom, call.HashTo))
        {
            Limit = CallReader.LimitOrNull(call.Limit),
            BytesMax = call.BytesMax,
            TakesFirst = call.TakesFirst,
            Index = call.Index,
            Whole = call.Whole,
            ExclusiveStartKey = ReadKey(call.StartKey),
            ConsistentRead = call.ConsistentRead,
            Expressions = ExpressionShapes.Read(call.Expressions, ReadKind.Scan),
        };

    private static StripeTarget Target(KeystoneCall call, int stripe, uint tableId)
        => new(stripe, tableId, call.CatalogVersion, call.Epoch);

    private static ItemKey ReadKey(Blob key) => key.IsEmpty ? default : ItemKey.Parse(key.Bytes);
}
