using System.Buffers.Binary;
using Keystone.Database.Indexes;
using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Schema;
using Keystone.Storage;

namespace Keystone.Database.Catalog;

/// <summary>
/// The catalog on one disk. It lies in the lowest stripe that the disk owns: with stripe 0 it is the catalog itself, and its changes are
/// made here; any other disk has a copy.
/// <para>
/// What always holds: a version is durable before anybody sees it; one change is made at a time; an id is used once; a table is
/// "deleting" durably before its items are dropped, and its record goes after them, so that a removal which was interrupted is known at
/// the next opening and gone on with.
/// </para>
/// </summary>
internal sealed partial class DiskCatalog : ICatalog
{
    private readonly StorageEngine _engine;
    private readonly KeystoneDatabaseOptions _options;
    private readonly ulong[] _epochs;
    private readonly UseGate _disk;
    private readonly DiskEvents _events;

    /// <summary>Held by whoever changes the catalog.</summary>
    private readonly SemaphoreSlim _writer = new(1);

    private volatile CatalogSnapshot _current = CatalogSnapshot.Empty;

    /// <param name="engine">The disk.</param>
    /// <param name="options">Limits and clock.</param>
    /// <param name="epochs">The epoch of the claim to each stripe, 0 for none; kept by the disk.</param>
    /// <param name="disk">Open while the disk is.</param>
    /// <param name="events">Knows whether the store has failed.</param>
    public DiskCatalog(StorageEngine engine, KeystoneDatabaseOptions options, ulong[] epochs, UseGate disk, DiskEvents events)
    {
        _disk = disk;
        _events = events;
        _engine = engine;
        _options = options;
        _epochs = epochs;
    }

    /// <inheritdoc/>
    public CatalogSnapshot Current => _current;

    /// <inheritdoc/>
    public ValueTask<CatalogSnapshot> RefreshAsync(ulong staleVersion, CancellationToken cancellationToken = default) => new(_current);

    /// <summary>Reads the catalog, on this thread. False when the disk has none yet. Requires that its stripe is in service.</summary>
    public bool TryLoad()
    {
        int place = Array.FindIndex(_epochs, epoch => epoch != 0);
        if (place < 0)
        {
            return false;
        }

        (ulong Version, uint NextId)? whole = null;
        List<CatalogTable> tables = [];
        byte[] from = CatalogFormat.StartOf(TableIds.Catalog);
        byte[] to = CatalogFormat.EndOf(TableIds.Catalog);
        using StripeIterator records = _engine.OpenIterator(ClaimOf(place), from, to) ?? throw StoreErrors.NotServing(ClaimOf(place));
        bool isStarted = false;
        while (true)
        {
            IteratorState state = isStarted ? records.Next() : records.SeekFirst();
            if (state == IteratorState.NeedsDisk)
            {
                records.Load();
                continue;
            }

            isStarted = true;
            if (state == IteratorState.End)
            {
                break;
            }

            uint id = BinaryPrimitives.ReadUInt32BigEndian(records.Key[sizeof(uint)..]);
            if (id == 0)
            {
                whole = CatalogFormat.DecodeWhole(records.Value);
            }
            else
            {
                tables.Add(new CatalogTable(CatalogFormat.DecodeTable(id, records.Value), new UseGate()));
            }
        }

        _current = whole is { } known ? new CatalogSnapshot(known.Version, known.NextId, tables) : CatalogSnapshot.Empty;
        return whole is not null;
    }

    /// <summary>Makes the first version, which has the default table.</summary>
    public ValueTask CreateAsync()
    {
        TableDescription table = new(KeystoneDefaults.Table, TableIds.Default, TableStatus.Active);
        return PublishAsync(CatalogSnapshot.Empty.With(new CatalogTable(table, new UseGate())), table);
    }

