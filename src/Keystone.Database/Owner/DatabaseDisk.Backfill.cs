using System.Buffers;
using Keystone.Database.Catalog;
using Keystone.Database.Indexes;
using Keystone.Model;
using Keystone.Model.Keys;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <content>
/// Filling an index with the items that were there before it: stripe after stripe, some items a write, never faster than the options allow.
/// What is done is noted in the same writes, so a disk that is opened again goes on where it was.
/// </content>
public sealed partial class DatabaseDisk
{
    /// <summary>The items of one write: few, since the writers of all stripes that their entries lie in are held together.</summary>
    private const int BackfillItemsMax = 32;

    /// <summary>The bytes of items after which a write has enough of them.</summary>
    private const int BackfillBytesMax = 256 << 10;

    /// <summary>After a failure that may pass, such as a stripe out of service.</summary>
    private static readonly TimeSpan BackfillRetryDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>What goes on in the background, or did; its own lock.</summary>
    private readonly List<Task> _chores = [];

    /// <summary>Whether something goes on in the background, for tests.</summary>
    internal bool HasChores
    {
        get
        {
            lock (_chores)
            {
                return _chores.Exists(chore => !chore.IsCompleted);
            }
        }
    }

    /// <summary>Whether an index is being filled, for tests.</summary>
    internal bool IsFilling => _catalog.Filling.Any();

    private void StartBackfill(uint tableId, uint indexId)
    {
        lock (_chores)
        {
            _chores.RemoveAll(chore => chore.IsCompletedSuccessfully);
            _chores.Add(_options.Background(() => BackfillAsync(tableId, indexId)));
        }
    }

    /// <summary>Waits for what goes on in the background. Requires that the closing has begun.</summary>
    private Task EndChoresAsync()
    {
        lock (_chores)
        {
            return Task.WhenAll(_chores);
        }
    }

    /// <summary>Fills one index, and completes when it takes reads, or is not to be filled any more.</summary>
    private async Task BackfillAsync(uint tableId, uint indexId)
    {
        BackfillTally tally = _catalog.TallyOf(indexId);
        long started = _options.Time.GetTimestamp();
        try
        {
            for (int stripe = 0; stripe < StripeCount; stripe++)
            {
                bool isOwned = Volatile.Read(ref _epochs[stripe]) != 0;
                if (isOwned && !await BackfillStripeAsync(tableId, indexId, stripe, tally, started).ConfigureAwait(false))
                {
                    return;
                }
            }

            await PatientlyAsync(() => _catalog.CompleteBackfillAsync(tableId, indexId)).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or KeystoneException && _closing.IsCancellationRequested)
        {
            // The disk is being closed. Whoever opens it next goes on.
        }
        catch (KeystoneException gone) when (gone.Code == KeystoneErrorCode.ResourceNotFound)
        {
            // The table went meanwhile, and all of its indexes with it.
        }
        catch (KeystoneException failure) when (!failure.IsRetryable)
        {
            _events.TellHindered($"The index of id {indexId} is not being filled any more: {failure.Message}", failure);
        }
    }

    /// <summary>Fills an index with the items of a stripe. False if it is not to be filled any more.</summary>
    private async ValueTask<bool> BackfillStripeAsync(uint tableId, uint indexId, int stripe, BackfillTally tally, long started)
    {
        BackfillMark mark = await PatientlyAsync(() => ReadMarkAsync(stripe, indexId)).ConfigureAwait(false);
        tally.Note(mark.Items);
        while (!mark.IsDone)
        {
            StripeTarget target = new(stripe, tableId, 0);
            BackfillMark before = mark;
            BackfillMark? after = await PatientlyAsync(() => BackfillSomeAsync(target, indexId, before, tally)).ConfigureAwait(false);
            if (after is null)
            {
                return false;
            }

            mark = after.Value;
            await PaceAsync(tally.Bytes, started).ConfigureAwait(false);
        }

        tally.NoteStripe();
        return true;
    }

