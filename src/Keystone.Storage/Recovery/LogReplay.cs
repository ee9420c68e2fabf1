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

    /// <summary>Reads all segments. <paramref name="apply"/> gets each group's number, body, file and offset.</summary>
    public void Read(IReadOnlyList<SegmentRecord> segments, ulong groupFloor, GroupReceiver apply)
    {
        // A first segment of which the manifest does not know the first group had none when the manifest noted the floor.
        LastGroup = segments.Count > 0 && segments[0].FirstGroup > 0 ? segments[0].FirstGroup - 1 : groupFloor;
        foreach (SegmentRecord record in segments)
        {
            ReadSegment(record, apply);
        }
    }

    /// <summary>Reads one group again: room for a header, and the body, opened.</summary>
    public void ReadAgain(GroupPlace place, NativeBuffer target)
    {
        using IFile file = files.Open(PathOf(place.FileNumber), writable: false);
        target.Clear();
        if (keyOf?.Invoke(place.FileNumber) is not { } key)
        {
            file.ReadExactly(place.OffsetBytes, target.Append(GroupHeader.Bytes + place.BodyBytes));
            return;
        }

        using NativeBuffer group = new(account, GroupHeader.Bytes + place.BodyBytes);
        file.ReadExactly(place.OffsetBytes, group.Append(GroupHeader.Bytes + place.BodyBytes));
        target.Append(GroupHeader.Bytes);
        bool isOpen = GroupHeader.TryRead(
                group.Written, storeId, place.Generation, GroupKind.Commit, place.OffsetBytes, long.MaxValue, out GroupHeader header)
            && SealedBody.TryOpen(group.Written, header, key, target);
        if (!isOpen)
        {
            throw StoreException.Corrupt(file.Path, place.OffsetBytes, "the group is not the one that was read before");
        }
    }

    private void ReadSegment(SegmentRecord record, GroupReceiver apply)
    {
        string path = PathOf(record.FileNumber);
        using IFile file = files.Open(path, writable: false);
        GroupKeys keys = new(keyOf?.Invoke(record.FileNumber), Vault: null);
        using GroupReader reader = new(file, storeId, record.Generation, GroupKind.Commit, account, keys);
        SegmentScan scan = new(record, file.Length());
        _scans.Add(scan);
        while (!(record.IsClosed && scan.LastGroup == record.EndGroup) && reader.TryReadNext())
        {
            GroupHeader header = reader.Header;
            RequireNext(header, scan, path);
            scan.Add(new GroupPlace(record.FileNumber, record.Generation, header.OffsetBytes, header.BodyBytes, header.Number));
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

/// <summary>Where a group stands.</summary>
internal readonly record struct GroupPlace(long FileNumber, ulong Generation, long OffsetBytes, int BodyBytes, ulong Number);

/// <summary>What replay found in one segment.</summary>
internal sealed class SegmentScan(SegmentRecord record, long fileBytes)
{
    private readonly List<GroupPlace> _groups = [];

    public SegmentRecord Record => record;

    public long FileBytes => fileBytes;

    public IReadOnlyList<GroupPlace> Groups => _groups;

    public ulong FirstGroup => _groups.Count == 0 ? 0 : _groups[0].Number;

    public ulong LastGroup => _groups.Count == 0 ? 0 : _groups[^1].Number;

    /// <summary>Where the last group ends.</summary>
    public long EndBytes => _groups.Count == 0 ? 0 : _groups[^1].OffsetBytes + GroupHeader.SizeInFile(_groups[^1].BodyBytes);

    public void Add(GroupPlace place) => _groups.Add(place);
}
