using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines.Commit;
using Keystone.Storage.Files;

namespace Keystone.Benchmarks.Engines.Bare;

/// <summary>
/// The limit of a group commit on this machine, and no store: records are put side by side, written to a file that was filled before, and
/// synced. No checksum, no memtable, nothing can be read. What a store makes of it is told as a share of this figure.
/// </summary>
internal sealed class BareLogEngine : IBenchEngine
{
    /// <summary>A full file is used from its start again: neither its size nor its place on the disk ever changes.</summary>
    private const long FileBytes = 64L << 20;

    private const int FillBytes = 1 << 20;

    private readonly IFile _file;
    private readonly GroupCommitter _committer;
    private long _offset;

    public BareLogEngine(EngineSettings settings)
    {
        _file = PosixFileSystem.Instance.Create(Path.Combine(settings.Directory, "log"));
        byte[] zeros = new byte[FillBytes];
        for (long offset = 0; offset < FileBytes; offset += FillBytes)
        {
            WriteAll(offset, zeros);
        }

        _file.Sync();
        _committer = new GroupCommitter(() => new BareGroup(Write));
    }

    public bool DurablePutBlocks => false;

    public bool KeepsRecords => false;

    public int FullScanRuns => throw Lacks();

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => throw Lacks();

    public void PutBatch(RecordBatch batch) => throw Lacks();

    public ValueTask PutDurableAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _committer.PutAsync(key, value);

    public int Get(ReadOnlySpan<byte> key, Span<byte> destination) => throw Lacks();

    public void Scan(ReadOnlySpan<byte> from, int count, ScanSink sink) => throw Lacks();

    public void ScanAll(ScanSink sink) => throw Lacks();

    public void Settle()
    {
        // Nothing is ever left to do.
    }

    public void Compact() => Settle();

    public string Describe() => $"a file of {FileBytes >> 20} MiB";

    public void Dispose()
    {
        _committer.Dispose();
        _file.Dispose();
    }

    private static EngineLacksException Lacks() => new("a bare log keeps no records: it is there for durable puts alone");

    /// <summary>By the committer's thread.</summary>
    private void Write(ReadOnlySpan<byte> group)
    {
        _offset = _offset + group.Length <= FileBytes ? _offset : 0;
        WriteAll(_offset, group);
        _file.Sync();
        _offset += group.Length;
    }

    private void WriteAll(long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int written = _file.Write(offset, bytes);
            offset += written;
            bytes = bytes[written..];
        }
    }
}
