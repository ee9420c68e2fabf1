using System.Runtime.ExceptionServices;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Log;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>
/// Decides who commits, and what comes next for the group that is being committed (<see cref="GroupCommit"/>).
/// <para>
/// What enters: word that the queue has work. What leaves: groups, one after another, on their way to the log and to those who wait for
/// them. What always holds: groups are written, published and answered in one order; nothing is published before it is as durable as its
/// callers asked, nor before it is in its memtables; a full segment is closed and whole before the next one takes a group.
/// </para>
/// <para>
/// Committing is a role, not a thread: one holder at a time. A caller with a buffered batch who finds the role free writes the group
/// itself; a group that somebody wants synced, or that needs a new segment, is handed to the job, which keeps the role through the
/// sync. Whoever gives the role back looks once more for work, so that no batch is left behind.
/// </para>
/// </summary>
internal sealed class Committer : IJob, IDisposable
{
    private const int RoleFree = 0;
    private const int RoleHeld = 1;

    /// <summary>How many groups a caller writes before it leaves the rest to the job.</summary>
    private const int CallerGroupsMax = 4;

    private static readonly TimeSpan IdleDelay = TimeSpan.FromMilliseconds(100);

    private readonly GroupQueue _queue;
    private readonly LogTail _tail;
    private readonly SegmentSupply _supply;
    private readonly GroupCommit _commit;
    private readonly Poison _poison;
    private readonly IJobHost _host;
    private int _role;

    // Whether it was the job that took the role. Written by the holder.
    private bool _isJobsRole;

    // A phase of the job. A caller who hands a group over writes it last, with release, and the job reads it first.
    private int _phase;

    // What a caller threw while it had the role. Written before the phase that tells of it.
    private ExceptionDispatchInfo? _defect;
    private SegmentFile? _next;
    private long? _idleSince;
    private bool _stopping;
    private bool _givesUpWhenFull;

    public Committer(
        GroupQueue queue,
        LogTail tail,
        SegmentSupply supply,
        PublishedSequences published,
        Poison poison,
        IJobHost host,
        AuditTrail? audit = null)
    {
        _queue = queue;
        _tail = tail;
        _supply = supply;
        _commit = new GroupCommit(queue, tail, published, poison, host, audit);
        _poison = poison;
        _host = host;
        supply.OnSpare(() => Handle?.Wake());
    }

    private enum Phase
    {
        /// <summary>No group is taken.</summary>
        Idle = 0,
        Append,
        Sync,
        Finish,

        /// <summary>The segment is full: an empty group closes it, a sync makes it whole, then the next one takes over.</summary>
        CloseSegment,
        SyncSegment,
        NextSegment,

        /// <summary>A caller met a defect while it had the role, and the job is to die of it.</summary>
        Broken,
    }

    public string Name => "commit";

    public JobPriority Priority => JobPriority.Foreground;

    public IJobHandle? Handle { get; set; }

    /// <summary>No group that is open now, or will be, can get a number at or below this.</summary>
    public ulong LastGroupWritten => _tail.LastGroup;

    /// <summary>The newest group of the log that is known to be on stable storage.</summary>
    public ulong LastGroupDurable => _tail.DurableThrough;

    /// <summary>The newest ticket that is known to be on stable storage; so is everything before it.</summary>
    public ulong SyncedTicket => _commit.SyncedTicket;

    /// <summary>The newest ticket that readers see; so is everything before it.</summary>
    public ulong PublishedTicket => _commit.PublishedTicket;

    /// <summary>Called on the committer's turn after every published group.</summary>
    public Action? OnPublished { get => _commit.OnPublished; set => _commit.OnPublished = value; }

    /// <summary>Groups, syncs and bytes so far, for metrics.</summary>
    public CommitCounters Counters => _tail.Counters;

    /// <summary>Lets the job go on if nobody is committing. Whoever is looks for more work by itself.</summary>
    public void Nudge()
    {
        if (Volatile.Read(ref _role) == RoleFree)
        {
            Handle?.Wake();
        }
    }

    /// <summary>
    /// A caller with a buffered batch offers to commit what is open. False when somebody else holds the role. A defect that it meets is
    /// the job's: the job takes over the role and dies of it, so the store hears of it and every waiter, this caller too, gets an error.
    /// </summary>
    public bool TryCommitAsCaller()
    {
        if (!TryTakeRole())
        {
            return false;
        }

        try
        {
            CommitAsCaller();
        }
        catch (Exception defect)
        {
            _defect = ExceptionDispatchInfo.Capture(defect);
            Volatile.Write(ref _phase, (int)Phase.Broken);
            Handle?.Wake();
        }

        return true;
    }

    /// <summary>Writes what is open. In the end the role is given back, or the job has it.</summary>
    private void CommitAsCaller()
    {
        for (int i = 0; i < CallerGroupsMax && _commit.TryTake(); i++)
        {
            CommitGroup group = _commit.Group!;
            if (group.NeedsSync || !_tail.Fits(group.BodyBytes))
            {
                Volatile.Write(ref _phase, (int)Phase.Append);
                Handle?.Wake();
                return;
            }

            if (!_commit.TryAppend())
            {
                break;
            }

            Finish();
        }

        ReleaseRole();
    }

