using System.Text;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Versions;
using static Keystone.Testing.Audit.AuditFailure;

namespace Keystone.Testing.Audit;

/// <summary>The rules of the files: segments, manifests, CURRENT, removals.</summary>
public sealed partial class OrderAudit
{
    /// <summary>Manifests of which a power loss may leave either.</summary>
    private IEnumerable<long> Candidates => _renamed.Select(r => r.Manifest).Append(_inForce).Where(number => number != 0);

    private void BeginWrite(TracedCall call, AuditedFile file)
    {
        AuditedWriteKind kind = AuditedWriteKind.Plain;
        switch (file.Kind)
        {
            case FileKind.Segment:
                kind = BeginSegmentWrite(call, file);
                break;
            case FileKind.Manifest:
                BeginManifestWrite(call, file);
                break;
            case FileKind.Temporary when call.Number(3) == 0:
                file.FirstBytes = call.Bytes(1);
                break;
        }

        file.Begin(call, kind);
    }

    /// <summary>A segment is filled, and then takes groups. A write that goes on with a group has no header of its own.</summary>
    private AuditedWriteKind BeginSegmentWrite(TracedCall call, AuditedFile file)
    {
        if (!TryReadHeader(call, GroupKind.Commit, out GroupHeader header, out _))
        {
            return file.HasGroups ? AuditedWriteKind.Group : AuditedWriteKind.Plain;
        }

        Require(file.IsFillWhole, call, "a group is written to a segment whose filling was not synced");
        Require(file.IsNamed, call, "a group is written to a segment whose name was not synced");
        Require(call.Number(3) + call.Number(2) <= file.Length, call, "a group makes its segment longer");
        if (_isServing)
        {
            RequireTurn(call, file, header);
            _unpublished = header.BodyBytes > 0 ? header.Number : 0;
        }

        if (_segment != file)
        {
            Counts.SegmentChanges++;
            Counts.Recyclings += file.HasGroups ? 1 : 0;
        }

        _segment = file;
        _lastGroup = header.Number;
        _lastWrite = call;
        file.HasGroups = true;
        return header.BodyBytes == 0 ? AuditedWriteKind.EmptyGroup : AuditedWriteKind.Group;
    }

    private void RequireTurn(TracedCall call, AuditedFile file, GroupHeader header)
    {
        Require(header.Number == _lastGroup + 1, call, $"group {header.Number} follows group {_lastGroup}");
        Require(_unpublished == 0, call, $"group {header.Number} is written, and group {_unpublished} was never published");
        foreach (long manifest in Candidates)
        {
            Require(
                _manifests[manifest].GenerationOf(file.Number) == header.Generation,
                call,
                $"manifest {manifest} does not name the segment under generation {header.Generation}");
        }

        if (_segment != file)
        {
            RequireSyncedLog(call, "the log goes on in another segment");
        }
    }

    private void BeginManifestWrite(TracedCall call, AuditedFile file)
    {
        AuditedManifest manifest = _manifests.TryGetValue(file.Number, out AuditedManifest? known)
            ? known
            : _manifests[file.Number] = new AuditedManifest();
        if (!TryReadHeader(call, GroupKind.Manifest, out GroupHeader header, out byte[] bytes))
        {
            return;
        }

        Require(!header.IsSealed, call, "an encrypted store shows nothing of its manifest; audit one that is not");
        Require(
            bytes.Length >= GroupHeader.Bytes + header.BodyBytes,
            call,
            $"the trace shows {bytes.Length} of the record's {GroupHeader.Bytes + header.BodyBytes} bytes; let strace show more (-s)");
        VersionEdit edit = VersionEditFormat.Decode(bytes.AsSpan(GroupHeader.Bytes, header.BodyBytes), FileNames.Manifest(file.Number), 0);
        RequireTables(call, edit);
        RequireSegments(call, edit);
        manifest.Begin(call, edit);
        Counts.Edits++;
    }

