using System.Buffers.Binary;
using Keystone.Database.Catalog;
using Keystone.Database.Streams;
using Keystone.Model;
using Keystone.Model.Schema;
using Keystone.Model.Streams;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <content>Streams: the changes of tables, kept with their writes.</content>
public sealed partial class DatabaseDisk
{
    /// <summary>So far ahead the numbers are reserved that readers are told of: one write for so much time of reading.</summary>
    private static readonly TimeSpan NumbersAhead = TimeSpan.FromSeconds(10);

    private readonly StreamClock _streamClock;

    /// <summary>Held by whoever reserves numbers.</summary>
    private readonly SemaphoreSlim _reserving = new(1);

    /// <summary>The number that is on the disk as reserved: no life of the disk after this one gives one at or below it.</summary>
    private ulong _reserved;

    /// <inheritdoc/>
    public async ValueTask<StripeChangePage> ReadChangesAsync(StripeChanges changes, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using UseGate.Pass use = Enter();
        CatalogTable table = TableOf(changes.Target);
        StreamDescription stream = table.Description.Streams.FirstOrDefault(stream => stream.Id == changes.StreamId)
            ?? throw new KeystoneException(
                KeystoneErrorCode.ResourceNotFound, $"Requested resource not found: the stream of id {changes.StreamId} is gone");
        ulong behind = RequireKept(changes.After);
        StripeClaim claim = ClaimOf(changes.Target);
        try
        {
            // First the horizon, then the look: what is at or below it is to be seen by now.
            bool isFinal = stream.Disabled is not null && (table.Former is null || table.Former.IsDrained);
            ulong horizon = isFinal ? _streamClock.Last : _streamClock.TellHorizon();
            if (!isFinal)
            {
                await ReserveAsync(horizon).ConfigureAwait(false);
            }

            StripeChangePage page = await CollectAsync(claim, changes, behind, horizon, isFinal, cancellationToken).ConfigureAwait(false);

            // Whoever has seen a change goes on behind it, so it must not be lost with the power and its number given to another.
            if (page.Records.Count > 0 && _durability == WriteDurability.Buffered)
            {
                await _engine.SyncAsync().ConfigureAwait(false);
            }

            return page;
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }

    /// <summary>A write that is under way, for tests.</summary>
    internal IDisposable BeginStreamWrite() => _streamClock.Enter();

    /// <summary>
    /// The number behind which a reader finds changes: what was kept long enough is not to be seen, whether it was dropped already or not.
    /// Throws for a reader who comes too late. One that begins with the oldest never does.
    /// </summary>
    private ulong RequireKept(ulong after)
    {
        ulong kept = ChangeNumber.FirstOf(_options.Time.GetUtcNow() - DiskCatalog.StreamRetention);
        return after == 0 || after >= kept
            ? Math.Max(after, kept - 1)
            : throw new KeystoneException(
                KeystoneErrorCode.TrimmedData,
                $"The operation attempted to read past the oldest stream record in a shard: {ChangeNumber.ToText(after)} is older than "
                + $"{DiskCatalog.StreamRetention.TotalHours:F0} hours. Begin at the trim horizon");
    }

    private async ValueTask<StripeChangePage> CollectAsync(
        StripeClaim claim, StripeChanges changes, ulong behind, ulong horizon, bool isFinal, CancellationToken cancellationToken)
    {
        List<ChangeRecord> records = [];
        if (changes.Limit == 0)
        {
            return new StripeChangePage(records, Math.Max(changes.After, horizon), IsLast: false);
        }

        if (behind >= horizon)
        {
            // Where the reader stood, and not where it was lifted to: that is too old a moment later.
            return new StripeChangePage(records, changes.After, isFinal);
        }

        byte[] from = ChangeFormat.KeyOf(changes.StreamId, claim.Stripe, StripeCount, behind + 1);
        byte[] to = ChangeFormat.KeyOf(changes.StreamId, claim.Stripe, StripeCount, horizon + 1);
        using StripeIterator iterator = _engine.OpenIterator(claim, from, to) ?? throw StoreErrors.NotServing(claim);
        int bytes = 0;
        bool isStarted = false;
        while (true)
        {
            IteratorState state = isStarted ? iterator.Next() : iterator.SeekFirst();
            if (state == IteratorState.NeedsDisk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await iterator.LoadAsync().ConfigureAwait(false);
                continue;
            }

            isStarted = true;
            if (state == IteratorState.End)
            {
                return new StripeChangePage(records, horizon, isFinal);
            }

            ChangeRecord record = ChangeFormat.Read(iterator.Key, iterator.Value);
            records.Add(record);
            bytes += record.Bytes;
            if (records.Count >= changes.Limit || bytes >= changes.BytesMax)
            {
                return new StripeChangePage(records, record.Number, IsLast: false);
            }
        }
    }

    /// <summary>
    /// Sees to it that a number that somebody is told as the horizon is never given again, also not after a crash and with a clock that
    /// went back: whoever was told it goes on behind it.
    /// </summary>
    private async ValueTask ReserveAsync(ulong number)
    {
        if (number <= Volatile.Read(ref _reserved))
        {
            return;
        }

        await _reserving.WaitAsync().ConfigureAwait(false);
        try
        {
            if (number <= _reserved)
            {
                return;
            }

            ulong next = number + ChangeNumber.FirstOf(DateTimeOffset.UnixEpoch + NumbersAhead);
            WriteBatch batch = new();
            byte[] value = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64BigEndian(value, next);
            batch.Put(LowestClaim(), CatalogFormat.StartOf(TableIds.Numbers), value);
            WriteResult result = await _engine.WriteAsync(batch, WriteDurability.Synced).ConfigureAwait(false);
            if (result.Status != WriteStatus.Committed)
            {
                throw StoreErrors.NotServing(LowestClaim());
            }

            Volatile.Write(ref _reserved, next);
        }
        finally
        {
            _reserving.Release();
        }
    }

    private StripeClaim LowestClaim()
    {
        int lowest = Array.FindIndex(_epochs, epoch => epoch != 0);
        return new StripeClaim(lowest, _epochs[lowest]);
    }

    private void WitnessReserved()
    {
        using StripeIterator iterator = _engine.OpenIterator(
            LowestClaim(), CatalogFormat.StartOf(TableIds.Numbers), CatalogFormat.EndOf(TableIds.Numbers))
            ?? throw StoreErrors.NotServing(LowestClaim());
        IteratorState state = iterator.SeekFirst();
        while (state == IteratorState.NeedsDisk)
        {
            iterator.Load();
            state = iterator.SeekFirst();
        }

        if (state == IteratorState.Entry)
        {
            _reserved = iterator.Value.Length == sizeof(ulong)
                ? BinaryPrimitives.ReadUInt64BigEndian(iterator.Value)
                : throw KeystoneException.CorruptItem("the record of reserved numbers has another length than it should");
            _streamClock.Witness(_reserved);
        }
    }

    /// <summary>Looks which numbers are given away already. Requires that the owned stripes are in service.</summary>
    private void WitnessStreams()
    {
        if (Array.TrueForAll(_epochs, epoch => epoch == 0))
        {
            return;
        }

        WitnessReserved();
        foreach (CatalogTable table in _catalog.Current.Tables)
        {
            foreach (StreamDescription stream in table.Description.Streams)
            {
                for (int stripe = 0; stripe < StripeCount; stripe++)
                {
                    if (_epochs[stripe] != 0)
                    {
                        WitnessStripe(stream.Id, new StripeClaim(stripe, _epochs[stripe]));
                    }
                }
            }
        }
    }

    private void WitnessStripe(uint stream, StripeClaim claim)
    {
        using StripeIterator iterator = _engine.OpenIterator(claim, CatalogFormat.StartOf(stream), CatalogFormat.EndOf(stream))
            ?? throw StoreErrors.NotServing(claim);
        IteratorState state = iterator.SeekLast();
        while (state == IteratorState.NeedsDisk)
        {
            iterator.Load();
            state = iterator.SeekLast();
        }

        if (state == IteratorState.Entry)
        {
            _streamClock.Witness(ChangeFormat.NumberOf(iterator.Key));
        }
    }
}