    /// <inheritdoc/>
    public ValueTask<TableDescription> CreateTableAsync(TableDefinition definition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return ChangeAsync(() => CreateAsync(definition), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<TableDescription> DeleteTableAsync(string name, CancellationToken cancellationToken = default)
    {
        TableName.Require(name);
        return ChangeAsync(() => DeleteAsync(name), cancellationToken);
    }

    /// <summary>Goes on with the removals that were interrupted. Requires that the owned stripes are in service.</summary>
    public async ValueTask FinishRemovalsAsync()
    {
        foreach (CatalogTable table in _current.Tables.Where(table => table.Description.Status == TableStatus.Deleting))
        {
            await RemoveAsync(table).ConfigureAwait(false);
        }

        foreach (CatalogTable table in _current.Tables.Where(table => table.TakesItems))
        {
            foreach (IndexDescription index in table.Description.Indexes.Where(index => index.Status == IndexStatus.Deleting))
            {
                await ForgetIndexAsync(_current.Find(table.Id)!, index).ConfigureAwait(false);
            }

            if (table.Description.TimeToLive is { Status: TimeToLiveStatus.Disabling })
            {
                await ForgetExpiryAsync(_current.Find(table.Id)!).ConfigureAwait(false);
            }
        }
    }

    /// <summary>One change, alone.</summary>
    private async ValueTask<T> ChangeAsync<T>(Func<ValueTask<T>> change, CancellationToken cancellationToken)
    {
        if (!_disk.TryEnter(out UseGate.Pass pass))
        {
            throw StoreErrors.Closed(_events.WillReopen);
        }

        using UseGate.Pass use = pass;
        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        bool wasPoisoned = _events.IsPoisoned;
        try
        {
            return await change().ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            throw StoreErrors.MapWrite(failure, wasPoisoned, _events.WillReopen);
        }
        finally
        {
            _writer.Release();
        }
    }

    private async ValueTask<TableDescription> CreateAsync(TableDefinition definition)
    {
        CatalogSnapshot before = _current;
        RequireRoom(before, definition);
        RequireIndexes(definition);
        uint nextId = before.NextId + 1;
        IndexDescription[] indexes = IndexesOf(definition, ref nextId);
        TableDescription table = new(definition, before.NextId, TableStatus.Active)
        {
            Indexes = indexes,
            Streams = definition.Stream is { } view ? [NewStream([], view, nextId)] : [],
            Created = Now(),
        };
        await PublishAsync(before.With(new CatalogTable(table, new UseGate())), table).ConfigureAwait(false);
        if (table.Streams.Count > 0)
        {
            OnKept();
        }

        return table;
    }

    private async ValueTask<TableDescription> DeleteAsync(string name)
    {
        CatalogTable table = _current.Find(name) ?? throw KeystoneException.TableNotFound(name);
        if (table.Id == TableIds.Default)
        {
            throw KeystoneException.Validation($"The table {name} belongs to every database and cannot be deleted");
        }

        if (table.Description.Status != TableStatus.Deleting)
        {
            RequireUnchanging(table);
        }

        CatalogTable going = table.With(TableStatus.Deleting);
        if (table.Description.Status != TableStatus.Deleting)
        {
            await PublishAsync(_current.With(going), going.Description).ConfigureAwait(false);
        }

        await RemoveAsync(going).ConfigureAwait(false);
        return going.Description;
    }

    private void RequireRoom(CatalogSnapshot catalog, TableDefinition definition)
    {
        string name = definition.Name;
        if (catalog.Find(name) is { } existing)
        {
            throw new KeystoneException(
                KeystoneErrorCode.ResourceInUse,
                existing.TakesItems ? $"Table already exists: {name}" : $"Table is being deleted: {name}. Wait until it is gone.");
        }

        RequireIds(2 + definition.Indexes.Count);
        if (catalog.Tables.Count >= _options.Limits.TablesMax)
        {
            throw new KeystoneException(
                KeystoneErrorCode.LimitExceeded,
                $"The database has {catalog.Tables.Count} tables; {_options.Limits.TablesMax} is the most. Delete one first.");
        }
    }

    private void RequireIds(int count)
    {
        if (_current.NextId > TableIds.End - count)
        {
            throw new KeystoneException(
                KeystoneErrorCode.LimitExceeded, $"The database has used all of its {TableIds.End} ids. Copy it into a new one.");
        }
    }

    /// <summary>Entries of a global index lie in any stripe, and go there in the batch of their item.</summary>
    private void RequireIndexes(TableDefinition definition)
    {
        definition.RequireIndexCounts(_options.Limits);
        if (definition.Indexes.Any(index => index.Kind == IndexKind.Global) && Array.Exists(_epochs, epoch => epoch == 0))
        {
            throw new KeystoneException(
                KeystoneErrorCode.NotSupported,
                $"The table {definition.Name} has a global index, whose entries would lie on several disks. "
                + "Global indexes need all stripes on one disk today: make the table without, or use local indexes.");
        }
    }

    /// <summary>The indexes of a new table: local ones are numbered in it, global ones get ids of their own.</summary>
    private static IndexDescription[] IndexesOf(TableDefinition definition, ref uint nextId)
    {
        uint nextLocal = 1;
        var indexes = new IndexDescription[definition.Indexes.Count];
        for (int i = 0; i < indexes.Length; i++)
        {
            IndexDefinition index = definition.Indexes[i];
            indexes[i] = new IndexDescription(index, index.Kind == IndexKind.Local ? nextLocal++ : nextId++, IndexStatus.Active);
        }

        return indexes;
    }

    /// <summary>Waits for the writes under way, drops the items, removes the record.</summary>
    private async ValueTask RemoveAsync(CatalogTable table)
    {
        await table.Use.CloseAsync().ConfigureAwait(false);
        await DropItemsAsync(table).ConfigureAwait(false);
        WriteBatch marks = new();
        foreach (IDerivedEntries entries in table.Derived.Where(entries => entries.IsFilling))
        {
            Unmark(marks, entries.KeyId);
        }

        await PublishAsync(_current.Without(table), removed: table.Id, also: marks).ConfigureAwait(false);
    }

    private async ValueTask DropItemsAsync(CatalogTable table)
    {
        foreach (uint id in table.KeyIds)
        {
            await DropAsync(id).ConfigureAwait(false);
        }
    }

    /// <summary>Drops everything with an id.</summary>
    private async ValueTask DropAsync(uint id)
    {
        byte[] from = CatalogFormat.StartOf(id);
        byte[] to = CatalogFormat.EndOf(id);
        WriteBatch batch = new();
        for (int stripe = 0; stripe < _epochs.Length; stripe++)
        {
            if (_epochs[stripe] != 0 && await HasAnyAsync(ClaimOf(stripe), from, to).ConfigureAwait(false))
            {
                batch.DropRange(ClaimOf(stripe), from, to);
            }
        }

        if (batch.Count > 0)
        {
            await WriteAsync(batch).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> HasAnyAsync(StripeClaim claim, byte[] from, byte[] to)
    {
        using StripeIterator iterator = _engine.OpenIterator(claim, from, to) ?? throw StoreErrors.NotServing(claim);
        IteratorState state = iterator.SeekFirst();
        while (state == IteratorState.NeedsDisk)
        {
            await iterator.LoadAsync().ConfigureAwait(false);
            state = iterator.SeekFirst();
        }

        return state == IteratorState.Entry;
    }

    /// <summary>Makes a version durable, with what else is to happen in the same batch, then shows it.</summary>
    private async ValueTask PublishAsync(CatalogSnapshot next, TableDescription? changed = null, uint removed = 0, WriteBatch? also = null)
    {
        int place = Array.FindIndex(_epochs, epoch => epoch != 0);
        if (place < 0 || (place != 0 && next.Version != 1))
        {
            throw new KeystoneException(
                KeystoneErrorCode.StripeUnavailable, "Tables are made and removed by the owner of stripe 0, which this disk is not.")
            {
                Stripe = 0,
            };
        }

        WriteBatch batch = also ?? new WriteBatch();
        batch.Put(ClaimOf(place), CatalogFormat.KeyOf(0), CatalogFormat.Encode(next));
        if (changed is not null)
        {
            batch.Put(ClaimOf(place), CatalogFormat.KeyOf(changed.Id), CatalogFormat.Encode(changed));
        }
        else
        {
            batch.Delete(ClaimOf(place), CatalogFormat.KeyOf(removed));
        }

        await WriteAsync(batch).ConfigureAwait(false);
        _current = next;
    }

    private async ValueTask WriteAsync(WriteBatch batch)
    {
        WriteResult result = await _engine.WriteAsync(batch).ConfigureAwait(false);
        if (result.Status != WriteStatus.Committed)
        {
            throw new KeystoneException(
                KeystoneErrorCode.StripeUnavailable, "A stripe that holds the table or the catalog is not in service here. Try again.");
        }
    }

    private StripeClaim ClaimOf(int stripe) => new(stripe, _epochs[stripe]);
}
