using Keystone.Model;
using Keystone.Model.Keys;
using Keystone.Model.Schema;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client.Translation;

/// <summary>Indexes of tables between the model and the wire, both ways.</summary>
internal static class IndexShapes
{
    /// <summary>The figures of one index in <see cref="TableAnswer.Backfills"/>.</summary>
    private const int BackfillFigures = 4;

    public static IndexShape[]? Write(IReadOnlyList<IndexDefinition> indexes) => indexes.Count == 0 ? null : [.. indexes.Select(Write)];

    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for names, types and kinds that are not allowed.</summary>
    public static IReadOnlyList<IndexDefinition> Read(IndexShape[]? shapes) => [.. (shapes ?? []).Select(Read)];

    /// <summary>The indexes of a table that an answer describes.</summary>
    public static IReadOnlyList<IndexDescription> ToDescriptions(TableAnswer answer)
    {
        IReadOnlyList<IndexDefinition> definitions = Read(answer.Table!.Indexes);
        uint[] ids = answer.IndexIds ?? [];
        byte[] states = answer.IndexStates ?? [];
        return ids.Length == definitions.Count && states.Length == definitions.Count
            ? [.. definitions.Select((definition, i) => new IndexDescription(definition, ids[i], (IndexStatus)states[i])
            {
                Backfill = ProgressOf(ids[i], answer.Backfills ?? []),
            })]
            : throw new KeystoneException(
                KeystoneErrorCode.Internal,
                $"A table was answered with {definitions.Count} indexes, {ids.Length} ids and {states.Length} states of them. Report it.");
    }

    /// <summary>How far the indexes are filled that are being filled, as <see cref="TableAnswer.Backfills"/> has it.</summary>
    public static long[]? Backfills(TableDescription table)
    {
        long[] figures =
        [
            .. table.Indexes.SelectMany(index => index.Backfill is { } progress
                ? [index.Id, progress.StripesDone, progress.StripeCount, progress.Items]
                : Array.Empty<long>()),
        ];
        return figures.Length == 0 ? null : figures;
    }

    /// <summary>
    /// Throws when a table was asked for with indexes or a stream and made without: whoever made it does not know any.
    /// </summary>
    public static TableDescription RequireWhole(TableDescription made, TableDefinition asked)
        => made.Definition.Indexes.Count == asked.Indexes.Count && made.Definition.Stream == asked.Stream
            ? made
            : throw new KeystoneException(
                KeystoneErrorCode.NotSupported,
                $"The table {asked.Name} was made without its indexes or its stream: the silo that answered is older than whoever asked. "
                + "Delete the table, upgrade the silo, make it again.");

    public static IndexShape Write(IndexDefinition index) => new()
    {
        Name = index.Name,
        Kind = (byte)index.Kind,
        PartitionNames = [.. index.Partition.Select(attribute => attribute.Name)],
        PartitionTypes = [.. index.Partition.Select(attribute => (byte)attribute.Type)],
        SortNames = [.. index.Sort.Select(attribute => attribute.Name)],
        SortTypes = [.. index.Sort.Select(attribute => (byte)attribute.Type)],
        Projection = (byte)index.Projection.Kind,
        Attributes = index.Projection.Attributes.Count == 0 ? null : [.. index.Projection.Attributes],
    };

    public static IndexDefinition Read(IndexShape shape)
    {
        KeyAttribute[] partition = Keys(shape.PartitionNames, shape.PartitionTypes);
        KeyAttribute[] sort = Keys(shape.SortNames, shape.SortTypes);
        IndexProjection projection = (IndexProjectionKind)shape.Projection switch
        {
            IndexProjectionKind.All => IndexProjection.All,
            IndexProjectionKind.KeysOnly => IndexProjection.KeysOnly,
            IndexProjectionKind.Include => IndexProjection.Include(shape.Attributes ?? []),
            _ => throw Unknown(shape, $"the projection {shape.Projection}"),
        };
        return (IndexKind)shape.Kind switch
        {
            IndexKind.Local when partition.Length == 1 && sort.Length == 1
                => IndexDefinition.Local(shape.Name, partition[0], sort[0], projection),
            IndexKind.Global => IndexDefinition.Global(shape.Name, partition, sort, projection),
            _ => throw Unknown(shape, $"the kind {shape.Kind} with {partition.Length} and {sort.Length} key attributes"),
        };
    }

    private static BackfillProgress? ProgressOf(uint index, long[] figures)
    {
        for (int i = 0; i + BackfillFigures <= figures.Length; i += BackfillFigures)
        {
            if (figures[i] == index)
            {
                return new BackfillProgress((int)figures[i + 1], (int)figures[i + 2], figures[i + 3]);
            }
        }

        return null;
    }

    private static KeyAttribute[] Keys(string[] names, byte[] types) => names.Length == types.Length
        ? [.. names.Select((name, i) => new KeyAttribute(name, (KeyType)types[i]))]
        : throw KeystoneException.Validation($"{names.Length} key attributes of an index have {types.Length} types");

    private static KeystoneException Unknown(IndexShape shape, string what)
        => KeystoneException.Validation($"The index {shape.Name} has {what}, which is none that there is here");
}
