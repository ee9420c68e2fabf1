using System.Collections.Concurrent;
using Keystone.Database.Indexes;
using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Storage;

namespace Keystone.Database.Catalog;

/// <content>
/// Changes of tables in use. A table takes a new form by an exchange: the new one is durable and shown, then the writes that are decided
/// under the old one are waited for, by whoever comes under the new one, too: never are both decided side by side. An index is first
/// written to, then filled, then read; it goes by the same steps back: first nobody
/// writes to it, then its entries are dropped, then it is forgotten.
/// </content>
internal sealed partial class DiskCatalog
{
    private readonly ConcurrentDictionary<uint, BackfillTally> _tallies = new();

    /// <summary>Is told of every index that has to be filled: its table and its id. Set before the first change.</summary>
    public Action<uint, uint> OnFilling { get; set; } = (_, _) => { };

    /// <summary>The indexes that have to be filled, and the expiries.</summary>
    public IEnumerable<(uint Table, uint Index)> Filling
        => _current.Tables.Where(table => table.TakesItems)
            .SelectMany(table => table.Derived.Where(entries => entries.IsFilling).Select(entries => (table.Id, entries.KeyId)));

    /// <inheritdoc/>
    public ValueTask<TableDescription> UpdateTableAsync(UpdateTableRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        return ChangeAsync(
            () =>
            {
                CatalogTable table = _current.Find(request.TableName) ?? throw KeystoneException.TableNotFound(request.TableName);
                return request switch
                {
                    { CreateIndex: { } index } => AddIndexAsync(table, index),
                    { DeleteIndex: { } name } => RemoveIndexAsync(table, name),
                    { EnableStream: { } view } => EnableStreamAsync(table, view),
                    { EnableTimeToLive: { } attribute } => EnableExpiryAsync(table, attribute),
                    { DisableTimeToLive: { } attribute } => DisableExpiryAsync(table, attribute),
                    _ => DisableStreamAsync(table),
                };
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public TableDescription Describe(CatalogTable table)
    {
        TableDescription description = table.Description;
        return description.Indexes.All(index => index.Status != IndexStatus.Creating)
            ? description
            : description with { Indexes = [.. description.Indexes.Select(WithProgress)] };
    }

    /// <summary>What counts how far an index is filled.</summary>
    public BackfillTally TallyOf(uint indexId)
        => _tallies.GetOrAdd(indexId, _ => new BackfillTally(_epochs.Count(epoch => epoch != 0)));

    /// <summary>Lets an index that is filled take reads. Does nothing if it is gone meanwhile.</summary>
    public ValueTask<CatalogTable?> CompleteBackfillAsync(uint tableId, uint indexId)
        => ChangeAsync(() => CompleteAsync(tableId, indexId), CancellationToken.None);

    private async ValueTask<TableDescription> AddIndexAsync(CatalogTable table, IndexDefinition index)
    {
        RequireUnchanging(table);
        TableDescription before = table.Description;
        TableDefinition definition = before.Definition with { Indexes = [.. before.Definition.Indexes, index] };
        RequireIndexes(definition);
        RequireIds(1);
        TableDescription after = before with
        {
            Definition = definition,
            Status = TableStatus.Updating,
            Indexes = [.. before.Indexes, new IndexDescription(index, _current.NextId, IndexStatus.Creating)],
        };
        CatalogTable next = await ExchangeAsync(table, after).ConfigureAwait(false);
        OnFilling(next.Id, after.Indexes[^1].Id);
        return Describe(next);
    }

    private async ValueTask<TableDescription> RemoveIndexAsync(CatalogTable table, string name)
    {
        TableDescription before = table.Description;
        int place = before.Indexes.ToList().FindIndex(index => index.Definition.Name == name);
        if (place < 0 || before.Indexes[place].Definition.Kind == IndexKind.Local)
        {
            throw new KeystoneException(
                KeystoneErrorCode.ResourceNotFound, $"Requested resource not found: the table {table.Name} has no global index {name}");
        }

        if (before.Indexes[place].Status == IndexStatus.Active)
        {
            RequireUnchanging(table);
        }

        IndexDescription[] indexes = [.. before.Indexes];
        indexes[place] = indexes[place] with { Status = IndexStatus.Deleting };
        TableDescription going = before with { Indexes = indexes, Status = TableStatus.Updating };
        CatalogTable next = await ExchangeAsync(table, going).ConfigureAwait(false);
        await ForgetIndexAsync(next, indexes[place]).ConfigureAwait(false);
        return going;
    }

    /// <summary>Drops the entries of an index that nobody writes to any more, then what the catalog knows of it.</summary>
    private async ValueTask<CatalogTable> ForgetIndexAsync(CatalogTable table, IndexDescription index)
    {
        await DropAsync(index.Id).ConfigureAwait(false);
        TableDescription before = table.Description;
        IndexDescription[] left = [.. before.Indexes.Where(other => other != index)];
        TableDescription after = before with
        {
            Definition = before.Definition with { Indexes = [.. left.Select(other => other.Definition)] },
            Indexes = left,
            Status = StatusOf(left),
        };
        _tallies.TryRemove(index.Id, out _);

        // Nobody wrote to the index under the form before, so writes that are decided under either are the same.
        return await ShowAsync(after, table.Use, unmarked: index.Id).ConfigureAwait(false);
    }

    private async ValueTask<CatalogTable?> CompleteAsync(uint tableId, uint indexId)
    {
        CatalogTable? table = _current.Find(tableId);
        if (table?.FindDerived(indexId) is not { IsFilling: true })
        {
            return table;
        }

        TableDescription before = table.Description;
        IndexDescription[] indexes =
            [.. before.Indexes.Select(index => index.Id == indexId ? index with { Status = IndexStatus.Active } : index)];
        TableDescription after = before with
        {
            Indexes = indexes,
            Status = StatusOf(indexes),
            TimeToLive = before.TimeToLive is { } expiry && expiry.Id == indexId
                ? expiry with { Status = TimeToLiveStatus.Enabled }
                : before.TimeToLive,
        };
        CatalogTable next = await ShowAsync(after, table.Use, unmarked: indexId).ConfigureAwait(false);
        _tallies.TryRemove(indexId, out _);
        return next;
    }

    private IndexDescription WithProgress(IndexDescription index)
        => index.Status == IndexStatus.Creating ? index with { Backfill = TallyOf(index.Id).ToProgress() } : index;

    /// <summary>
    /// Shows a new form of a table, then waits for the writes that are decided under the old one. Those under the new one wait for them
    /// too.
    /// </summary>
    private async ValueTask<CatalogTable> ExchangeAsync(CatalogTable old, TableDescription description)
    {
        CatalogTable next = await ShowAsync(description, new UseGate(), former: old.Use).ConfigureAwait(false);
        await old.Use.CloseAsync().ConfigureAwait(false);
        return next;
    }

    /// <summary>Shows a form of a table. The records of how far an index was filled go in the same batch.</summary>
    private async ValueTask<CatalogTable> ShowAsync(TableDescription description, UseGate use, uint unmarked = 0, UseGate? former = null)
    {
        CatalogTable next = new(description, use) { Former = former };
        WriteBatch batch = new();
        if (unmarked != 0)
        {
            Unmark(batch, unmarked);
        }

        await PublishAsync(_current.With(next), description, also: batch).ConfigureAwait(false);
        return next;
    }

    /// <summary>Removes the records of how far an index was filled.</summary>
    private void Unmark(WriteBatch batch, uint indexId)
    {
        for (int stripe = 0; stripe < _epochs.Length; stripe++)
        {
            if (_epochs[stripe] != 0)
            {
                batch.Delete(ClaimOf(stripe), BackfillMark.KeyOf(stripe, _epochs.Length, indexId));
            }
        }
    }

    private static TableStatus StatusOf(IEnumerable<IndexDescription> indexes)
        => indexes.All(index => index.Status == IndexStatus.Active) ? TableStatus.Active : TableStatus.Updating;

    private static void RequireUnchanging(CatalogTable table)
    {
        if (table.Description.Status != TableStatus.Active)
        {
            throw new KeystoneException(
                KeystoneErrorCode.ResourceInUse,
                "Attempt to change a resource which is still in use: "
                + $"Table is being {(table.TakesItems ? "updated" : "deleted")}: {table.Name}");
        }
    }
}
