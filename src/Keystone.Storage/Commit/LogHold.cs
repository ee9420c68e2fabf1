using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>
/// Keeps segments of the log from being used again while somebody reads them. Writers feel a hold as soon as the log is at its bound, so
/// its owner moves it on as it reads, and lets it go at the end.
/// </summary>
internal sealed class LogHold(LogSegments segments) : IDisposable
{
    /// <summary>Segments with a group at or above this stay. Guarded by the segments.</summary>
    public ulong FromGroup { get; set; }

    /// <summary>The segments in use, oldest first: those that the hold keeps and those that came after it.</summary>
    public IReadOnlyList<SegmentRecord> Segments => segments.RecordsInUse();

    /// <summary>What lies below this group is needed no more.</summary>
    public void MoveTo(ulong group) => segments.Move(this, group);

    public void Dispose() => segments.LetGo(this);
}