    /// <summary>One write of a backfill. Null if the index is not to be filled any more.</summary>
    private async ValueTask<BackfillMark?> BackfillSomeAsync(StripeTarget target, uint indexId, BackfillMark mark, BackfillTally tally)
    {
        if (_catalog.Current.Find(target.TableId) is not { TakesItems: true })
        {
            return null;
        }

        // Inside of the table's gate: who removes the index waits for this write before its entries are dropped.
        using UseGate.Pass use = Enter();
        using UseGate.Pass tableUse = EnterTable(target, out CatalogTable table);
        await SettledAsync(table).ConfigureAwait(false);
        if (table.FindDerived(indexId) is not { IsFilling: true } entries)
        {
            return null;
        }

        StripePage page = await ScanAsync(
            new StripeScan(target, HashRange.All)
            {
                Limit = BackfillItemsMax,
                BytesMax = BackfillBytesMax,
                ExclusiveStartKey = mark.LastKey,
            },
            _closing.Token).ConfigureAwait(false);
        BackfillMark next = new(page.IsComplete, mark.Items + page.Count, page.LastKey.IsNone ? mark.LastKey : page.LastKey);
        await WriteEntriesAsync(table, entries, target, page, next).ConfigureAwait(false);
        tally.Note(page.Count, page.ScannedBytes);
        return next;
    }

    private async ValueTask WriteEntriesAsync(
        CatalogTable table, IDerivedEntries entries, StripeTarget target, StripePage page, BackfillMark next)
    {
        StripeClaim claim = ClaimOf(target);
        KeySchema schema = table.Description.Definition.Key;
        (ItemKey Key, byte[] EngineKey)[] items =
        [
            .. page.Items.Select(item =>
            {
                ItemKey key = schema.KeyOf(item, _limits);
                byte[] engineKey = new byte[EngineKey.Length(key)];
                EngineKey.Write(engineKey, table.Id, HashOf(claim, table.Id, key), key);
                return (key, engineKey);
            }),
        ];
        bool wasPoisoned = _events.IsPoisoned;
        try
        {
            BackfillWrite write = new(claim, entries, items, next, stripe => ClaimOf(new StripeTarget(stripe, 0, 0)), StripeCount);
            await DecideAsync(write, _closing.Token).ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            throw StoreErrors.MapWrite(failure, wasPoisoned, _events.WillReopen);
        }
    }

    private async ValueTask<BackfillMark> ReadMarkAsync(int stripe, uint indexId)
    {
        using UseGate.Pass use = Enter();
        StripeClaim claim = ClaimOf(new StripeTarget(stripe, 0, 0));
        try
        {
            ArrayBufferWriter<byte> value = new();
            byte[] key = BackfillMark.KeyOf(stripe, StripeCount, indexId);
            ReadResult read = await _engine.GetAsync(claim, key, value).ConfigureAwait(false);
            return read.Status switch
            {
                ReadStatus.Found => BackfillMark.Read(value.WrittenSpan),
                ReadStatus.NotFound => default,
                _ => throw StoreErrors.NotServing(claim),
            };
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }

    /// <summary>Does something, as often as it takes while what hinders it may pass; each time some later.</summary>
    private async ValueTask<T> PatientlyAsync<T>(Func<ValueTask<T>> work)
    {
        bool isTold = false;
        while (true)
        {
            try
            {
                _closing.Token.ThrowIfCancellationRequested();
                return await work().ConfigureAwait(false);
            }
            catch (KeystoneException failure) when (failure.IsRetryable)
            {
                if (!isTold && failure.Code != KeystoneErrorCode.StripeUnavailable)
                {
                    _events.TellHindered($"The filling of an index has to wait: {failure.Message}", failure);
                    isTold = true;
                }
            }

            await Task.Delay(BackfillRetryDelay, _options.Time, _closing.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until so many bytes may have been filled in.</summary>
    private async ValueTask PaceAsync(long bytes, long started)
    {
        if (_options.BackfillBytesPerSecondMax is not { } rate)
        {
            return;
        }

        TimeSpan due = TimeSpan.FromSeconds((double)bytes / rate);
        TimeSpan early = due - _options.Time.GetElapsedTime(started);
        if (early > TimeSpan.Zero)
        {
            await Task.Delay(early, _options.Time, _closing.Token).ConfigureAwait(false);
        }
    }
}
