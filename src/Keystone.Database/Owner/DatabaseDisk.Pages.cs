using Keystone.Database.Catalog;
using Keystone.Database.Indexes;
using Keystone.Model;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Storage;
using Keystone.Storage.Versions;

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

        KeySpace space = SpaceOf(table, query.Index, query.Whole);
        BoundReadExpressions? expressions = Bound(query.Expressions, schema, space.Index);
        space.RequirePartition(query.Partition, _limits);
        StripeClaim claim = ClaimOf(query.Target);
        uint hash = HashOf(claim, space.Id, query.Partition);
        byte[] from = InPartition(space, hash, query, query.Lower);
        byte[] to = InPartition(space, hash, query, query.Upper);
        if (!query.ExclusiveStartKey.IsNone)
        {
            byte[] start = StartOf(space, hash, query);
            (from, to) = query.Backward ? (from, start) : ([.. start, 0], to);
        }

        PageLimits limits = new(query.Limit ?? int.MaxValue, _limits.PageBytesMax, TakesFirst: true, query.Backward);
        return WalkAsync(claim, new Walk(from, to, space, query.Whole, limits, ExpiredOf(table)), expressions, cancellationToken);
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

        KeySpace space = SpaceOf(table, scan.Index, scan.Whole);
        BoundReadExpressions? expressions = Bound(scan.Expressions, table.Description.Definition.Key, space.Index);
        if (scan.Hashes.IsEmpty)
        {
            return new ValueTask<StripePage>(PageBuilder.EmptyPage);
        }

        StripeClaim claim = ClaimOf(scan.Target);
        byte[] from = scan.ExclusiveStartKey.IsNone
            ? HeaderOf(space.Id, scan.Hashes.From)
            : BehindKey(claim, space, scan.ExclusiveStartKey);
        byte[] to = HeaderOf(space.Id, scan.Hashes.To);
        int bytesMax = Math.Min(scan.BytesMax, _limits.PageBytesMax);
        PageLimits limits = new(scan.Limit ?? int.MaxValue, bytesMax, scan.TakesFirst, Backward: false);
        return WalkAsync(claim, new Walk(from, to, space, scan.Whole, limits, ExpiredOf(table)), expressions, cancellationToken);
    }

    private async ValueTask<StripePage> WalkAsync(
        StripeClaim claim, Walk walk, BoundReadExpressions? expressions, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using UseGate.Pass use = Enter();
        if (walk.From.AsSpan().SequenceCompareTo(walk.To) >= 0)
        {
            return PageBuilder.EmptyPage;
        }

        // Entries and their items at one moment: between two an item could go.
        using Snapshot? moment = walk.Whole ? _engine.TakeSnapshot() : null;
        using StripeIterator iterator = _engine.OpenIterator(claim, walk.From, walk.To, moment) ?? throw StoreErrors.NotServing(claim);
        using StripeIterator items = moment is null ? default : OpenItems(claim, walk, moment);
        using PageBuilder page = new(iterator, walk.Limits, walk.Space, expressions, walk.Expired, moment is null ? null : items);
        try
        {
            while (!page.TryFill())
            {
                cancellationToken.ThrowIfCancellationRequested();
                await page.LoadAsync().ConfigureAwait(false);
            }

            return page.ToPage();
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }

    /// <summary>The items of which a walk meets entries: in the same partitions, in front of the entries.</summary>
    private StripeIterator OpenItems(StripeClaim claim, Walk walk, Snapshot moment)
    {
        byte[] from = walk.From[..EngineKey.HeaderLength];
        return _engine.OpenIterator(claim, from, walk.To, moment) ?? throw StoreErrors.NotServing(claim);
    }

    /// <summary>What a page is of. Nobody is trusted to have asked for what there is.</summary>
    private static KeySpace SpaceOf(CatalogTable table, uint index, bool whole)
    {
        KeySpace space = new(table, index == 0 ? null : table.RequireIndex(index));
        return !whole || space.Index is { IsLocal: true }
            ? space
            : throw KeystoneException.Validation("Whole items beyond what an index has are read through local indexes only");
    }

    /// <summary>Nobody is trusted to have checked them.</summary>
    private BoundReadExpressions? Bound(ReadExpressions? expressions, KeySchema schema, TableIndex? index = null)
    {
        BoundReadExpressions? bound = expressions?.Bind(_expressions);
        if (index is null)
        {
            bound?.RequireKey(schema);
        }
        else
        {
            bound?.RequireKey(index.Definition);
        }

        return bound;
    }

    private static byte[] InPartition(KeySpace space, uint hash, StripeQuery query, ReadOnlyMemory<byte> sortPart)
    {
        ReadOnlySpan<byte> partition = query.Partition.PartitionBytes.Span;
        byte[] bound = new byte[EngineKey.PrefixLength(partition) + sortPart.Length];
        int at = EngineKey.WritePrefix(bound, space.Id, hash, partition, space.Space);
        sortPart.Span.CopyTo(bound.AsSpan(at));
        return bound;
    }

    /// <summary>The start key of a query, which has to lie in its partition and among its sort keys.</summary>
    private byte[] StartOf(KeySpace space, uint hash, StripeQuery query)
    {
        ItemKey start = query.ExclusiveStartKey;
        space.RequireStart(start, _limits);
        ReadOnlySpan<byte> sort = start.SortBytes.Span;
        bool lies = start.PartitionBytes.Span.SequenceEqual(query.Partition.PartitionBytes.Span)
            && sort.SequenceCompareTo(query.Lower.Span) >= 0
            && sort.SequenceCompareTo(query.Upper.Span) < 0;
        return lies
            ? InPartition(space, hash, query, start.SortBytes)
            : throw KeystoneException.Validation(
                "The provided starting key is outside query boundaries based on provided conditions. "
                + "Give back the last key of the page before");
    }

    private byte[] BehindKey(StripeClaim claim, KeySpace space, ItemKey start)
    {
        space.RequireStart(start, _limits);
        byte[] from = new byte[EngineKey.Length(start) + 1];
        EngineKey.Write(from, space.Id, HashOf(claim, space.Id, start), start, space.Space);
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

    /// <summary>What a page walks, and until when.</summary>
    /// <param name="From">The first engine key.</param>
    /// <param name="To">The first engine key behind it.</param>
    /// <param name="Space">What of it the page is of.</param>
    /// <param name="Whole">Whether the items of an index's entries are read.</param>
    /// <param name="Limits">What ends the page.</param>
    /// <param name="Expired">What of it is not shown.</param>
    private readonly record struct Walk(byte[] From, byte[] To, KeySpace Space, bool Whole, PageLimits Limits, ExpiredItems Expired);
}
