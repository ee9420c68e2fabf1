using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Recovery;

/// <summary>
/// The segments of the log with which a new life begins.
/// <para>
/// What enters: the log as it was replayed. What leaves: the old segments that hold durable groups, each with its exact end; a current
/// segment under a new generation, which has taken again every group that was not known to be durable, and is synced; spares. What always
/// holds: nothing is written to a segment that was replayed, and nothing here counts before the manifest names it.
/// </para>
/// </summary>
/// <param name="files">The file system of the store.</param>
/// <param name="directory">The store.</param>
/// <param name="settings">What recovery was given.</param>
/// <param name="onMade">Gets the path of a file that is made, before it takes room.</param>
internal sealed class FirstSegments(IFileSystem files, string directory, RecoverySettings settings, Action<string> onMade)
{
    private readonly List<SegmentFile> _spares = [];
    private readonly List<ReplayedSegment> _replayed = [];
    private SegmentFile? _current;

    /// <summary>Takes the groups of the new life. Requires <see cref="Begin"/>.</summary>
    public SegmentFile Current => _current!;

    public IReadOnlyList<SegmentFile> Spares => _spares;

    /// <summary>Those of earlier lives that stay until what they hold is in table files.</summary>
    public IReadOnlyList<ReplayedSegment> Replayed => _replayed;

    /// <summary>
    /// Sorts the segments: those with durable groups stay and end there; a segment without any becomes a spare under a new generation,
    /// and the first of them takes again the groups that were not known to be durable.
    /// </summary>
    public void Begin(ManifestState state, HashSet<long> unsettled, UInt128 storeId, LogReplay log)
    {
        long needed = log.Scans.Sum(s => s.BytesAbove(log.DurableThrough)) + (2 * GroupHeader.SizeInFile(SealedBody.ExtraBytes));
        foreach (SegmentScan scan in log.Scans.Where(s => !s.IsEmpty && s.FirstGroup <= log.DurableThrough))
        {
            ulong end = Math.Min(scan.LastGroup, log.DurableThrough);
            _replayed.Add(new ReplayedSegment(scan.Record with { FirstGroup = scan.FirstGroup, EndGroup = end }, scan.FileBytes));
        }

        ulong generation = state.Counters.Generation;
        foreach (SegmentScan scan in log.Scans.Where(s => IsSpare(s) && !unsettled.Contains(s.Record.FileNumber)))
        {
            IFile file = files.Open(PathOf(scan.Record.FileNumber), writable: true);
            GroupWriter writer = new(file, scan.FileBytes, storeId, ++generation, GroupKind.Commit, settings.Vault?.NewKey());
            Offer(new SegmentFile(scan.Record.FileNumber, writer), needed <= scan.FileBytes);
        }

        if (_current is null)
        {
            // Its generation is the highest, so spares that were too small for it are left out and made anew.
            _spares.ForEach(s => s.Writer.Dispose());
            _spares.Clear();
            _current = Make(state, storeId, Math.Max(settings.SegmentBytes, needed), ++generation);
        }

        state.Apply(new VersionEdit { Counters = new ManifestCounters(0, generation, 0) });
        WriteAgain(log);
    }

    /// <summary>
    /// Puts the segments into what the new manifest says, in place of the old ones. Tables and segments that stay keep their keys; a new
    /// use of a segment has the key of its writer.
    /// </summary>
    public void NameIn(VersionEdit whole, ManifestState state)
    {
        whole.Segments.Clear();
        whole.Segments.AddRange(_replayed.Select(s => s.Record));
        whole.Segments.Add(new SegmentRecord(Current.FileNumber, Current.Generation, Current.FirstGroup, 0));
        whole.Segments.AddRange(_spares.Select(s => new SegmentRecord(s.FileNumber, s.Generation, 0, 0)));
        HashSet<long> kept = [.. state.FileNumbers(), .. _replayed.Select(s => s.Record.FileNumber)];
        whole.Keys.RemoveAll(key => !kept.Contains(key.FileNumber));
        whole.AddKey(Current.FileNumber, Current.Writer.Key);
        _spares.ForEach(s => whole.AddKey(s.FileNumber, s.Writer.Key));
    }

    /// <summary>Closes what was opened: the life does not begin.</summary>
    public void Abandon()
    {
        _current?.Writer.Dispose();
        _spares.ForEach(s => s.Writer.Dispose());
    }

    private bool IsSpare(SegmentScan scan) => scan.IsEmpty && !scan.Record.IsClosed && scan.FileBytes == settings.SegmentBytes;

    private void Offer(SegmentFile segment, bool isLargeEnough)
    {
        if (_current is null && isLargeEnough)
        {
            _current = segment;
        }
        else if (_current is not null)
        {
            _spares.Add(segment);
        }
        else
        {
            segment.Writer.Dispose();
        }
    }

    private SegmentFile Make(ManifestState state, UInt128 storeId, long bytes, ulong generation)
    {
        long number = state.Counters.FileNumber + 1;
        state.Apply(new VersionEdit { Counters = new ManifestCounters(number, 0, 0) });
        IFile file = files.Create(PathOf(number));
        onMade(PathOf(number));
        bool isMade = false;
        try
        {
            for (long offset = 0; offset < bytes; offset += Zeros.Span.Length)
            {
                file.WriteAll(offset, Zeros.Span[..(int)Math.Min(Zeros.Span.Length, bytes - offset)]);
            }

            file.Sync();
            files.SyncDirectory(directory);
            isMade = true;
        }
        finally
        {
            if (!isMade)
            {
                file.Dispose();
            }
        }

        return new SegmentFile(number, new GroupWriter(file, bytes, storeId, generation, GroupKind.Commit, settings.Vault?.NewKey()));
    }

    /// <summary>Writes what was not known to be durable again, under its numbers, syncs it, and lets an empty group say so.</summary>
    private void WriteAgain(LogReplay log)
    {
        using GroupRun run = new(Current.Writer, settings.Account);
        log.ReadAgain(log.DurableThrough, (number, body, _, _) => run.Add(number, body, log.DurableThrough));
        run.Write();
        if (log.LastGroup > log.DurableThrough)
        {
            Current.Writer.Sync();
        }

        run.Add(log.LastGroup + 1, body: [], log.LastGroup);
        run.Write();
        Current.FirstGroup = log.FirstAbove(log.DurableThrough);
        Current.LastGroup = log.LastGroup + 1;
    }

    private string PathOf(long segment) => Path.Combine(directory, FileNames.Segment(segment));
}

/// <summary>A segment of an earlier life that holds durable groups.</summary>
/// <param name="Record">The segment, with its first and its last durable group.</param>
/// <param name="FileBytes">Its length on the disk.</param>
internal sealed record ReplayedSegment(SegmentRecord Record, long FileBytes);
