using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>
/// The group that is being committed, and what can be done with it: append, sync, then publish and answer, or end with an error.
/// <para>
/// What enters: the open group of the queue. What leaves: published sequences and completed callers. What always holds: it belongs to
/// the holder of the committer's role, who decides what comes next; after the append nothing but the disk can fail, and whatever fails
/// poisons the store and ends the group; a group that was ended with an error stays in the memtables above the published sequences,
/// where nobody looks.
/// </para>
/// </summary>
internal sealed class GroupCommit
{
    private readonly GroupQueue _queue;
    private readonly LogTail _tail;
    private readonly PublishedSequences _published;
    private readonly Poison _poison;
    private readonly AuditTrail? _audit;
    private readonly CompletionPool _completions;
    private readonly Action _append;
    private readonly Action _appendEmpty;
    private readonly Action _sync;
    private ulong _syncedTicket;
    private ulong _publishedTicket;

    public GroupCommit(
        GroupQueue queue, LogTail tail, PublishedSequences published, Poison poison, IJobHost host, AuditTrail? audit)
    {
        _queue = queue;
        _tail = tail;
        _published = published;
        _poison = poison;
        _audit = audit;
        _completions = new CompletionPool(host);
        _append = Append;
        _appendEmpty = _tail.WriteEmpty;
        _sync = _tail.Sync;
    }

    /// <summary>The group; null when none is taken.</summary>
    public CommitGroup? Group { get; private set; }

    /// <summary>The newest ticket that is known to be on stable storage; so is everything before it. Read by anyone.</summary>
    public ulong SyncedTicket => Volatile.Read(ref _syncedTicket);

    /// <summary>The newest ticket that readers see; so is everything before it. Read by anyone.</summary>
    public ulong PublishedTicket => Volatile.Read(ref _publishedTicket);

    /// <summary>Called after every published group.</summary>
    public Action? OnPublished { get; set; }

    /// <summary>Takes the open group. False when there is nothing in it.</summary>
    public bool TryTake()
    {
        Group = _queue.TryTake();
        return Group is not null;
    }

    /// <summary>Writes the group to the log. False when that failed.</summary>
    public bool TryAppend() => TryDo(_append);

    /// <summary>Writes a group that holds nothing. False when that failed.</summary>
    public bool TryAppendEmpty() => TryDo(_appendEmpty);

    /// <summary>Makes the log durable through its last group. False when that failed.</summary>
    public bool TrySync() => TryDo(_sync);

    /// <summary>Publishes and answers. A group that was synced makes everything before it durable too: there is one log.</summary>
    public void Finish()
    {
        CommitGroup group = Group!;
        WaitUntilApplied(group);
        if (!group.IsWhole)
        {
            _poison.Set(BehindItsNumbers());
            End(_poison.ToException());
            return;
        }

        if (group.NeedsSync)
        {
            Volatile.Write(ref _syncedTicket, group.Ticket);
        }

        _audit?.NotePublishing(_tail.LastGroup, group.NeedsSync);
        _published.Publish(group.TouchedStripes, group.LastByStripe);
        Volatile.Write(ref _publishedTicket, group.Ticket);
        _completions.Answer(group, failure: null);
        Group = null;
        _queue.Return(group);
        OnPublished?.Invoke();
    }

    /// <summary>Ends the group with an error, if one is taken.</summary>
    public void End(StoreException failure)
    {
        if (Group is not { } group)
        {
            return;
        }

        _completions.Answer(group, failure);
        Group = null;
        WaitUntilApplied(group);
        _queue.Return(group);
    }

    /// <summary>Ends with an error the group that is taken and what is queued behind it.</summary>
    public void EndAll(StoreException failure)
    {
        while (Group is not null || TryTake())
        {
            End(failure);
        }
    }

    private void Append()
    {
        if (!Group!.IsWhole)
        {
            throw BehindItsNumbers();
        }

        _tail.Write(Group.Bytes);
    }

    private bool TryDo(Action call)
    {
        try
        {
            if (!_poison.IsSet)
            {
                call();
                return true;
            }
        }
        catch (StoreException failure)
        {
            _poison.Set(failure);
        }

        End(_poison.ToException());
        return false;
    }

    /// <summary>Its batches are copied into the memtables by their callers, who hold nothing that this waits behind.</summary>
    private static void WaitUntilApplied(CommitGroup group)
    {
        SpinWait spin = default;
        while (!group.IsApplied)
        {
            spin.SpinOnce();
        }
    }

    private static StoreException BehindItsNumbers() => new(
        StoreErrorCode.JobFailed,
        "A write failed behind its numbers, where nothing but the disk may fail; its caller was told what it met. "
            + "The store has to be opened anew.");
}
