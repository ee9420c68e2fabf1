using System.Text;
using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;
using Xunit;

namespace Keystone.Tests.Testing.Audit;

/// <summary>Lines as strace would write them, for a store in /data/store.</summary>
internal sealed class HandMadeTrace
{
    public const string Directory = "/data/store";
    public const string AuditPath = "/data/audit";

    private const int SegmentBytes = 4096;

    private readonly List<string> _lines = [];
    private readonly Dictionary<string, long> _ends = [];

    public string Text => string.Join('\n', _lines.Select(line => $"7 1.5 {line}"));

    public HandMadeTrace Add(params string[] lines)
    {
        _lines.AddRange(lines);
        return this;
    }

    /// <summary>What the line is turned into, of those that begin and have these words the one with this place.</summary>
    public HandMadeTrace Change(string begin, string words, int place, Func<string, string[]> change)
    {
        int[] found = [.. Enumerable.Range(0, _lines.Count).Where(
            i => _lines[i].StartsWith(begin, StringComparison.Ordinal) && _lines[i].Contains(words, StringComparison.Ordinal))];
        Assert.True(found.Length > place, $"{found.Length} lines begin with {begin} and have {words}");
        string[] lines = change(_lines[found[place]]);
        _lines.RemoveAt(found[place]);
        _lines.InsertRange(found[place], lines);
        return this;
    }

    public HandMadeTrace Say(string words) => Add($"write(9<{AuditPath}>, \"{words}\\n\", {words.Length + 1}) = {words.Length + 1}");

    public HandMadeTrace MakeDirectory()
        => Add($"mkdir(\"{Directory}\", 0700) = 0", "fsync(3</data>) = 0");

    public HandMadeTrace Create(string name)
        => Add($"openat(AT_FDCWD</>, \"{Path(name)}\", O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = 5<{Path(name)}>");

    public HandMadeTrace Write(string name, long offset, ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        foreach (byte b in bytes)
        {
            text.Append('\\').Append(Convert.ToString(b, 8).PadLeft(3, '0'));
        }

        return Add($"pwrite64(5<{Path(name)}>, \"{text}\", {bytes.Length}, {offset}) = {bytes.Length}");
    }

    public HandMadeTrace Sync(string name) => Add($"fdatasync(5<{Path(name)}>) = 0");

    public HandMadeTrace SyncDirectory() => Add($"fsync(6<{Directory}>) = 0");

    public HandMadeTrace Unlink(string name) => Add($"unlink(\"{Path(name)}\") = 0");

    public HandMadeTrace MakeSegment(long number)
        => Create(FileNames.Segment(number)).Write(FileNames.Segment(number), 0, new byte[SegmentBytes]).Sync(FileNames.Segment(number))
            .SyncDirectory();

    public HandMadeTrace MakeTable(long number)
        => Create(FileNames.Sst(number)).Write(FileNames.Sst(number), 0, "table"u8).Sync(FileNames.Sst(number)).SyncDirectory();

    public HandMadeTrace Group(long segment, ulong number, int bodyBytes = 8)
        => Group(FileNames.Segment(segment), GroupKind.Commit, (ulong)segment, number, new byte[bodyBytes]);

    public HandMadeTrace Record(long manifest, ulong number, VersionEdit edit)
    {
        using NativeBuffer body = new(new MemoryAccount("trace"), NativeBuffer.AlignmentBytes);
        using NativeBuffer scratch = new(new MemoryAccount("trace"), NativeBuffer.AlignmentBytes);
        VersionEditFormat.Encode(edit, body, scratch);
        return Group(FileNames.Manifest(manifest), GroupKind.Manifest, (ulong)manifest, number, body.Written.ToArray());
    }

    /// <summary>A manifest that comes into force with this as its first record.</summary>
    public HandMadeTrace MakeManifest(long number, VersionEdit first)
        => Create(FileNames.Manifest(number)).Record(number, 1, first).Sync(FileNames.Manifest(number)).SyncDirectory()
            .Create("CURRENT.tmp").Write("CURRENT.tmp", 0, Encoding.ASCII.GetBytes($"{FileNames.Manifest(number)} 0\n")).Sync("CURRENT.tmp")
            .Add($"rename(\"{Path("CURRENT.tmp")}\", \"{Path("CURRENT")}\") = 0").SyncDirectory();

    public static VersionEdit Naming(params (long Segment, long Table)[] files)
    {
        VersionEdit edit = new();
        foreach ((long segment, long table) in files)
        {
            if (segment != 0)
            {
                edit.Segments.Add(new SegmentRecord(segment, (ulong)segment, 0, 0));
            }

            if (table != 0)
            {
                edit.AddedFiles.Add((0, 0, new FileRecord(MetaOf(table), 0)));
            }
        }

        return edit;
    }

    private static SstMeta MetaOf(long number) => new()
    {
        FileNumber = number,
        FileId = (UInt128)number,
        FileBytes = 100,
        FirstKey = [1],
        LastKey = [2],
        FirstSequence = 1,
        LastSequence = 1,
        EntryCount = 1,
        DeleteCount = 0,
        DataBytes = 1,
        Footer = [],
    };

    private HandMadeTrace Group(string name, GroupKind kind, ulong generation, ulong number, byte[] body)
    {
        long offset = _ends.GetValueOrDefault(name);
        byte[] bytes = new byte[GroupHeader.SizeInFile(body.Length)];
        body.CopyTo(bytes, GroupHeader.Bytes);
        GroupHeader header = new()
        {
            Kind = kind,
            StoreId = 1,
            Generation = generation,
            Number = number,
            OffsetBytes = offset,
            BodyBytes = body.Length,
            DurableThrough = 0,
        };
        header.Seal(bytes.AsSpan(0, GroupHeader.Bytes + body.Length));
        _ends[name] = header.EndBytes;
        return Write(name, offset, bytes);
    }

    private static string Path(string name) => $"{Directory}/{name}";
}
