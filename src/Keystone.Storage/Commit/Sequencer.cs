using Keystone.Storage.Entries;
using Keystone.Storage.Log;
using Keystone.Storage.Memory;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>
/// What happens to a write under the writers of its stripes: the gate, the decision, memory, numbers, the place in the open group, the
/// entry into the memtables. Never waits: what is lacking is said, and the caller waits without any writer.
/// <para>
/// What always holds: everything that can refuse a batch comes before its numbers; the order of batches in a stripe is the same in its
/// numbers, in the log and in its memtable; a group is not published before all its batches are in their memtables. What fails behind
/// the numbers is a defect: its group is not whole, so the committer poisons the store, and the caller gets what was thrown.
/// </para>
/// </summary>
internal sealed class Sequencer(Stripe[] stripes, GroupQueue queue, Committer committer, ChunkPool pool, Poison poison)
{
    private bool _closed;

    /// <summary>
    /// From here on writes are refused as closed. When this returns, whatever passed before is in the queue: the flag is set under each
    /// writer and the queue's lock, and looked at again under them.
    /// </summary>
    public void Close()
    {
        lock (queue.Lock)
        {
            Volatile.Write(ref _closed, true);
        }

        foreach (Stripe stripe in stripes)
        {
            lock (stripe.Writer)
            {
            }
        }
    }

    public void RequireUsable()
    {
        if (Volatile.Read(ref _closed))
        {
            throw new StoreException(StoreErrorCode.Closed, "The store is closed. Open it again before writing.");
        }

        if (poison.IsSet)
        {
            throw poison.ToException();
        }
    }

    /// <summary>One operation that depends on nothing: the short way.</summary>
    public SequenceOutcome TrySequence(
        StripeClaim claim,
        EntryKind kind,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        WriteDurability durability,
        out CommitWaiter? waiter)
    {
        waiter = null;
        Stripe stripe = stripes[claim.Stripe];
        int logBytes = LogPart.OperationBytes(kind, key.Length, value.Length);
        lock (stripe.Writer)
        {
            RequireUsable();
            if (!stripe.Admits(claim.Epoch))
            {
                return SequenceOutcome.NotServing;
            }

            WriteBuffer buffer = stripe.CurrentView.Active;
            if (!buffer.Table.TryReserve(1, key.Length + value.Length))
            {
                return SequenceOutcome.NoMemory;
            }

            CommitGroup? group = null;
            bool isWhole = false;
            try
            {
                ulong sequence;
                lock (queue.Lock)
                {
                    if (!queue.HasRoom(LogPart.HeaderBytesMax + logBytes, claimant: null))
                    {
                        buffer.Table.Unreserve(1, key.Length + value.Length);
                        return SequenceOutcome.NoRoom;
                    }

                    // Whatever needs memory comes before the number.
                    queue.Open.Bytes.EnsureFree(LogPart.HeaderBytesMax + logBytes);
                    group = queue.Open;
                    group.BeginBatch();
                    sequence = stripe.LastSequence + 1;
                    waiter = queue.Join(durability, new WriteResult(WriteStatus.Committed, sequence));
                    stripe.LastSequence = sequence;
                    int headerBytes = LogPart.HeaderBytes(stripe.Index, claim.Epoch, sequence, 1, logBytes);
                    Span<byte> room = group.Bytes.Append(headerBytes + logBytes);
                    room = LogPart.WriteHeader(room, stripe.Index, claim.Epoch, sequence, 1, logBytes);
                    LogPart.WriteOperation(room, kind, key, value);
                    group.Touch(stripe.Index, sequence);
                    stripe.LastGroup = group.Ticket;
                    group.EndBytes();
                }

                buffer.NoteBatch(committer.LastGroupWritten, sequence);
                buffer.Table.Add(key, EntryStamp.Of(sequence, kind), value);
                isWhole = true;
                return SequenceOutcome.Sequenced;
            }
            finally
            {
                group?.EndBatch(isWhole);
            }
        }
    }

