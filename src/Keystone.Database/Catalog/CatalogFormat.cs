using System.Buffers.Binary;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Database.Catalog;

/// <summary>
/// The records of the catalog in the engine: one for the whole and one for each table, each an encoded item.
/// <code>
///  key    +-----------------+------------------+      value of the whole    {format, version, next}
///         | 1, u32 BE       | table id, u32 BE |      value of a table       {name, status, created, partition, partition_type,
///         +-----------------+------------------+                              sort, sort_type, sort_optional, indexes, streams, expiry}
///                             0 for the whole
///  an index  {name, kind, id, status, partition: [{name, type}], sort: [{name, type}], projection, attributes}
///  a stream  {id, view, created, shards, disabled}          the expiry  {attribute, id, status}
/// </code>
/// Attributes that a reader does not know are passed over; a change that older readers must not pass over raises the format. Format 2 has
/// tables with indexes, streams or expiry, which a writer that knows none would leave behind; a catalog without any is still written as
/// format 1.
/// </summary>
internal static class CatalogFormat
{
    public const int KeyLength = 2 * sizeof(uint);

    private const int Version = 2;
    private const int VersionOfItemsAlone = 1;

    public static byte[] KeyOf(uint tableId)
    {
        byte[] key = new byte[KeyLength];
        BinaryPrimitives.WriteUInt32BigEndian(key, TableIds.Catalog);
        BinaryPrimitives.WriteUInt32BigEndian(key.AsSpan(sizeof(uint)), tableId);
        return key;
    }

    /// <summary>The first key behind everything with an id.</summary>
    public static byte[] EndOf(uint id) => StartOf(id + 1);

    /// <summary>What every key with an id starts with.</summary>
    public static byte[] StartOf(uint id)
    {
        byte[] start = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(start, id);
        return start;
    }

    public static byte[] Encode(CatalogSnapshot catalog) => ItemCodec.Encode(Item.Of(
        ("format", catalog.Tables.Any(table => table.NeedsNewerReaders) ? Version : VersionOfItemsAlone),
        ("version", KeystoneNumber.Parse(catalog.Version.ToString())),
        ("next", (long)catalog.NextId)));

    public static (ulong Version, uint NextId) DecodeWhole(ReadOnlySpan<byte> value)
    {
        Item item = ItemCodec.Decode(value);
        int format = (int)item["format"].AsNumber();
        if (format > Version)
        {
            throw new KeystoneException(
                KeystoneErrorCode.NewerFormat,
                $"The catalog of this database has format {format}; this version reads up to {Version}. Use the version that wrote it.");
        }

        return (ulong.Parse(item["version"].AsNumber().ToString()), (uint)(long)item["next"].AsNumber());
    }

    public static byte[] Encode(TableDescription table)
    {
        KeySchema key = table.Definition.Key;
        ItemBuilder item = new ItemBuilder()
            .Set("name", table.Definition.Name)
            .Set("status", (int)table.Status)
            .Set("partition", key.Partition.Name)
            .Set("partition_type", (int)key.Partition.Type);
        if (table.Created is { } created)
        {
            item.Set("created", AttributeValue.Timestamp(created));
        }

        if (key.Sort is { } sort)
        {
            item.Set("sort", sort.Name).Set("sort_type", (int)sort.Type).Set("sort_optional", key.SortKeyIsOptional);
        }

        if (table.Indexes.Count > 0)
        {
            item.Set("indexes", AttributeValue.List([.. table.Indexes.Select(Encode)]));
        }

        if (table.Streams.Count > 0)
        {
            item.Set("streams", AttributeValue.List([.. table.Streams.Select(Encode)]));
        }

        if (table.TimeToLive is { } expiry)
        {
            item.Set("expiry", AttributeValue.Map(Item.Of(
                ("attribute", expiry.Attribute), ("id", (long)expiry.Id), ("status", (int)expiry.Status))));
        }

        return ItemCodec.Encode(item.Build());
    }

