using System.Runtime.CompilerServices;
using Keystone.Storage.Entries;

namespace Keystone.Storage.Commit;

/// <summary>
/// The way of a write from its caller to its answer.
/// <para>
/// 1. Wait while the budgets say so. 2. Take the writers of the stripes, in ascending order; they are never held across I/O.
/// 3. Check the gate, let the write decide. 4. Reserve memory, give numbers, join the open group, enter the memtables above the
/// published sequences, where no reader looks and every later decision does. 5. Release the writers. 6. The committer appends, syncs,
/// publishes, answers. Steps 2 to 5 are the <see cref="Sequencer"/>'s.
/// </para>
/// <para>
/// What always holds: an answer, a refusal too, leaves only when what it was derived from is as durable as was asked for; whoever
/// waits, for room or memory, holds no writer.
/// </para>
/// </summary>
internal sealed class CommitPipeline(Sequencer sequencer, GroupQueue queue, Committer committer, WriteStall stall)
{
    /// <summary>How often a caller looks whether its buffered batch is done before it waits in the ordinary way.</summary>
    private const int SpinsMax = 200;

    /// <summary>How often a plan may find that what it loaded was replaced meanwhile.</summary>
    private const int LoadsMax = 1000;

    private readonly SingleWritePool _singles = new();

    /// <summary>Called when the pool has no chunk for a batch.</summary>
    public Action AskForFlush { get; set; } = () => { };

    /// <summary>From here on writes are refused as closed. When this returns, whatever passed before is in the queue.</summary>
    public void Close() => sequencer.Close();

    /// <summary>Writes one operation. Key and value are copied during the call.</summary>
    public ValueTask<WriteResult> WriteAsync(
        StripeClaim claim, EntryKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, WriteDurability durability)
    {
        sequencer.RequireUsable();
        if (stall.IsOpen)
        {
            switch (sequencer.TrySequence(claim, kind, key, value, durability, out CommitWaiter? waiter))
            {
                case SequenceOutcome.Sequenced:
                    return Committed(waiter!, durability);
                case SequenceOutcome.NotServing:
                    return new ValueTask<WriteResult>(new WriteResult(WriteStatus.NotServing, 0));
            }
        }

        return WriteWaitingAsync(_singles.Take(claim, kind, key, value), durability);
    }

    /// <summary>Writes a batch, decided under the writers. Cancellation counts until the batch has its numbers.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<WriteResult> WriteAsync(IDecidedWrite write, WriteDurability durability, CancellationToken cancellation)
    {
        try
        {
            bool hasTurn = false;
            for (int loads = 0; loads < LoadsMax;)
            {
                cancellation.ThrowIfCancellationRequested();
                sequencer.RequireUsable();
                if (!stall.IsOpen && (!hasTurn || stall.IsStopped))
                {
                    queue.GiveUpClaim(write);
                    await Until(stall.WaitAsync(), cancellation).ConfigureAwait(false);
                    hasTurn = true;
                    continue;
                }

                SequenceOutcome outcome = sequencer.TrySequence(write, durability, out CommitWaiter? waiter);
                if (outcome != SequenceOutcome.NoRoom)
                {
                    // It has joined, or has to wait for something else than room: nobody is to wait behind it.
                    queue.GiveUpClaim(write);
                }

                switch (outcome)
                {
                    case SequenceOutcome.Sequenced:
                        return await Committed(waiter!, durability).ConfigureAwait(false);
                    case SequenceOutcome.Refused:
                        return waiter is null
                            ? new WriteResult(WriteStatus.Refused, 0)
                            : await Committed(waiter, durability).ConfigureAwait(false);
                    case SequenceOutcome.NotServing:
                        return new WriteResult(WriteStatus.NotServing, 0);
                    case SequenceOutcome.NeedsLoad:
                        loads++;
                        await write.LoadAsync().ConfigureAwait(false);
                        break;
                    case SequenceOutcome.NoRoom:
                        committer.Nudge();
                        await Until(queue.WaitForRoomAsync(write), cancellation).ConfigureAwait(false);
                        break;
                    default:
                        await Until(stall.WaitForMemoryAsync(AskForFlush), cancellation).ConfigureAwait(false);
                        break;
                }
            }
        }
        finally
        {
            queue.GiveUpClaim(write);
        }

        throw new StoreException(
            StoreErrorCode.Io,
            $"A write gave up after the files under its keys were replaced {LoadsMax} times while it looked. Try it again.");
    }

    /// <summary>Completes when everything that has a number by now is as durable as asked for, and published.</summary>
    public ValueTask<WriteResult> JoinAsync(WriteDurability durability)
    {
        sequencer.RequireUsable();
        CommitWaiter waiter;
        lock (queue.Lock)
        {
            sequencer.RequireUsable();
            waiter = queue.Join(durability, new WriteResult(WriteStatus.Committed, 0));
        }

        committer.Nudge();
        return waiter.Task;
    }

    private static ValueTask Until(ValueTask turn, CancellationToken cancellation)
        => cancellation.CanBeCanceled ? new ValueTask(turn.AsTask().WaitAsync(cancellation)) : turn;

    /// <summary>
    /// One operation that has to wait for something, copied. The budgets are what slows it, so it must not burden the heap too.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WriteResult> WriteWaitingAsync(BatchWrite single, WriteDurability durability)
    {
        try
        {
            return await WriteAsync(single, durability, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _singles.Return(single);
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
}
