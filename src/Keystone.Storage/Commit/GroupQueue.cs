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

    /// <summary>Completes when a group has been taken after this call, so that there is room to try again.</summary>
    public Task WaitForRoomAsync() => _room.WaitAsync(() => Open.BodyBytes > 0);

    public void Dispose()
    {
        Open.Dispose();
        _spare?.Dispose();
    }
}