    /// <summary>
    /// A write that decides once its writers are taken. A refusal may come with a waiter: for the groups that it was derived from.
    /// </summary>
    public SequenceOutcome TrySequence(IDecidedWrite write, WriteDurability durability, out CommitWaiter? waiter)
    {
        waiter = null;
        ReadOnlySpan<StripeClaim> claims = write.Claims;
        int held = 0;
        try
        {
            for (; held < claims.Length; held++)
            {
                stripes[claims[held].Stripe].Writer.Enter();
            }

            RequireUsable();
            foreach (StripeClaim claim in claims)
            {
                if (!stripes[claim.Stripe].Admits(claim.Epoch))
                {
                    return SequenceOutcome.NotServing;
                }
            }

            return write.Decide(stripes) switch
            {
                WriteVerdict.NeedsLoad => SequenceOutcome.NeedsLoad,
                WriteVerdict.Refuse => Refuse(claims, durability, out waiter),
                _ => Sequence(write, durability, out waiter),
            };
        }
        finally
        {
            while (held > 0)
            {
                stripes[claims[--held].Stripe].Writer.Exit();
            }
        }
    }

    /// <summary>A refusal was derived from the newest batches of its stripes, so it waits for the groups that hold them.</summary>
    private SequenceOutcome Refuse(ReadOnlySpan<StripeClaim> claims, WriteDurability durability, out CommitWaiter? waiter)
    {
        ulong newest = 0;
        foreach (StripeClaim claim in claims)
        {
            newest = Math.Max(newest, stripes[claim.Stripe].LastGroup);
        }

        waiter = null;
        if (durability == WriteDurability.Buffered ? newest > committer.PublishedTicket : newest > committer.SyncedTicket)
        {
            lock (queue.Lock)
            {
                waiter = queue.Join(durability, new WriteResult(WriteStatus.Refused, 0));
            }
        }

        return SequenceOutcome.Refused;
    }

    /// <summary>Numbers, log bytes and memtables of an arranged batch.</summary>
    private SequenceOutcome Sequence(IDecidedWrite write, WriteDurability durability, out CommitWaiter? waiter)
    {
        waiter = null;
        WriteBatch batch = write.Batch;
        if (!TryReserve(batch, out int logBytesMax))
        {
            return SequenceOutcome.NoMemory;
        }

        CommitGroup? group = null;
        bool isWhole = false;
        try
        {
            lock (queue.Lock)
            {
                if (!queue.HasRoom(logBytesMax, claimant: write))
                {
                    Unreserve(batch, batch.Parts.Length);
                    return SequenceOutcome.NoRoom;
                }

                // Whatever needs memory comes before the numbers.
                queue.Open.Bytes.EnsureFree(logBytesMax);
                group = queue.Open;
                group.BeginBatch();
                ulong first = batch.Parts.IsEmpty ? 0 : stripes[batch.Parts[0].Claim.Stripe].LastSequence + 1;
                waiter = queue.Join(durability, new WriteResult(WriteStatus.Committed, first));
                Log(batch, group);
                group.EndBytes();
            }

            Apply(batch);
            isWhole = true;
            return SequenceOutcome.Sequenced;
        }
        finally
        {
            group?.EndBatch(isWhole);
        }
    }

    /// <summary>Takes memory in every stripe, or in none.</summary>
    private bool TryReserve(WriteBatch batch, out int logBytesMax)
    {
        logBytesMax = 0;
        foreach (WriteBatch.Part part in batch.Parts)
        {
            RequireRoomForDrops(stripes[part.Claim.Stripe], part);
        }

        for (int i = 0; i < batch.Parts.Length; i++)
        {
            WriteBatch.Part part = batch.Parts[i];
            Stripe stripe = stripes[part.Claim.Stripe];
            Invariant.Require(stripe.Writer.IsHeldByCurrentThread);
            if (!stripe.CurrentView.Active.Table.TryReserve(part.EntryCount, part.EntryBytes))
            {
                Unreserve(batch, i);
                RequireHope(batch);
                return false;
            }

            logBytesMax += LogPart.HeaderBytesMax + part.LogBytes;
        }

        return true;
    }

