using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client.Translation;

/// <summary>Transactions between the model and the wire, both ways.</summary>
internal static class TransactionShapes
{
    public static TransactWriteCall ToCall(TransactWriteItemsRequest request)
    {
        var tables = new TableList();
        return new TransactWriteCall
        {
            Writes = [.. request.Writes.Select(write => Write(write, tables))],
            Tables = tables.ToArray(),
            Token = request.ClientRequestToken,
        };
    }

    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for what is no request.</summary>
    public static TransactWriteItemsRequest ToRequest(TransactWriteCall call)
        => new([.. call.Writes.Select(write => Read(write, CallReader.TableAt(call.Tables, write.Table)))])
        {
            ClientRequestToken = call.Token,
        };

    public static TransactGetCall ToCall(TransactGetItemsRequest request)
    {
        var tables = new TableList();
        return new TransactGetCall
        {
            Gets =
            [
                .. request.Gets.Select(get => new TransactKey
                {
                    Table = tables.IndexOf(get.TableName),
                    Key = CallWriter.Write(get.Key),
                    Expressions = ExpressionShapes.Write(get.ToExpressions()),
                }),
            ],
            Tables = tables.ToArray(),
        };
    }

    public static TransactGetItemsRequest ToRequest(TransactGetCall call) => new([.. call.Gets.Select(get => Read(get, call.Tables))]);

    public static TransactGetAnswer ToAnswer(TransactGetItemsResult result)
        => new() { Items = [.. result.Items.Select(item => item is { } found ? CallWriter.Write(found) : default)] };

    public static TransactGetItemsResult ToResult(TransactGetAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new TransactGetItemsResult(
            [.. answer.Items.Select(item => item.IsEmpty ? (EncodedItem?)null : EncodedItem.FromChecked(item.Bytes))]);
    }

    private static TransactItem Write(TransactWrite write, TableList tables) => new()
    {
        Kind = (byte)write.Kind,
        Table = tables.IndexOf(write.TableName),
        Item = write.Item.IsNone ? default : CallWriter.Write(write.Item),
        Key = write.Key.IsNone ? default : CallWriter.Write(write.Key),
        Expressions = write.ToExpressions() is { } expressions ? ExpressionShapes.Write(expressions) : null,
        ReturnCurrent = write.ReturnCurrentOnConditionFailure,
    };

    private static TransactWrite Read(TransactItem item, string table)
    {
        var kind = (TransactWriteKind)item.Kind;
        WriteExpressions? expressions = item.Expressions is null
            ? null
            : ExpressionShapes.Read(item.Expressions, isOfUpdate: kind == TransactWriteKind.Update);
        TransactWrite write = kind switch
        {
            TransactWriteKind.Put => TransactWrite.Put(table, EncodedItem.FromChecked(item.Item.Bytes)),
            TransactWriteKind.Update => TransactWrite.Update(table, ItemKey.Parse(item.Key.Bytes), expressions?.Update!),
            TransactWriteKind.Delete => TransactWrite.Delete(table, ItemKey.Parse(item.Key.Bytes)),
            TransactWriteKind.Check => TransactWrite.Check(table, ItemKey.Parse(item.Key.Bytes), expressions?.Condition!),
            _ => throw KeystoneException.Validation($"A transaction has a write of the kind {item.Kind}, which is none that there is here"),
        };
        return write with
        {
            ConditionExpression = expressions?.Condition,
            ExpressionAttributeNames = expressions?.Names,
            ExpressionAttributeValues = expressions?.Values,
            ReturnCurrentOnConditionFailure = item.ReturnCurrent,
        };
    }

    private static TransactGet Read(TransactKey key, string[] tables)
    {
        ReadExpressions? expressions = ExpressionShapes.Read(key.Expressions, ReadKind.Get);
        return new TransactGet(CallReader.TableAt(tables, key.Table), ItemKey.Parse(key.Key.Bytes))
        {
            ProjectionExpression = expressions?.Projection,
            ExpressionAttributeNames = expressions?.Names,
        };
    }
}
