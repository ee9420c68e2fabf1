using Keystone.Database.Catalog;
using Keystone.Model;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <content>Pages.</content>
public sealed partial class DatabaseDisk
{
    /// <inheritdoc/>
    public ValueTask<StripePage> QueryAsync(StripeQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        CatalogTable table = TableOf(query.Target);
        KeySchema schema = table.Description.Definition.Key;
        if (query.Partition.IsNone || query.Upper.IsEmpty || query.Limit < 1)
        {
            throw KeystoneException.Validation("A query needs a partition key, an upper bound of its sort keys and a limit of at least 1");
        }

        BoundReadExpressions? expressions = Bound(query.Expressions, schema);
        schema.RequirePartition(query.Partition.PartitionBytes.Span, _limits);
        StripeClaim claim = ClaimOf(query.Target);
        uint hash = HashOf(claim, table, query.Partition);
        byte[] from = InPartition(table, hash, query, query.Lower);
        byte[] to = InPartition(table, hash, query, query.Upper);
        if (!query.ExclusiveStartKey.IsNone)
        {
            byte[] start = StartOf(table, hash, query);
            (from, to) = query.Backward ? (from, start) : ([.. start, 0], to);
        }

        PageLimits limits = new(query.Limit ?? int.MaxValue, _limits.PageBytesMax, TakesFirst: true, query.Backward);
        return WalkAsync(claim, from, to, limits, expressions, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StripePage> ScanAsync(StripeScan scan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scan);
        CatalogTable table = TableOf(scan.Target);
        if (scan.Hashes.To > HashRange.End || scan.Limit < 1 || scan.BytesMax < 0)
        {
            throw KeystoneException.Validation("A scan needs hashes of 32 bits, a limit of at least 1 and bytes that are not negative");
        }

        BoundReadExpressions? expressions = Bound(scan.Expressions, table.Description.Definition.Key);
        if (scan.Hashes.IsEmpty)
        {
            return new ValueTask<StripePage>(PageBuilder.EmptyPage);
        }

        StripeClaim claim = ClaimOf(scan.Target);
        byte[] from = scan.ExclusiveStartKey.IsNone
            ? HeaderOf(table.Id, scan.Hashes.From)
            : BehindKey(claim, table, scan.ExclusiveStartKey);
        byte[] to = HeaderOf(table.Id, scan.Hashes.To);
        int bytesMax = Math.Min(scan.BytesMax, _limits.PageBytesMax);
        PageLimits limits = new(scan.Limit ?? int.MaxValue, bytesMax, scan.TakesFirst, Backward: false);
        return WalkAsync(claim, from, to, limits, expressions, cancellationToken);
    }

    private async ValueTask<StripePage> WalkAsync(
        StripeClaim claim,
        byte[] from,
        byte[] to,
        PageLimits limits,
        BoundReadExpressions? expressions,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using UseGate.Pass use = Enter();
        if (from.AsSpan().SequenceCompareTo(to) >= 0)
        {
            return PageBuilder.EmptyPage;
        }

        using StripeIterator iterator = _engine.OpenIterator(claim, from, to) ?? throw StoreErrors.NotServing(claim);
        using PageBuilder page = new(iterator, limits, expressions);
        try
        {
            while (!page.TryFill())
            {
                cancellationToken.ThrowIfCancellationRequested();
                await iterator.LoadAsync().ConfigureAwait(false);
            }

            return page.ToPage();
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }

    /// <summary>Nobody is trusted to have checked them.</summary>
    private BoundReadExpressions? Bound(ReadExpressions? expressions, KeySchema schema)
    {
        BoundReadExpressions? bound = expressions?.Bind(_expressions);
        bound?.RequireKey(schema);
        return bound;
    }

    private static byte[] InPartition(CatalogTable table, uint hash, StripeQuery query, ReadOnlyMemory<byte> sortPart)
    {
        ReadOnlySpan<byte> partition = query.Partition.PartitionBytes.Span;
        byte[] bound = new byte[EngineKey.PrefixLength(partition) + sortPart.Length];
        int at = EngineKey.WritePrefix(bound, table.Id, hash, partition);
        sortPart.Span.CopyTo(bound.AsSpan(at));
        return bound;
    }

    /// <summary>The start key of a query, which has to lie in its partition and among its sort keys.</summary>
    private byte[] StartOf(CatalogTable table, uint hash, StripeQuery query)
    {
        ItemKey start = query.ExclusiveStartKey;
        table.Description.Definition.Key.Require(start, _limits);
        ReadOnlySpan<byte> sort = start.SortBytes.Span;
        bool lies = start.PartitionBytes.Span.SequenceEqual(query.Partition.PartitionBytes.Span)
            && sort.SequenceCompareTo(query.Lower.Span) >= 0
            && sort.SequenceCompareTo(query.Upper.Span) < 0;
        return lies
            ? InPartition(table, hash, query, start.SortBytes)
            : throw KeystoneException.Validation(
                "The provided starting key is outside query boundaries based on provided conditions. "
                + "Give back the last key of the page before");
    }

    private byte[] BehindKey(StripeClaim claim, CatalogTable table, ItemKey start)
    {
        table.Description.Definition.Key.Require(start, _limits);
        byte[] from = new byte[EngineKey.Length(start) + 1];
        EngineKey.Write(from, table.Id, HashOf(claim, table, start), start);
        return from;
    }

    private static byte[] HeaderOf(uint tableId, ulong hash)
    {
        if (hash == HashRange.End)
        {
            return CatalogFormat.EndOf(tableId);
        }

        byte[] header = new byte[EngineKey.HeaderLength];
        EngineKey.WriteHeader(header, tableId, (uint)hash);
        return header;
    }
}
