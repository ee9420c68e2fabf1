using Keystone.Storage.Buffers;
using Keystone.Storage.Jobs;

namespace Keystone.Storage.Commit;

/// <summary>
/// The open group that batches join, and the exchange of it for an empty one when the committer takes it. Two groups take turns:
/// one is open while the other is being written, so the sync that is under way is the window in which the next group gathers.
/// </summary>
internal sealed class GroupQueue : IDisposable
{
    private readonly Turnstile _room;
    private CommitGroup? _spare;

    // The batch for which the next group is kept, so that smaller ones cannot pass it for ever. Changed under the lock, read by waiters.
    private object? _claimant;

    /// <summary><paramref name="segmentBytes"/> bounds a group too: it has to fit an empty segment.</summary>
    public GroupQueue(int stripeCount, int segmentBytes, MemoryAccount account, IJobHost host)
    {
        _room = new Turnstile(host);
        int bytesMax = Math.Min(StoreLimits.GroupBytesMax, segmentBytes / 2);
        Open = new CommitGroup(stripeCount, bytesMax, account) { Ticket = 1 };
        _spare = new CommitGroup(stripeCount, bytesMax, account);
    }

    /// <summary>Guards the open group. Taken inside of stripes' writers, never around them; held for a copy of bytes at most.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Under the lock.</summary>
    public CommitGroup Open { get; private set; }

    public CommitWaiterPool Waiters { get; } = new();

    public bool HasWork
    {
        get
        {
            lock (Lock)
            {
                return !Open.IsEmpty;
            }
        }
    }

    /// <summary>By the holder of the committer's role: takes the open group if there is anything in it.</summary>
    public CommitGroup? TryTake()
    {
        CommitGroup taken;
        lock (Lock)
        {
            if (Open.IsEmpty)
            {
                return null;
            }

            taken = Open;
            CommitGroup next = _spare ?? throw new InvalidOperationException("The committer takes one group at a time.");
            _spare = null;
            next.Reset(taken.Ticket + 1);
            Open = next;
        }

        _room.ReleaseAll();
        return taken;
    }

    /// <summary>By the holder of the committer's role: gives back a group that is done with.</summary>
    public void Return(CommitGroup group)
    {
        lock (Lock)
        {
            _spare = group;
        }
    }

    /// <summary>
    /// Under the lock: whether a batch of this size may join the open group now. A claimant that may not is first in line when there is
    /// room, until it gives the place up: when it has joined, or waits for something else. Nobody else joins meanwhile.
    /// </summary>
    public bool HasRoom(int bytes, object? claimant)
    {
        bool isInTurn = _claimant is null || ReferenceEquals(_claimant, claimant);
        if (isInTurn && Open.HasRoom(bytes))
        {
            return true;
        }

        _claimant ??= claimant;
        return false;
    }

    /// <summary>Under the lock: a caller who wants to know when the open group, and all before it, is done.</summary>
    public CommitWaiter Join(WriteDurability durability, WriteResult result)
    {
        CommitWaiter waiter = Waiters.Take();
        waiter.Prepare(result);
        Open.Waiters.Add(waiter);
        Open.NeedsSync |= durability == WriteDurability.Synced;
        return waiter;
    }

    /// <summary>Completes when there may be room: a group was taken, or the batch that was first in line gave its place up.</summary>
    public ValueTask WaitForRoomAsync(object claimant)
        => _room.WaitAsync(() => Open.BodyBytes > 0 || (Volatile.Read(ref _claimant) is { } first && !ReferenceEquals(first, claimant)));

    /// <summary>Leaves the line, if the claimant stands in it.</summary>
    public void GiveUpClaim(object claimant)
    {
        if (!ReferenceEquals(Volatile.Read(ref _claimant), claimant))
        {
            return;
        }

        lock (Lock)
        {
            _claimant = null;
        }

        _room.ReleaseAll();
    }

    public void Dispose()
    {
        Open.Dispose();
        _spare?.Dispose();
    }
}
