using Keystone.Storage.Log;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>
/// Which segments of the log hold something that is not in table files yet: those that recovery left, those that were filled in
/// this life, and the one that the committer writes to.
/// </summary>
internal sealed class LogSegments
{
    private readonly Lock _lock = new();
    private readonly List<SegmentRecord> _full = [];

    /// <summary>
    /// The length of each segment in use, by its number. Lives of a store may differ in the size of their segments, and what is held
    /// against the bound of the log is what lies on the disk.
    /// </summary>
    private readonly Dictionary<long, long> _bytesOf = [];

    /// <summary>Who reads the log and needs segments to stay.</summary>
    private readonly List<LogHold> _holds = [];

    private SegmentFile? _current;

    // Written under the lock, read by anybody.
    private long _bytes;

    /// <summary>Bytes of the segments in use, the current one whole. Looked at after every group, so it takes no lock.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public SegmentFile Current => _current ?? throw new InvalidOperationException("The log has no segment yet.");

    /// <summary>A segment of an earlier life that was replayed, in order.</summary>
    public void AddReplayed(SegmentRecord segment, long fileBytes)
    {
        lock (_lock)
        {
            _full.Add(segment);
            _bytesOf[segment.FileNumber] = fileBytes;
            NoteBytes();
        }
    }

    /// <summary>By the committer: the current segment is full, closed and synced; the next takes the groups from here on.</summary>
    public void Advance(SegmentFile next)
    {
        lock (_lock)
        {
            if (_current is { } full)
            {
                _full.Add(new SegmentRecord(full.FileNumber, full.Generation, full.FirstGroup, full.LastGroup));
                full.Writer.Dispose();
            }

            _current = next;
            _bytesOf[next.FileNumber] = next.Writer.FileBytes;
            NoteBytes();
        }
    }

    /// <summary>The last group of the oldest full segment, or 0 when there is none: what has to be flushed to free a segment.</summary>
    public ulong OldestLastGroup
    {
        get
        {
            lock (_lock)
            {
                return _full.Count == 0 ? 0 : _full[0].EndGroup;
            }
        }
    }

    /// <summary>
    /// Keeps every segment that is in use now or comes into use, until the hold is moved on or let go: for somebody who reads the log.
    /// </summary>
    public LogHold Hold()
    {
        lock (_lock)
        {
            LogHold hold = new(this);
            _holds.Add(hold);
            return hold;
        }
    }

    internal void Move(LogHold hold, ulong fromGroup)
    {
        lock (_lock)
        {
            hold.FromGroup = fromGroup;
        }
    }

    internal void LetGo(LogHold hold)
    {
        lock (_lock)
        {
            _holds.Remove(hold);
        }
    }

    /// <summary>
    /// Takes out the full segments that hold nothing at or above <paramref name="neededGroup"/> and nothing that somebody holds.
    /// </summary>
    public List<SegmentRecord> TakeBelow(ulong neededGroup)
    {
        lock (_lock)
        {
            foreach (LogHold hold in _holds)
            {
                neededGroup = Math.Min(neededGroup, hold.FromGroup);
            }

            int count = _full.FindIndex(s => s.EndGroup >= neededGroup);
            count = count < 0 ? _full.Count : count;
            List<SegmentRecord> taken = _full.GetRange(0, count);
            _full.RemoveRange(0, count);
            taken.ForEach(s => _bytesOf.Remove(s.FileNumber));
            NoteBytes();
            return taken;
        }
    }

    /// <summary>
    /// What the manifest should know of the segments that stay, so that replay knows their first group when older ones are gone.
    /// </summary>
    public List<SegmentRecord> RecordsInUse()
    {
        lock (_lock)
        {
            List<SegmentRecord> records = [.. _full];
            if (_current is { FirstGroup: > 0 } current)
            {
                records.Add(new SegmentRecord(current.FileNumber, current.Generation, current.FirstGroup, 0));
            }

            return records;
        }
    }

    private void NoteBytes() => Volatile.Write(ref _bytes, _bytesOf.Values.Sum());
}
