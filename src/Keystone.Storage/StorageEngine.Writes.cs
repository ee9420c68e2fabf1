using Keystone.Storage.Commit;
using Keystone.Storage.Entries;

namespace Keystone.Storage;

/// <content>Writes.</content>
public sealed partial class StorageEngine
{
    /// <summary>What an operation takes in the log beside its key and value, at most.</summary>
    private const int OperationOverheadBytes = 64;

    /// <summary>
    /// Gives a key a value. Key and value are copied before the call returns. A buffered put that meets no other writer completes at once
    /// and allocates nothing.
    /// </summary>
    /// <exception cref="StoreException">LimitExceeded, DiskFull, Poisoned, Closed.</exception>
    public ValueTask<WriteResult> PutAsync(
        StripeClaim claim, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, WriteDurability durability = WriteDurability.Synced)
    {
        CheckSizes(claim, key, value);
        RequireRoom(key.Length + value.Length);
        return _pipeline.WriteAsync(claim, EntryKind.Put, key, value, Attainable(durability));
    }

    /// <summary>Removes a key, whether it exists or not.</summary>
    /// <exception cref="StoreException">LimitExceeded, DiskFull, Poisoned, Closed.</exception>
    public ValueTask<WriteResult> DeleteAsync(
        StripeClaim claim, ReadOnlySpan<byte> key, WriteDurability durability = WriteDurability.Synced)
    {
        CheckSizes(claim, key, default);
        return _pipeline.WriteAsync(claim, EntryKind.Delete, key, default, Attainable(durability));
    }

    /// <summary>
    /// Writes a batch: all of it or nothing, for every reader at the same moment. The batch must not be touched until this completes.
    /// </summary>
    /// <exception cref="StoreException">LimitExceeded, DiskFull, Poisoned, Closed.</exception>
    public ValueTask<WriteResult> WriteAsync(
        WriteBatch batch, WriteDurability durability = WriteDurability.Synced, CancellationToken cancellation = default)
    {
        if (batch.Count == 0)
        {
            throw new StoreException(StoreErrorCode.LimitExceeded, "A batch has to have at least one operation.");
        }

        batch.Arrange();
        RequireFits(batch);
        return _pipeline.WriteAsync(new BatchWrite(batch), Attainable(durability), cancellation);
    }

    /// <summary>Writes what a plan decides after it has seen the newest versions of the keys that it names.</summary>
    /// <exception cref="StoreException">LimitExceeded, DiskFull, Poisoned, Closed, or what a read from disk met.</exception>
    public async ValueTask<WriteResult> WriteAsync(
        IWritePlan plan, WriteDurability durability = WriteDurability.Synced, CancellationToken cancellation = default)
    {
        for (int read = 0; read < plan.ReadCount; read++)
        {
            _ = StripeAt(plan.ClaimAt(read).Stripe);
        }

        foreach (StripeClaim claim in plan.OtherClaims)
        {
            _ = StripeAt(claim.Stripe);
        }

        PlannedWrite write = new(plan, _stripes, _blocking, RequireFits);
        try
        {
            return await _pipeline.WriteAsync(write, Attainable(durability), cancellation).ConfigureAwait(false);
        }
        finally
        {
            write.Release();
        }
    }

    /// <summary>
    /// Removes every key of a stripe from <paramref name="from"/> up to but not including <paramref name="to"/> (empty: the end) in one
    /// logged operation. For coarse things; at most <see cref="StoreLimits.DropMarksMax"/> a stripe may wait for compaction.
    /// </summary>
    public ValueTask<WriteResult> DropRangeAsync(
        StripeClaim claim, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, WriteDurability durability = WriteDurability.Synced)
    {
        WriteBatch batch = new();
        batch.DropRange(claim, from, to);
        return WriteAsync(batch, durability);
    }

    /// <summary>Completes when everything that was accepted so far, buffered writes included, is on stable storage.</summary>
    public async ValueTask SyncAsync() => await _pipeline.JoinAsync(WriteDurability.Synced).ConfigureAwait(false);

    /// <summary>Before anything is queued: an arranged batch can be written at all, has room, and names stripes that exist.</summary>
    private void RequireFits(WriteBatch batch)
    {
        long bytesMax = Math.Min(_options.SegmentBytes / 2, _options.WriteBufferBytesMax);
        if (batch.Bytes > bytesMax)
        {
            throw new StoreException(
                StoreErrorCode.LimitExceeded,
                $"A batch of {batch.Bytes} bytes is too large: this store takes {bytesMax}, half of a log segment "
                + $"({_options.SegmentBytes} bytes) or the write buffers ({_options.WriteBufferBytesMax}), whichever is less. Divide it.");
        }

        foreach (WriteBatch.Part part in batch.Parts)
        {
            _ = StripeAt(part.Claim.Stripe);
        }

        RequireRoom(batch.PutBytes);
    }

    private void CheckSizes(StripeClaim claim, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _ = StripeAt(claim.Stripe);
        long bytesMax = Math.Min(_options.SegmentBytes / 2, _options.WriteBufferBytesMax) - OperationOverheadBytes;
        if (key.Length > StoreLimits.KeyBytesMax || value.Length > StoreLimits.ValueBytesMax || key.Length + value.Length > bytesMax)
        {
            throw new StoreException(
                StoreErrorCode.LimitExceeded,
                $"A key of {key.Length} bytes with a value of {value.Length} bytes is beyond the limits: keys {StoreLimits.KeyBytesMax}, "
                + $"values {StoreLimits.ValueBytesMax}, together {bytesMax} in this store.");
        }
    }
}
