using System.Runtime.CompilerServices;
using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Recovery;

/// <summary>
/// Reads the segments that the manifest names, in the order of their generations, and hands every group that counts to the replay of
/// its stripes. Changes nothing on disk.
/// <para>
/// What always holds: group numbers are dense over all segments; only the newest segment may end in a torn tail, because each was
/// closed and synced before the next took its first group; a segment that an earlier recovery closed ends exactly where it said.
/// </para>
/// </summary>
internal sealed class LogReplay(
    IFileSystem files, string directory, UInt128 storeId, MemoryAccount account, Func<long, DataKey?>? keyOf = null)
{
    private readonly List<SegmentScan> _scans = [];

    /// <summary>The number of the last group that counts.</summary>
    public ulong LastGroup { get; private set; }

    /// <summary>
    /// The newest group that is known to have been synced. What lies above was perhaps never told to anybody, and may be lost at the next
    /// power loss.
    /// </summary>
    public ulong DurableThrough { get; private set; }

    public IReadOnlyList<SegmentScan> Scans => _scans;

    /// <summary>
    /// Reads all segments that the manifest names. <paramref name="apply"/> gets each group's number, body, file and offset.
    /// </summary>
    public void Read(ManifestState manifest, GroupReceiver apply)
    {
        IReadOnlyList<SegmentRecord> segments = manifest.SegmentsInOrder;

        // A first segment of which the manifest does not know the first group had none when the manifest noted the floor.
        LastGroup = segments.Count > 0 && segments[0].FirstGroup > 0 ? segments[0].FirstGroup - 1 : manifest.Counters.Group;
        foreach (SegmentRecord record in segments)
        {
            ReadSegment(record, apply);
        }

        RequireThrough(manifest.LogDurableThrough);
    }

    /// <summary>Damage that has taken the groups which would tell of it is told by the manifest.</summary>
    private void RequireThrough(ulong durable)
    {
        if (LastGroup < durable)
        {
            int last = Math.Max(0, _scans.FindLastIndex(s => !s.IsEmpty));
            IEnumerable<string> places = _scans.Skip(last).Take(2).Select(s => $"{PathOf(s.Record.FileNumber)} at {s.EndBytes}");
            throw new StoreException(
                StoreErrorCode.Corrupt,
                $"The log of {directory} is damaged: group {LastGroup + 1} should follow in {string.Join(" or in ", places)}, since the "
                    + $"manifest says that the log was durable through group {durable}. Restore the store from a backup, or repair it.");
        }

        DurableThrough = Math.Max(DurableThrough, durable);
    }

    /// <summary>The first group that was read above this one; the one that will follow the last when there is none.</summary>
    public ulong FirstAbove(ulong group)
        => _scans.Find(s => s.LastGroup > group) is { } scan ? Math.Max(scan.FirstGroup, group + 1) : LastGroup + 1;

    /// <summary>Reads again every group above this one, in order.</summary>
    public void ReadAgain(ulong above, GroupReceiver apply)
    {
        foreach (SegmentScan scan in _scans.Where(s => s.LastGroup > above))
        {
            ReadAgain(scan, Math.Max(scan.FirstGroup, above + 1), apply);
        }
    }

    private void ReadAgain(SegmentScan scan, ulong first, GroupReceiver apply)
    {
        string path = PathOf(scan.Record.FileNumber);
        using IFile file = files.Open(path, writable: false);
        using GroupReader reader = OpenReader(file, scan.Record);
        reader.Position = scan.OffsetOf(first);
        for (ulong number = first; number <= scan.LastGroup; number++)
        {
            long offset = reader.Position;
            if (!reader.TryReadNext() || reader.Header.Number != number)
            {
                throw StoreException.Corrupt(path, offset, $"group {number}, which was good a moment ago, is not there any more");
            }

            apply(number, reader.Body, path, offset);
        }
    }

    private GroupReader OpenReader(IFile file, SegmentRecord record)
        => new(file, storeId, record.Generation, GroupKind.Commit, account, new GroupKeys(keyOf?.Invoke(record.FileNumber), Vault: null));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadSegment(SegmentRecord record, GroupReceiver apply)
    {
        string path = PathOf(record.FileNumber);
        using IFile file = files.Open(path, writable: false);
        using GroupReader reader = OpenReader(file, record);
        SegmentScan scan = new(record, file.Length());
        _scans.Add(scan);
        while (!(record.IsClosed && scan.LastGroup == record.EndGroup) && reader.TryReadNext())
        {
            GroupHeader header = reader.Header;
            RequireNext(header, scan, path);
            scan.Add(header);
            LastGroup = header.Number;
            DurableThrough = Math.Max(DurableThrough, header.DurableThrough);
            apply(header.Number, reader.Body, path, header.OffsetBytes);
        }

        RequireEnd(record, scan, reader, path);
    }

    /// <summary>A group has to follow the one before it, in this segment or in the last one that has any.</summary>
    private void RequireNext(in GroupHeader header, SegmentScan scan, string path)
    {
        ulong expected = LastGroup + 1;
        if (header.Number != expected)
        {
            SegmentScan before = scan.LastGroup == 0 && _scans.Count > 1 ? _scans[^2] : scan;
            throw StoreException.Corrupt(
                PathOf(before.Record.FileNumber),
                before.EndBytes,
                $"group {expected} should follow, but {path} goes on with group {header.Number}");
        }
    }

    private void RequireEnd(SegmentRecord record, SegmentScan scan, GroupReader reader, string path)
    {
        if (record.IsClosed)
        {
            if (scan.LastGroup != record.EndGroup)
            {
                throw StoreException.Corrupt(
                path,
                reader.Position,
                $"it ends with group {scan.LastGroup}, though the manifest says that it goes on to group {record.EndGroup}");
            }

            DurableThrough = Math.Max(DurableThrough, record.EndGroup);
            return;
        }

        ulong missing = LastGroup + 1;
        long claim = reader.FindClaimOf(missing);
        if (claim >= 0)
        {
            throw StoreException.Corrupt(
                path, reader.Position, $"group {missing} is damaged, though the group at offset {claim} says that it was durable");
        }
    }

    private string PathOf(long fileNumber) => Path.Combine(directory, FileNames.Segment(fileNumber));
}

/// <summary>Gets a group's body during replay. The body is valid during the call.</summary>
internal delegate void GroupReceiver(ulong number, ReadOnlySpan<byte> body, string path, long offset);

/// <summary>What replay found in one segment: groups with numbers that follow one another.</summary>
internal sealed class SegmentScan(SegmentRecord record, long fileBytes)
{
    // Where each group starts. There may be hundreds of thousands.
    private readonly List<long> _offsets = [];

    public SegmentRecord Record => record;

    public long FileBytes => fileBytes;

    /// <summary>0 without any group, like <see cref="LastGroup"/>.</summary>
    public ulong FirstGroup { get; private set; }

    public ulong LastGroup { get; private set; }

    /// <summary>Where the last group ends.</summary>
    public long EndBytes { get; private set; }

    public bool IsEmpty => _offsets.Count == 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in GroupHeader header)
    {
        FirstGroup = IsEmpty ? header.Number : FirstGroup;
        LastGroup = header.Number;
        EndBytes = header.EndBytes;
        _offsets.Add(header.OffsetBytes);
    }

    public long OffsetOf(ulong group) => _offsets[(int)(group - FirstGroup)];

    /// <summary>What the groups above this one take in the file.</summary>
    public long BytesAbove(ulong group) => LastGroup <= group ? 0 : EndBytes - OffsetOf(Math.Max(FirstGroup, group + 1));
}
