using System.Globalization;
using System.Text;
using Keystone.Storage.Files;
using static Keystone.Testing.Audit.AuditFailure;

namespace Keystone.Testing.Audit;

/// <summary>
/// Holds the system calls of a store against the order that its promises rest on.
/// <para>
/// What enters: a trace that begins before the store is made and goes through any number of lives, ended by a close or by a kill; in it
/// the lines that the engine writes to its audit descriptor. What leaves: counts, or the first call that comes too early. What always
/// has to hold:
/// </para>
/// <para>
/// Before a group is published its write has returned; if it had to be synced, every group so far was followed by a successful sync of its
/// file. A segment takes groups only when it was filled, synced, named in the directory and, under this generation, in the manifest in
/// force; it takes its first one when all groups before are synced; it never grows. A record of a manifest names a table or a segment only
/// when file and name are durable. CURRENT names a manifest only when that and the name itself are. No file is removed that a manifest may
/// name which a power loss may leave.
/// </para>
/// <para>
/// What a sync makes durable is what had been written when it began. That a flush is not ahead of the log is not looked at: it is written
/// in the bodies of groups, of which a trace shows the beginning.
/// </para>
/// </summary>
public sealed partial class OrderAudit(string directory, string auditPath)
{
    private readonly Dictionary<string, AuditedFile> _files = [];
    private readonly Dictionary<long, AuditedManifest> _manifests = [];

    /// <summary>CURRENT was renamed, and the directory is not known to be synced since.</summary>
    private readonly List<(long Manifest, int Line)> _renamed = [];

    /// <summary>The manifest that CURRENT names for certain; 0 before there is a store.</summary>
    private long _inForce;
    private int _directoryMadeLine = int.MaxValue;
    private bool _isDirectoryNamed;

    private bool _isServing;
    private AuditedFile? _segment;
    private TracedCall? _lastWrite;
    private ulong _lastGroup;

    /// <summary>The group that was written and is still to be published; 0 for none.</summary>
    private ulong _unpublished;

    /// <summary>What was looked at so far.</summary>
    public AuditCounts Counts { get; } = new();

    /// <summary>Looks at a trace of all lives, one behind the other.</summary>
    /// <exception cref="AuditFailure">A rule is broken; the message has the line and the call.</exception>
    public void Run(TextReader trace)
    {
        foreach ((TracedCall call, bool isEnd) in new TraceReader(trace).Read())
        {
            if (isEnd)
            {
                End(call);
            }
            else
            {
                Begin(call);
            }
        }
    }

    /// <summary>What a call does may be done at once, so all that it needs has to hold when it begins.</summary>
    private void Begin(TracedCall call)
    {
        switch (call.Name)
        {
            case "write" or "pwrite64" when call.DescriptorPath(0) == auditPath:
                Hear(call, Encoding.ASCII.GetString(call.Bytes(1)).TrimEnd().Split(' '));
                break;
            case "pwrite64" when FileOf(call.DescriptorPath(0)) is { } file:
                BeginWrite(call, file);
                break;
            case "rename":
                BeginRename(call, call.Path(0), call.Path(1));
                break;
            case "unlink":
                BeginUnlink(call, call.Path(0));
                break;
            case "ftruncate" or "fallocate":
                Require(FileOf(call.DescriptorPath(0)) is null, call, "files of a store are written, and neither cut nor stretched");
                break;
        }
    }

    /// <summary>What a call has done is certain only when it has returned.</summary>
    private void End(TracedCall call)
    {
        switch (call.Name)
        {
            case "open" or "openat" or "creat":
                EndOpen(call);
                break;
            case "mkdir" when call.HasSucceeded && call.Path(0) == directory:
                _directoryMadeLine = call.EndLine;
                break;
            case "pwrite64" when FileOf(call.DescriptorPath(0)) is { } file:
                file.End(call);
                break;
            case "fdatasync" or "fsync":
                EndSync(call);
                break;
            case "rename" when call.HasSucceeded:
                EndRename(call, call.Path(0), call.Path(1));
                break;
            case "unlink" when call.HasSucceeded:
                _files.Remove(call.Path(0));
                break;
        }
    }

    private AuditedFile? FileOf(string? path) => path is null ? null : _files.GetValueOrDefault(path);

