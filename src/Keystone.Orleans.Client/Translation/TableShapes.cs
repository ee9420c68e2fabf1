using Keystone.Model;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client.Translation;

/// <summary>Tables between the model and the wire, both ways.</summary>
internal static class TableShapes
{
    public static TableShape Write(TableDefinition table) => new()
    {
        Name = table.Name,
        PartitionName = table.Key.Partition.Name,
        PartitionType = (byte)table.Key.Partition.Type,
        SortName = table.Key.Sort?.Name,
        SortType = (byte)(table.Key.Sort?.Type ?? 0),
        SortIsOptional = table.Key.SortKeyIsOptional,
        Indexes = IndexShapes.Write(table.Indexes),
        Stream = (byte)(table.Stream ?? 0),
    };

    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for names and types that are not allowed.</summary>
    public static TableDefinition Read(TableShape shape)
    {
        KeyAttribute partition = new(shape.PartitionName, (KeyType)shape.PartitionType);
        KeyAttribute? sort = shape.SortName is null ? null : new KeyAttribute(shape.SortName, (KeyType)shape.SortType);
        return new TableDefinition(shape.Name, new KeySchema(partition, sort, shape.SortIsOptional))
        {
            Indexes = IndexShapes.Read(shape.Indexes),
            Stream = shape.Stream == 0 ? null : (StreamViewType)shape.Stream,
        };
    }

    public static TableAnswer ToAnswer(TableDescription table) => new()
    {
        Table = Write(table.Definition),
        Id = table.Id,
        Status = (byte)table.Status,
        Created = table.Created,
        ItemCountEstimate = table.ItemCountEstimate,
        BytesEstimate = table.BytesEstimate,
        IndexIds = table.Indexes.Count == 0 ? null : [.. table.Indexes.Select(index => index.Id)],
        IndexStates = table.Indexes.Count == 0 ? null : [.. table.Indexes.Select(index => (byte)index.Status)],
        Backfills = IndexShapes.Backfills(table),
        Streams = StreamShapes.Write(table.Streams),
        Expiry = StreamShapes.Write(table.TimeToLive),
    };

    public static TableDescription ToDescription(TableAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new TableDescription(Read(answer.Table!), answer.Id, (TableStatus)answer.Status)
        {
            Indexes = IndexShapes.ToDescriptions(answer),
            Streams = StreamShapes.Read(answer.Streams),
            TimeToLive = StreamShapes.Read(answer.Expiry),
            Created = answer.Created,
            ItemCountEstimate = answer.ItemCountEstimate,
            BytesEstimate = answer.BytesEstimate,
        };
    }

    public static TableNamesAnswer ToAnswer(ListTablesResult result)
        => new() { Names = [.. result.TableNames], LastName = result.LastEvaluatedTableName };

    public static ListTablesResult ToResult(TableNamesAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new ListTablesResult(answer.Names, answer.LastName);
    }
}