    private void RequireTables(TracedCall call, VersionEdit edit)
    {
        foreach (long number in edit.AddedFiles.Select(f => f.File.Meta.FileNumber).Where(number => !IsNamedForCertain(number)))
        {
            AuditedFile table = FileOf(FileNames.Sst(number), call)!;
            Require(table.IsWhole && table.Length > 0, call, $"the record names table {number}, which was not synced");
            Require(table.IsNamed, call, $"the record names table {number}, and the directory was not synced since it was made");
            Counts.Tables++;
        }
    }

    private bool IsNamedForCertain(long table) => _inForce != 0 && _manifests[_inForce].NamesForCertain(table);

    /// <summary>
    /// A new use of a segment. The one that recovery makes has groups already, and all but an empty one at its end have to be durable.
    /// </summary>
    private void RequireSegments(TracedCall call, VersionEdit edit)
    {
        foreach (SegmentRecord record in edit.Segments)
        {
            if (_inForce != 0 && _manifests[_inForce].GenerationOf(record.FileNumber) == record.Generation)
            {
                continue;
            }

            AuditedFile segment = FileOf(FileNames.Segment(record.FileNumber), call)!;
            Require(segment.IsFillWhole, call, $"the record names segment {record.FileNumber}, whose filling was not synced");
            Require(segment.IsNamed, call, $"the record names segment {record.FileNumber}, whose name was not synced");
            Require(
                segment.AreBodiesWhole || segment != _segment,
                call,
                $"the record names segment {record.FileNumber}, and what recovery wrote to it was not synced");
        }
    }

    private void BeginRename(TracedCall call, string source, string target)
    {
        if (FileOf(source) is not { } file)
        {
            return;
        }

        Require(file.IsWhole && file.Length > 0, call, "a file takes another's name before it was synced");
        if (Path.GetFileName(target) == FileNames.Current && NamedBy(file, call) is var number && number != _inForce)
        {
            AuditedFile manifest = FileOf(FileNames.Manifest(number), call)!;
            Require(manifest.IsWhole && manifest.Length > 0, call, $"CURRENT names manifest {number}, which was not synced");
            Require(manifest.IsNamed, call, $"CURRENT names manifest {number}, and the directory was not synced since it was made");
        }
    }

    private void EndRename(TracedCall call, string source, string target)
    {
        if (!_files.Remove(source, out AuditedFile? file))
        {
            return;
        }

        if (Path.GetFileName(target) == FileNames.Current)
        {
            long number = NamedBy(file, call);
            Counts.Rolls += _inForce != 0 && number != _inForce ? 1 : 0;
            _renamed.Add((number, call.EndLine));
        }
    }

    private static long NamedBy(AuditedFile current, TracedCall call)
    {
        string name = Encoding.ASCII.GetString(current.FirstBytes).Split(' ')[0];
        Require(FileNames.Parse(name, out long number) == FileKind.Manifest, call, "CURRENT names no manifest");
        return number;
    }

    private void BeginUnlink(TracedCall call, string path)
    {
        if (FileOf(path) is not { } file)
        {
            return;
        }

        bool isNeeded = file.Kind switch
        {
            FileKind.Current or FileKind.Identity => _inForce != 0,
            FileKind.Manifest => Candidates.Contains(file.Number),
            FileKind.Sst or FileKind.Segment => Candidates.Any(manifest => _manifests[manifest].MayName(file.Number)),
            _ => false,
        };
        Require(!isNeeded, call, "a file is removed that a power loss may leave in use");
        Counts.Unlinks += file.Kind is FileKind.Manifest or FileKind.Sst or FileKind.Segment ? 1 : 0;
    }

    /// <summary>Whether a write begins with the header of a group, at the place where that says it stands.</summary>
    private static bool TryReadHeader(TracedCall call, GroupKind kind, out GroupHeader header, out byte[] bytes)
    {
        bytes = call.Bytes(1);
        header = default;
        return GroupHeader.TryReadOwner(bytes, out UInt128 storeId, out ulong generation)
            && GroupHeader.TryRead(bytes, storeId, generation, kind, call.Number(3), long.MaxValue, out header);
    }
}