    private AuditedFile? FileOf(string name, TracedCall call)
    {
        AuditedFile? file = FileOf(Path.Combine(directory, name));
        Require(file is not null, call, $"{name} was not made in this trace, or is gone");
        return file;
    }

    private void EndOpen(TracedCall call)
    {
        int path = call.Name == "openat" ? 1 : 0;
        bool creates = call.Arguments.Skip(path + 1).Any(a => a.Contains("O_CREAT", StringComparison.Ordinal));
        if (creates && call.HasSucceeded && Path.GetDirectoryName(call.Path(path)) == directory)
        {
            _files.TryAdd(call.Path(path), new AuditedFile(call.Path(path), call.EndLine));
        }
    }

    private void EndSync(TracedCall call)
    {
        string? path = call.DescriptorPath(0);
        if (path == directory)
        {
            Counts.DirectorySyncs++;
            EndDirectorySync(call);
        }
        else if (path == Path.GetDirectoryName(directory))
        {
            _isDirectoryNamed |= call.HasSucceeded && _directoryMadeLine < call.BeginLine;
        }
        else if (FileOf(path) is { } file)
        {
            file.Sync(call);
            if (file.Kind == FileKind.Manifest)
            {
                _manifests[file.Number].Sync(call);
            }

            Counts.LogSyncs += file.Kind == FileKind.Segment ? 1 : 0;
        }
    }

    private void EndDirectorySync(TracedCall call)
    {
        if (!call.HasSucceeded)
        {
            return;
        }

        foreach (AuditedFile file in _files.Values)
        {
            file.IsNamed |= file.CreatedLine < call.BeginLine;
        }

        while (_renamed.Count > 0 && _renamed[0].Line < call.BeginLine)
        {
            _inForce = _renamed[0].Manifest;
            _renamed.RemoveAt(0);
        }
    }

    /// <summary>A line of the engine, or of a caller who is alone.</summary>
    private void Hear(TracedCall call, string[] words)
    {
        switch (words)
        {
            case ["recover"]:
                Counts.Lives++;
                _isServing = false;
                _unpublished = 0;
                break;
            case ["serve", string last]:
                Serve(call, Number(last));
                break;
            case ["publish", string group, "synced" or "buffered"]:
                Publish(call, Number(group), words[2] == "synced");
                break;
            case ["answer"]:
                RequireSyncedLog(call, "a caller who is alone is answered");
                Counts.Answers++;
                break;
            default:
                throw new AuditFailure($"line {call.BeginLine}: the audit says what nobody knows: {string.Join(' ', words)}");
        }
    }

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    private void Serve(TracedCall call, ulong lastGroup)
    {
        Require(_isDirectoryNamed, call, "the store serves, and its directory's own name was not synced");
        Require(_inForce != 0 && _renamed.Count == 0, call, "the store serves, and no manifest is known to be in force");
        _isServing = true;
        _lastGroup = lastGroup;
        foreach (AuditedFile file in Segments.Where(file => file != _segment))
        {
            // What the life before had not synced was written again, or nobody was told of it.
            file.ForgetGroups();
        }
    }

    private void Publish(TracedCall call, ulong group, bool isSynced)
    {
        Require(_isServing, call, "a group is published before recovery is over");
        Require(group == _lastGroup, call, $"group {group} is published, and {_lastGroup} is the last that was written");
        bool isWritten = _lastWrite is null || (_lastWrite.HasSucceeded && _lastWrite.EndLine < call.BeginLine);
        Require(isWritten, call, "a group is published before its write has returned");
        if (isSynced)
        {
            RequireSyncedLog(call, $"group {group} is published as synced");
            Counts.SyncedGroups++;
        }
        else
        {
            Counts.BufferedGroups++;
        }

        _unpublished = 0;
    }

    private IEnumerable<AuditedFile> Segments => _files.Values.Where(file => file.Kind == FileKind.Segment);

    private void RequireSyncedLog(TracedCall call, string what)
    {
        AuditedFile? late = Segments.FirstOrDefault(file => !file.AreGroupsWhole);
        Require(late is null, call, $"{what}, and no sync of segment {late?.Number} has followed its last write");
    }
}