    /// <summary>
    /// From here on a group that needs a segment which a full disk cannot give is ended with an error instead of waiting for room: the
    /// store is about to close, and nobody could say when.
    /// </summary>
    public void GiveUpWhenFull()
    {
        Volatile.Write(ref _givesUpWhenFull, true);
        Handle?.Wake();
    }

    /// <summary>Ends the job once the queue is empty, with an empty group that covers the last one.</summary>
    public void Stop()
    {
        Volatile.Write(ref _stopping, true);
        Handle?.Wake();
    }

    /// <summary>
    /// After the job has died: ends with an error what it held and what is queued. The store is poisoned and nobody can join the queue
    /// any more; a caller who has the role meets the poison and gives it back.
    /// </summary>
    public void Abandon(StoreException failure)
    {
        SpinWait spin = default;
        while (!_isJobsRole && Volatile.Read(ref _phase) == (int)Phase.Idle && !TryTakeRole())
        {
            spin.SpinOnce();
        }

        _commit.EndAll(failure);
        Rest();
    }

    public JobStep Step()
    {
        switch ((Phase)Volatile.Read(ref _phase))
        {
            case Phase.Idle:
                return Begin();
            case Phase.Append:
                return Append();
            case Phase.Sync:
                return GoOn(_commit.TrySync(), Phase.Finish);
            case Phase.Finish:
                Finish();
                return Rest();
            case Phase.CloseSegment:
                return GoOn(_commit.TryAppendEmpty(), Phase.SyncSegment);
            case Phase.SyncSegment:
                return GoOn(_commit.TrySync(), Phase.NextSegment);
            case Phase.Broken:
                _defect!.Throw();
                return JobStep.Done;
            default:
                return AdvanceSegment();
        }
    }

    public void Dispose()
    {
        _tail.Dispose();
        _next?.Writer.Dispose();
    }

    private bool TryTakeRole() => Interlocked.CompareExchange(ref _role, RoleHeld, RoleFree) == RoleFree;

    private void ReleaseRole()
    {
        _isJobsRole = false;
        Interlocked.Exchange(ref _role, RoleFree);

        // The job may have been told to stop while a caller held the role; it has to come by once more to end.
        if (_queue.HasWork || Volatile.Read(ref _stopping))
        {
            Handle?.Wake();
        }
    }

    private JobStep Begin()
    {
        if (!TryTakeRole())
        {
            return JobStep.Sleep;
        }

        _isJobsRole = true;
        if (_commit.TryTake())
        {
            return Go(Phase.Append);
        }

        if (_tail.IsCovered || _poison.IsSet)
        {
            ReleaseRole();
            return Volatile.Read(ref _stopping) ? JobStep.Done : JobStep.Sleep;
        }

        return CoverOrWait();
    }

    /// <summary>
    /// The last group is covered by nothing yet. When the log rests for a while, or closes, an empty group says that it was synced,
    /// so that damage to it is told from a torn tail.
    /// </summary>
    private JobStep CoverOrWait()
    {
        bool isDue = Volatile.Read(ref _stopping) || _idleSince is { } since && _host.Time.GetElapsedTime(since) >= IdleDelay;
        if (!isDue)
        {
            _idleSince ??= _host.Time.GetTimestamp();
            ReleaseRole();
            return JobStep.SleepFor(IdleDelay);
        }

        if (!_tail.Fits(0) || _commit.TryAppendEmpty())
        {
            _tail.LeaveUncovered();
        }

        return Rest();
    }

    private JobStep Append()
    {
        CommitGroup group = _commit.Group!;
        if (group.BodyBytes == 0)
        {
            return Go(group.NeedsSync && !_tail.IsDurable ? Phase.Sync : Phase.Finish);
        }

        if (!_tail.Fits(group.BodyBytes))
        {
            return Go(Phase.CloseSegment);
        }

        return GoOn(_commit.TryAppend(), group.NeedsSync ? Phase.Sync : Phase.Finish);
    }

    private JobStep AdvanceSegment()
    {
        _next ??= _supply.TryTake();
        if (_next is null)
        {
            if (Volatile.Read(ref _givesUpWhenFull) && _supply.Hindrance is { } hindrance)
            {
                _poison.Set(hindrance);
            }

            if (!_poison.IsSet)
            {
                return JobStep.Sleep;
            }

            _commit.End(_poison.ToException());
            return Rest();
        }

        _tail.Advance(_next);
        _next = null;
        return Go(Phase.Append);
    }

    private void Finish()
    {
        _idleSince = null;
        _commit.Finish();
    }

    /// <summary>What failed has ended the group already.</summary>
    private JobStep GoOn(bool isDone, Phase next) => isDone ? Go(next) : Rest();

    private JobStep Go(Phase phase)
    {
        Volatile.Write(ref _phase, (int)phase);
        return JobStep.Again;
    }

    /// <summary>No group is taken: gives the role back.</summary>
    private JobStep Rest()
    {
        Volatile.Write(ref _phase, (int)Phase.Idle);
        ReleaseRole();
        return JobStep.Again;
    }
}
