using Keystone.Storage.Entries;
using Keystone.Storage.Log;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>
/// The way of a write from its caller to its answer.
/// <para>
/// 1. Wait while the budgets say so. 2. Take the writers of the stripes, in ascending order; they are never held across I/O.
/// 3. Check the gate, let the write decide. 4. Reserve memory, give numbers, join the open group, enter the memtables above the
/// published sequences, where no reader looks and every later decision does. 5. Release the writers. 6. The committer appends, syncs,
/// publishes, answers.
/// </para>
/// <para>
/// What always holds: the order of batches in a stripe is the same in its numbers, in the log and in its memtable; everything that can
/// refuse a batch happens before it gets a number; an answer, a refusal too, leaves only when what it was derived from is as durable
/// as was asked for.
/// </para>
/// </summary>
internal sealed class CommitPipeline(
    Stripe[] stripes,
    GroupQueue queue,
    Committer committer,
    WriteStall stall,
    Poison poison)
{
    /// <summary>How often a caller looks whether its buffered batch is done before it waits in the ordinary way.</summary>
    private const int SpinsMax = 200;

    /// <summary>How often a plan may find that what it loaded was replaced meanwhile.</summary>
    private const int LoadsMax = 1000;

    private bool _closed;

    private enum Outcome
    {
        Sequenced = 0,
        NotServing,
        Refused,
        NeedsLoad,
        NoRoom,
        NoMemory,
    }

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

    /// <summary>Writes one operation. Key and value are copied during the call.</summary>
    public ValueTask<WriteResult> WriteAsync(StripeClaim claim, EntryKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, WriteDurability durability)
    {
        RequireUsable();
        if (stall.IsOpen)
        {
            Stripe stripe = stripes[claim.Stripe];
            Outcome outcome = TrySequence(stripe, claim.Epoch, kind, key, value, durability, out CommitWaiter? waiter);
            switch (outcome)
            {
                case Outcome.Sequenced:
                    return Committed(waiter!, durability);
                case Outcome.NotServing:
                    return new ValueTask<WriteResult>(new WriteResult(WriteStatus.NotServing, 0));
            }
        }

        WriteBatch batch = new();
        if (kind == EntryKind.Put)
        {
            batch.Put(claim, key, value);
        }
        else
        {
            batch.Delete(claim, key);
        }

        return WriteAsync(new BatchWrite(batch), durability, CancellationToken.None);
    }

    /// <summary>Writes a batch, decided under the writers. Cancellation counts until the batch has its numbers.</summary>
    public async ValueTask<WriteResult> WriteAsync(IDecidedWrite write, WriteDurability durability, CancellationToken cancellation)
    {
        bool hasTurn = false;
        for (int loads = 0; loads < LoadsMax;)
        {
            cancellation.ThrowIfCancellationRequested();
            RequireUsable();
            if (!stall.IsOpen && (!hasTurn || stall.IsStopped))
            {
                await stall.WaitAsync().WaitAsync(cancellation).ConfigureAwait(false);
                hasTurn = true;
                continue;
            }

            Outcome outcome = TrySequence(write, durability, out CommitWaiter? waiter);
            switch (outcome)
            {
                case Outcome.Sequenced:
                    return await Committed(waiter!, durability).ConfigureAwait(false);
                case Outcome.Refused:
                    return waiter is null ? new WriteResult(WriteStatus.Refused, 0) : await Committed(waiter, durability).ConfigureAwait(false);
                case Outcome.NotServing:
                    return new WriteResult(WriteStatus.NotServing, 0);
                case Outcome.NeedsLoad:
                    loads++;
                    await write.LoadAsync().ConfigureAwait(false);
                    break;
                case Outcome.NoRoom:
                    committer.Nudge();
                    await queue.WaitForRoomAsync().WaitAsync(cancellation).ConfigureAwait(false);
                    break;
                default:
                    await stall.WaitForMemoryAsync(AskForFlush).WaitAsync(cancellation).ConfigureAwait(false);
                    break;
            }
        }

        throw new StoreException(StoreErrorCode.Io, $"A write gave up after the files under its keys were replaced {LoadsMax} times while it looked. Try it again.");
    }

    /// <summary>Completes when everything that has a number by now is as durable as asked for, and published.</summary>
    public ValueTask<WriteResult> JoinAsync(WriteDurability durability)
    {
        RequireUsable();
        CommitWaiter waiter;
        lock (queue.Lock)
        {
            RequireUsable();
            waiter = Join(durability, new WriteResult(WriteStatus.Committed, 0));
        }

        committer.Nudge();
        return waiter.Task;
    }

    /// <summary>Called when the pool has no chunk for a batch.</summary>
    public Action AskForFlush { get; set; } = () => { };

    private void RequireUsable()
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

    private ValueTask<WriteResult> Committed(CommitWaiter waiter, WriteDurability durability)
    {
        if (durability == WriteDurability.Synced)
        {
            committer.Nudge();
            return waiter.Task;
        }

        waiter.BeginSpin();
        SpinWait spin = default;
        for (int i = 0; i < SpinsMax && !waiter.IsDone; i++)
        {
            if (!committer.TryCommitAsCaller())
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }

        if (!waiter.TryEndSpin())
        {
            return new ValueTask<WriteResult>(waiter.TakeResult());
        }

        committer.Nudge();
        return waiter.Task;
    }

    private Outcome TrySequence(
        Stripe stripe, ulong epoch, EntryKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, WriteDurability durability, out CommitWaiter? waiter)
    {
        waiter = null;
        int logBytes = LogPart.OperationBytes(kind, key.Length, value.Length);
        lock (stripe.Writer)
        {
            RequireUsable();
            if (!stripe.Admits(epoch))
            {
                return Outcome.NotServing;
            }

            WriteBuffer buffer = stripe.CurrentView.Active;
            if (!buffer.Table.TryReserve(1, key.Length + value.Length))
            {
                return Outcome.NoMemory;
            }

            CommitGroup group;
            ulong sequence;
            lock (queue.Lock)
            {
                group = queue.Open;
                if (!group.HasRoom(LogPart.HeaderBytes + logBytes))
                {
                    buffer.Table.Unreserve(1, key.Length + value.Length);
                    return Outcome.NoRoom;
                }

                sequence = ++stripe.LastSequence;
                Span<byte> room = group.Bytes.Append(LogPart.HeaderBytes + logBytes);
                LogPart.WriteHeader(room, stripe.Index, epoch, sequence, 1, logBytes);
                LogPart.WriteOperation(room[LogPart.HeaderBytes..], kind, key, value);
                group.Touch(stripe.Index, sequence);
                group.BeginApply();
                waiter = Join(durability, new WriteResult(WriteStatus.Committed, sequence));
                stripe.LastGroup = group.Ticket;
            }

            buffer.NoteBatch(committer.LastGroupWritten, sequence);
            buffer.Table.Add(key, EntryStamp.Of(sequence, kind), value);
            group.EndApply();
            return Outcome.Sequenced;
        }
    }

    private Outcome TrySequence(IDecidedWrite write, WriteDurability durability, out CommitWaiter? waiter)
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
                    return Outcome.NotServing;
                }
            }

            return write.Decide(stripes) switch
            {
                WriteVerdict.NeedsLoad => Outcome.NeedsLoad,
                WriteVerdict.Refuse => Refuse(claims, durability, out waiter),
                _ => Sequence(write.Batch, durability, out waiter),
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

    /// <summary>Under the writers. A refusal was derived from the newest batches of its stripes, so it waits for the groups that hold them.</summary>
    private Outcome Refuse(ReadOnlySpan<StripeClaim> claims, WriteDurability durability, out CommitWaiter? waiter)
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
                waiter = Join(durability, new WriteResult(WriteStatus.Refused, 0));
            }
        }

        return Outcome.Refused;
    }

    /// <summary>Under the writers: numbers, log bytes and memtables of an arranged batch.</summary>
    private Outcome Sequence(WriteBatch batch, WriteDurability durability, out CommitWaiter? waiter)
    {
        waiter = null;
        if (!TryReserve(batch, out int logBytes))
        {
            return Outcome.NoMemory;
        }

        CommitGroup group;
        lock (queue.Lock)
        {
            group = queue.Open;
            if (!group.HasRoom(logBytes))
            {
                Unreserve(batch, batch.Parts.Length);
                return Outcome.NoRoom;
            }

            Log(batch, group, group.Bytes.Append(logBytes));
            group.BeginApply();
            ulong first = batch.Parts.IsEmpty ? 0 : stripes[batch.Parts[0].Claim.Stripe].LastSequence - (ulong)batch.Parts[0].Count + 1;
            waiter = Join(durability, new WriteResult(WriteStatus.Committed, first));
        }

        Apply(batch);
        group.EndApply();
        return Outcome.Sequenced;
    }

    /// <summary>Takes memory in every stripe, or in none.</summary>
    private bool TryReserve(WriteBatch batch, out int logBytes)
    {
        logBytes = 0;
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
                return false;
            }

            logBytes += LogPart.HeaderBytes + part.LogBytes;
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

    private static void RequireRoomForDrops(Stripe stripe, WriteBatch.Part part)
    {
        int drops = part.Count - part.EntryCount;
        if (drops > 0 && stripe.CurrentView.Drops.Length + drops > StoreLimits.DropMarksMax)
        {
            throw new StoreException(
                StoreErrorCode.LimitExceeded,
                $"Stripe {stripe.Index} has {stripe.CurrentView.Drops.Length} range drops that compaction has not worked off; {StoreLimits.DropMarksMax} is the most. Try again later, or drop wider ranges.");
        }
    }

    private void Log(WriteBatch batch, CommitGroup group, Span<byte> room)
    {
        for (int i = 0; i < batch.Parts.Length; i++)
        {
            WriteBatch.Part part = batch.Parts[i];
            Stripe stripe = stripes[part.Claim.Stripe];
            ulong first = stripe.LastSequence + 1;
            LogPart.WriteHeader(room, stripe.Index, part.Claim.Epoch, first, part.Count, part.LogBytes);
            room = room[LogPart.HeaderBytes..];
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

    /// <summary>Under the queue's lock.</summary>
    private CommitWaiter Join(WriteDurability durability, WriteResult result)
    {
        CommitWaiter waiter = queue.Waiters.Take();
        waiter.Prepare(result);
        queue.Open.Waiters.Add(waiter);
        queue.Open.NeedsSync |= durability == WriteDurability.Synced;
        return waiter;
    }
}

/// <summary>A batch that depends on nothing.</summary>
internal sealed class BatchWrite : IDecidedWrite
{
    private readonly StripeClaim[] _claims;

    public BatchWrite(WriteBatch batch)
    {
        batch.Arrange();
        Batch = batch;
        _claims = new StripeClaim[batch.Parts.Length];
        for (int i = 0; i < _claims.Length; i++)
        {
            _claims[i] = batch.Parts[i].Claim;
        }
    }

    public ReadOnlySpan<StripeClaim> Claims => _claims;

    public WriteBatch Batch { get; }

    public WriteVerdict Decide(Stripe[] stripes) => WriteVerdict.Write;

    public ValueTask LoadAsync() => ValueTask.CompletedTask;
}
