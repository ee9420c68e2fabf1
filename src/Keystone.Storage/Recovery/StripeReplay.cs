using Keystone.Storage.Entries;
using Keystone.Storage.Log;
using Keystone.Storage.Memory;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Recovery;

/// <summary>
/// Applies groups to the memtables of their stripes. Skips what is in files already and what was written under another claim than this
/// disk's; anything else has to continue the stripe's sequence without a hole.
/// </summary>
internal sealed class StripeReplay(ManifestState state, ChunkPool pool)
{
    private readonly ReplayedStripe?[] _stripes = new ReplayedStripe?[state.StripeCount];

    /// <summary>Called when the pool has no room for an operation: has to make some by flushing stripes.</summary>
    public required Action MakeRoom { get; init; }

    public long OperationCount { get; private set; }

    /// <summary>What was replayed of a stripe; null when nothing was.</summary>
    public ReplayedStripe? this[int stripe] => _stripes[stripe];

    public void Apply(ulong number, ReadOnlySpan<byte> body, string path, long offset)
    {
        while (!body.IsEmpty)
        {
            if (!LogPart.TryRead(ref body, out LogPart part) || part.Stripe >= state.StripeCount || part.Count <= 0)
            {
                throw StoreException.Corrupt(path, offset, "a part of a group does not decode");
            }

            ApplyPart(number, part, path, offset);
        }
    }

    /// <summary>Frees the memtable of a stripe: it was flushed, or nothing comes of the open.</summary>
    public void Forget(int stripe)
    {
        _stripes[stripe]?.Buffer.Release();
        _stripes[stripe] = null;
    }

    private void ApplyPart(ulong number, LogPart part, string path, long offset)
    {
        StripeRecord record = state[part.Stripe];
        ulong lastSequence = part.FirstSequence + (ulong)part.Count - 1;
        if (part.Epoch > record.Epoch)
        {
            // Nothing is written under a claim before the claim is durable: the manifest has lost its last records.
            throw StoreException.Corrupt(
                path, offset, $"stripe {part.Stripe} was written under epoch {part.Epoch}, but the manifest ends with epoch {record.Epoch}");
        }

        if (part.Epoch != record.Epoch || lastSequence <= record.FlushedThrough)
        {
            return;
        }

        ulong before = _stripes[part.Stripe]?.LastSequence ?? record.FlushedThrough;
        if (part.FirstSequence != before + 1)
        {
            throw StoreException.Corrupt(path, offset, $"stripe {part.Stripe} goes on with sequence {part.FirstSequence} after {before}");
        }

        ReadOnlySpan<byte> operations = part.Operations;
        for (ulong sequence = part.FirstSequence; sequence <= lastSequence; sequence++)
        {
            if (!LogPart.TryReadOperation(ref operations, out EntryKind kind, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value))
            {
                throw StoreException.Corrupt(path, offset, $"an operation of stripe {part.Stripe} does not decode");
            }

            ReplayedStripe stripe = StripeWithRoom(part.Stripe, kind, key.Length + value.Length);
            Apply(stripe, number, sequence, kind, key, value);
        }

        if (!operations.IsEmpty)
        {
            throw StoreException.Corrupt(path, offset, $"a part of stripe {part.Stripe} has more bytes than operations");
        }
    }

    private void Apply(ReplayedStripe stripe, ulong number, ulong sequence, EntryKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        stripe.Buffer.NoteBatch(number, sequence);
        OperationCount++;
        if (kind == EntryKind.Drop)
        {
            stripe.Buffer.NoteDrop(new DropMark(sequence, key.ToArray(), value.ToArray()));
        }
        else
        {
            stripe.Buffer.Table.Add(key, EntryStamp.Of(sequence, kind), value);
        }
    }

    private ReplayedStripe StripeWithRoom(int index, EntryKind kind, int entryBytes)
    {
        ReplayedStripe stripe = _stripes[index] ??= new ReplayedStripe(new WriteBuffer(pool));
        if (kind == EntryKind.Drop || stripe.Buffer.Table.TryReserve(1, entryBytes))
        {
            return stripe;
        }

        MakeRoom();
        stripe = _stripes[index] ??= new ReplayedStripe(new WriteBuffer(pool));
        return stripe.Buffer.Table.TryReserve(1, entryBytes)
            ? stripe
            : throw new StoreException(StoreErrorCode.LimitExceeded, $"The write buffers of {pool.CapacityBytes} bytes cannot hold an operation of {entryBytes} bytes from the log. Open the store with a larger write buffer budget.");
    }
}

/// <summary>What replay brought back of one stripe.</summary>
internal sealed record ReplayedStripe(WriteBuffer Buffer)
{
    public ulong LastSequence => Buffer.LastSequence;
}