    private void Unreserve(WriteBatch batch, int parts)
    {
        for (int i = 0; i < parts; i++)
        {
            WriteBatch.Part part = batch.Parts[i];
            stripes[part.Claim.Stripe].CurrentView.Active.Table.Unreserve(part.EntryCount, part.EntryBytes);
        }
    }

    /// <summary>A batch for which even an empty pool is too small would wait for ever.</summary>
    private void RequireHope(WriteBatch batch)
    {
        if (pool.UsedBytes == 0)
        {
            throw new StoreException(
                StoreErrorCode.LimitExceeded,
                $"A batch of {batch.Count} operations and {batch.Bytes} bytes over {batch.Parts.Length} stripes does not fit the write "
                + "buffers, even when they are empty. Divide it, or open the store with a larger write buffer budget.");
        }
    }

    private static void RequireRoomForDrops(Stripe stripe, WriteBatch.Part part)
    {
        int drops = part.Count - part.EntryCount;
        if (drops > 0 && stripe.CurrentView.Drops.Length + drops > StoreLimits.DropMarksMax)
        {
            throw new StoreException(
                StoreErrorCode.LimitExceeded,
                $"Stripe {stripe.Index} has {stripe.CurrentView.Drops.Length} range drops that compaction has not worked off; "
                + $"{StoreLimits.DropMarksMax} is the most. Try again later, or drop wider ranges.");
        }
    }

    private void Log(WriteBatch batch, CommitGroup group)
    {
        for (int i = 0; i < batch.Parts.Length; i++)
        {
            WriteBatch.Part part = batch.Parts[i];
            Stripe stripe = stripes[part.Claim.Stripe];
            ulong first = stripe.LastSequence + 1;
            int headerBytes = LogPart.HeaderBytes(stripe.Index, part.Claim.Epoch, first, part.Count, part.LogBytes);
            Span<byte> room = group.Bytes.Append(headerBytes + part.LogBytes);
            room = LogPart.WriteHeader(room, stripe.Index, part.Claim.Epoch, first, part.Count, part.LogBytes);
            for (int position = part.Start; position < part.Start + part.Count; position++)
            {
                EntryKind kind = batch.Read(position, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value);
                room = LogPart.WriteOperation(room, kind, key, value);
            }

            batch.NoteFirstSequence(i, first);
            stripe.LastSequence += (ulong)part.Count;
            stripe.LastGroup = group.Ticket;
            group.Touch(stripe.Index, stripe.LastSequence);
        }
    }

    private void Apply(WriteBatch batch)
    {
        foreach (WriteBatch.Part part in batch.Parts)
        {
            Stripe stripe = stripes[part.Claim.Stripe];
            ulong sequence = stripe.LastSequence - (ulong)part.Count;
            WriteBuffer buffer = stripe.CurrentView.Active;
            buffer.NoteBatch(committer.LastGroupWritten, stripe.LastSequence);
            for (int position = part.Start; position < part.Start + part.Count; position++)
            {
                EntryKind kind = batch.Read(position, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value);
                sequence++;
                if (kind == EntryKind.Drop)
                {
                    DropMark mark = new(sequence, key.ToArray(), value.ToArray());
                    buffer.NoteDrop(mark);
                    stripe.Exchange(stripe.CurrentView.WithDrop(mark));
                }
                else
                {
                    buffer.Table.Add(key, EntryStamp.Of(sequence, kind), value);
                }
            }
        }
    }
}

/// <summary>What became of a write under its writers.</summary>
internal enum SequenceOutcome
{
    /// <summary>It has its numbers and is on its way.</summary>
    Sequenced = 0,

    /// <summary>A stripe is not in service under the epoch of the claim.</summary>
    NotServing,

    /// <summary>It decided against itself.</summary>
    Refused,

    /// <summary>It needs something from the disk before it can decide.</summary>
    NeedsLoad,

    /// <summary>The open group is full, or promised to somebody else.</summary>
    NoRoom,

    /// <summary>The write buffers have no memory for it.</summary>
    NoMemory,
}