    public static TableDescription DecodeTable(uint id, ReadOnlySpan<byte> value)
    {
        Item item = ItemCodec.Decode(value);
        KeyAttribute? sort = item.Find("sort") is { } name ? new KeyAttribute(name.AsString(), TypeOf(item["sort_type"])) : null;
        KeySchema key = new(
            new KeyAttribute(item["partition"].AsString(), TypeOf(item["partition_type"])),
            sort,
            sort is not null && item["sort_optional"].AsBoolean());
        IndexDescription[] indexes = item.Find("indexes") is { } list ? [.. list.AsList().Select(DecodeIndex)] : [];
        StreamDescription[] streams = item.Find("streams") is { } all ? [.. all.AsList().Select(DecodeStream)] : [];
        TableDefinition definition = new(item["name"].AsString(), key)
        {
            Indexes = [.. indexes.Select(index => index.Definition)],
            Stream = streams.Length > 0 && streams[^1].Disabled is null ? streams[^1].View : null,
        };
        return new TableDescription(definition, id, (TableStatus)(int)item["status"].AsNumber())
        {
            Indexes = indexes,
            Streams = streams,
            TimeToLive = item.Find("expiry") is { } expiry ? DecodeExpiry(expiry.AsMap()) : null,
            Created = item.Find("created")?.AsTimestamp(),
        };
    }

    private static AttributeValue Encode(IndexDescription index)
    {
        IndexDefinition definition = index.Definition;
        return AttributeValue.Map(Item.Of(
            ("name", definition.Name),
            ("kind", (int)definition.Kind),
            ("id", (long)index.Id),
            ("status", (int)index.Status),
            ("partition", Encode(definition.Partition)),
            ("sort", Encode(definition.Sort)),
            ("projection", (int)definition.Projection.Kind),
            ("attributes", AttributeValue.List([.. definition.Projection.Attributes.Select(name => (AttributeValue)name)]))));
    }

    private static AttributeValue Encode(StreamDescription stream)
    {
        ItemBuilder item = new ItemBuilder()
            .Set("id", (long)stream.Id)
            .Set("view", (int)stream.View)
            .Set("created", AttributeValue.Timestamp(stream.Created))
            .Set("shards", stream.ShardCount);
        if (stream.Disabled is { } disabled)
        {
            item.Set("disabled", AttributeValue.Timestamp(disabled));
        }

        return AttributeValue.Map(item.Build());
    }

    private static StreamDescription DecodeStream(AttributeValue value)
    {
        Item stream = value.AsMap();
        return new StreamDescription(
            (uint)(long)stream["id"].AsNumber(),
            (StreamViewType)(int)stream["view"].AsNumber(),
            stream["created"].AsTimestamp(),
            (int)stream["shards"].AsNumber())
        {
            Disabled = stream.Find("disabled")?.AsTimestamp(),
        };
    }

    private static TimeToLiveDescription DecodeExpiry(Item expiry) => new(
        expiry["attribute"].AsString(), (uint)(long)expiry["id"].AsNumber(), (TimeToLiveStatus)(int)expiry["status"].AsNumber());

    private static AttributeValue Encode(IReadOnlyList<KeyAttribute> attributes)
        => AttributeValue.List(
            [.. attributes.Select(attribute => AttributeValue.Map(Item.Of(("name", attribute.Name), ("type", (int)attribute.Type))))]);

    private static IndexDescription DecodeIndex(AttributeValue value)
    {
        Item index = value.AsMap();
        string name = index["name"].AsString();
        KeyAttribute[] partition = DecodeKeys(index["partition"]);
        KeyAttribute[] sort = DecodeKeys(index["sort"]);
        IndexProjection projection = (IndexProjectionKind)(int)index["projection"].AsNumber() switch
        {
            IndexProjectionKind.All => IndexProjection.All,
            IndexProjectionKind.KeysOnly => IndexProjection.KeysOnly,
            _ => IndexProjection.Include([.. index["attributes"].AsList().Select(attribute => attribute.AsString())]),
        };
        IndexDefinition definition = (IndexKind)(int)index["kind"].AsNumber() == IndexKind.Local
            ? IndexDefinition.Local(name, partition[0], sort[0], projection)
            : IndexDefinition.Global(name, partition, sort, projection);
        return new IndexDescription(
            definition, (uint)(long)index["id"].AsNumber(), (IndexStatus)(int)index["status"].AsNumber());
    }

    private static KeyAttribute[] DecodeKeys(AttributeValue list)
        => [.. list.AsList().Select(key => new KeyAttribute(key.AsMap()["name"].AsString(), TypeOf(key.AsMap()["type"])))];

    private static KeyType TypeOf(AttributeValue number) => (KeyType)(int)number.AsNumber();
}
