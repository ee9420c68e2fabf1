using Keystone.Database.Catalog;
using Keystone.Database.Indexes;
using Keystone.Database.Streams;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Model.Streams;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <content>
/// What goes with time: items that have expired, by ordinary conditional deletes, and changes that streams have kept long enough, by drops
/// of their ranges. One sweep at a time, each some time after the last.
/// </content>
public sealed partial class DatabaseDisk
{
    /// <summary>The expired items that are looked up, then deleted side by side.</summary>
    private const int ExpiredItemsMax = 64;

    /// <summary>
    /// So much longer than they can be read changes are left: then a stripe has a drop of some range an hour, and not at every sweep.
    /// </summary>
    private static readonly TimeSpan TrimSlack = TimeSpan.FromHours(1);

    private const string ExpiredCondition = "#time < :now";

    /// <summary>1 once the sweeps have begun.</summary>
    private int _sweeps;

    private void StartSweeps()
    {
        if (Interlocked.Exchange(ref _sweeps, 1) == 0)
        {
            lock (_chores)
            {
                _chores.Add(_options.Background(SweepAgainAndAgainAsync));
            }
        }
    }

    private async Task SweepAgainAndAgainAsync()
    {
        try
        {
            while (!_closing.IsCancellationRequested)
            {
                await Task.Delay(_options.SweepInterval, _options.Time, _closing.Token).ConfigureAwait(false);
                try
                {
                    await SweepAsync().ConfigureAwait(false);
                }
                catch (KeystoneException failure) when (!_closing.IsCancellationRequested)
                {
                    // What was left is met again by the next sweep. A table that went meanwhile, or a stripe, is nothing to tell.
                    if (failure.Code is not (KeystoneErrorCode.StripeUnavailable or KeystoneErrorCode.ResourceNotFound))
                    {
                        _events.TellHindered($"A sweep of expired items and old changes ended early: {failure.Message}", failure);
                    }
                }
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or KeystoneException && _closing.IsCancellationRequested)
        {
            // The disk is being closed. Whoever opens it next sweeps on.
        }
    }

    /// <summary>One sweep over all tables and owned stripes.</summary>
    internal async Task SweepAsync()
    {
        using UseGate.Pass use = Enter();
        DateTimeOffset now = _options.Time.GetUtcNow();
        DateTimeOffset kept = now - DiskCatalog.StreamRetention;
        foreach (CatalogTable table in _catalog.Current.Tables.Where(table => table.TakesItems))
        {
            for (int stripe = 0; stripe < StripeCount; stripe++)
            {
                if (Volatile.Read(ref _epochs[stripe]) != 0)
                {
                    await SweepStripeAsync(table, new StripeTarget(stripe, table.Id, 0), now, kept).ConfigureAwait(false);
                }
            }
        }

        await _catalog.ForgetStreamsAsync(kept).ConfigureAwait(false);
    }

    private async ValueTask SweepStripeAsync(CatalogTable table, StripeTarget target, DateTimeOffset now, DateTimeOffset kept)
    {
        if (table.Expiry is { IsWritten: true } expiry)
        {
            while (await RemoveExpiredAsync(expiry, target, now).ConfigureAwait(false))
            {
                _closing.Token.ThrowIfCancellationRequested();
            }
        }

        foreach (StreamDescription stream in table.Description.Streams)
        {
            await TrimAsync(stream, ClaimOf(target), kept).ConfigureAwait(false);
        }
    }

    /// <summary>What readers of a table are not shown: nothing, unless the options say so.</summary>
    private ExpiredItems ExpiredOf(CatalogTable table)
        => _options.HideExpired && table.Expiry is { IsWritten: true } expiry
            ? ExpiredItems.At(expiry, _options.Time.GetUtcNow())
            : default;

    /// <summary>Deletes some items of a stripe that have expired. False if there may be no more.</summary>
    private async ValueTask<bool> RemoveExpiredAsync(TableExpiry expiry, StripeTarget target, DateTimeOffset now)
    {
        var due = ExpiredItems.At(expiry, now);
        byte[] from = expiry.PlaceOf(target.Stripe, StripeCount, due.From);
        byte[] to = expiry.PlaceOf(target.Stripe, StripeCount, due.To);
        List<byte[]> entries = await KeysAsync(ClaimOf(target), from, to).ConfigureAwait(false);
        ItemKey[] expired = [.. entries.Select(key => TableExpiry.ItemOf(key))];
        if (expired.Length == 0)
        {
            return false;
        }

        WriteExpressions condition = WriteExpressions.OfCondition(
            ExpiredCondition,
            new Dictionary<string, string> { ["#time"] = expiry.Description.Attribute },
            new Dictionary<string, AttributeValue> { [":now"] = now.ToUnixTimeSeconds() })!;
        StripeWrite[] deletes =
        [
            .. expired.Select(key => new StripeWrite(target, default, key) { Expressions = condition, IsExpiry = true }),
        ];
        bool anyGone = false;
        foreach (StripeOutcome<StripeWriteResult> outcome in await WriteManyAsync(deletes, _closing.Token).ConfigureAwait(false))
        {
            // One whose time was put off meanwhile stays, and its old entry is gone.
            if (outcome.Failure is { } failure && failure.Code != KeystoneErrorCode.ConditionalCheckFailed)
            {
                throw failure;
            }

            anyGone |= outcome.Failure is null;
        }

        return anyGone && expired.Length == ExpiredItemsMax;
    }

    /// <summary>Drops the changes of a stripe that were kept long enough.</summary>
    private async ValueTask TrimAsync(StreamDescription stream, StripeClaim claim, DateTimeOffset kept)
    {
        byte[] from = ChangeFormat.KeyOf(stream.Id, claim.Stripe, StripeCount, 0);
        byte[] due = ChangeFormat.KeyOf(stream.Id, claim.Stripe, StripeCount, ChangeNumber.FirstOf(kept - TrimSlack));
        byte[] to = ChangeFormat.KeyOf(stream.Id, claim.Stripe, StripeCount, ChangeNumber.FirstOf(kept));
        if ((await KeysAsync(claim, from, due, countMax: 1).ConfigureAwait(false)).Count == 0)
        {
            return;
        }

        WriteBatch batch = new();
        batch.DropRange(claim, from, to);
        bool wasPoisoned = _events.IsPoisoned;
        try
        {
            WriteResult result = await _engine.WriteAsync(batch, _durability).ConfigureAwait(false);
            if (result.Status == WriteStatus.NotServing)
            {
                throw StoreErrors.NotServing(claim);
            }
        }
        catch (StoreException failure)
        {
            throw StoreErrors.MapWrite(failure, wasPoisoned, _events.WillReopen);
        }
    }

    /// <summary>The first keys of a range.</summary>
    private async ValueTask<List<byte[]>> KeysAsync(StripeClaim claim, byte[] from, byte[] to, int countMax = ExpiredItemsMax)
    {
        List<byte[]> keys = [];
        try
        {
            using StripeIterator iterator = _engine.OpenIterator(claim, from, to) ?? throw StoreErrors.NotServing(claim);
            bool isStarted = false;
            while (keys.Count < countMax)
            {
                IteratorState state = isStarted ? iterator.Next() : iterator.SeekFirst();
                if (state == IteratorState.NeedsDisk)
                {
                    await iterator.LoadAsync().ConfigureAwait(false);
                    continue;
                }

                isStarted = true;
                if (state == IteratorState.End)
                {
                    break;
                }

                keys.Add(iterator.Key.ToArray());
            }

            return keys;
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }
}
