using Keystone.Storage.Buffers;
using Keystone.Storage.Log;

namespace Keystone.Storage.Commit;

/// <summary>
/// The end of the commit log: where the next group goes, and through which group the log is known to be on stable storage. Belongs to
/// the holder of the committer's role. A call that fails leaves the end of the log unknown; the store is poisoned then.
/// <para>
/// The log of a store that lives in memory alone is not kept: groups get their numbers, so that everything behind the log keeps its order,
/// but nothing is written, and each is as durable at once as it will ever be.
/// </para>
/// </summary>
internal sealed class LogTail : IDisposable
{
    private readonly LogSegments _segments;
    private readonly bool _isKept;
    private readonly NativeBuffer _empty;
    private ulong _number;
    private ulong _durableThrough;
    private ulong _claimedThrough;

    public LogTail(LogSegments segments, ulong lastGroup, MemoryAccount account, bool isKept = true)
    {
        _segments = segments;
        _number = lastGroup;
        _isKept = isKept;

        // Recovery's own last group covers those before it and is not synced itself.
        _durableThrough = isKept ? lastGroup - 1 : lastGroup;
        _claimedThrough = _durableThrough;
        _empty = new NativeBuffer(account, NativeBuffer.AlignmentBytes);
    }

    /// <summary>The number of the newest group. Read by anyone.</summary>
    public ulong LastGroup => Volatile.Read(ref _number);

    /// <summary>The newest group that is known to be on stable storage. Read by anyone.</summary>
    public ulong DurableThrough => Volatile.Read(ref _durableThrough);

    /// <summary>Whether everything in the log was synced.</summary>
    public bool IsDurable => _durableThrough == _number;

    /// <summary>Whether some group in the log says of the last synced one that it was synced.</summary>
    public bool IsCovered => _claimedThrough >= _durableThrough;

    /// <summary>Groups, syncs and bytes so far, for metrics.</summary>
    public CommitCounters Counters { get; } = new();

    /// <summary>Whether the current segment has room for a group with a body of this size.</summary>
    public bool Fits(int bodyBytes) => !_isKept || _segments.Current.Writer.Fits(bodyBytes);

    /// <summary>Gives the group its number and writes it. Makes one write.</summary>
    public void Write(NativeBuffer group)
    {
        ulong number = _number + 1;
        if (!_isKept)
        {
            PassOver(number);
            return;
        }

        SegmentFile segment = _segments.Current;
        segment.Writer.Write(group, number, _durableThrough);
        segment.FirstGroup = segment.FirstGroup == 0 ? number : segment.FirstGroup;
        segment.LastGroup = number;
        Volatile.Write(ref _number, number);
        _claimedThrough = _durableThrough;
        Counters.Groups++;
        Counters.Bytes += group.Length;
    }

    /// <summary>Writes a group that holds nothing: it says through where the log is durable.</summary>
    public void WriteEmpty()
    {
        _empty.Clear();
        _empty.Append(GroupHeader.Bytes);
        Write(_empty);
    }

    /// <summary>Makes everything written so far durable. Makes one sync.</summary>
    public void Sync()
    {
        _segments.Current.Writer.Sync();
        Volatile.Write(ref _durableThrough, _number);
        Counters.Syncs++;
    }

    /// <summary>There was no room for a group that would say so: nothing is owed any more.</summary>
    public void LeaveUncovered() => _claimedThrough = _durableThrough;

    /// <summary>The current segment is closed and synced; groups go to the next from here on.</summary>
    public void Advance(SegmentFile next)
    {
        Invariant.Require(IsDurable);
        _segments.Advance(next);
    }

    public void Dispose() => _empty.Dispose();

    private void PassOver(ulong number)
    {
        Volatile.Write(ref _number, number);
        _durableThrough = number;
        _claimedThrough = number;
        Counters.Groups++;
    }
}

/// <summary>What was written to the log since the store was opened. Written by the holder of the role.</summary>
internal sealed class CommitCounters
{
    public long Groups { get; set; }

    public long Syncs { get; set; }

    public long Bytes { get; set; }
}
