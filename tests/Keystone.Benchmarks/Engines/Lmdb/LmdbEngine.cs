using System.Runtime.InteropServices;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines.Commit;

namespace Keystone.Benchmarks.Engines.Lmdb;

/// <summary>
/// LMDB through its C interface: a write transaction for each put, renewed read transactions, values copied out of the map. It
/// has neither write buffer nor cache of its own; both are the machine's page cache.
/// </summary>
internal sealed class LmdbEngine : IBenchEngine
{
    private const string DataFile = "data.mdb";

    [ThreadStatic]
    private static LmdbReader? _threadReader;

    private readonly string _directory;
    private readonly GroupCommitter _committer;
    private LmdbStore _store;

    public LmdbEngine(EngineSettings settings)
    {
        LmdbLibrary.Require();
        _directory = settings.Directory;
        _store = new LmdbStore(_directory);
        _committer = new GroupCommitter(() => new PutList(CommitDurable));
    }

    private readonly ref struct Record(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        public ReadOnlySpan<byte> Key { get; } = key;

        public ReadOnlySpan<byte> Value { get; } = value;
    }

    public bool DurablePutBlocks => false;

    public int FullScanRuns => 1;

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        _store.Write(
            LmdbDurability.Buffered,
            new Record(key, value),
            static (store, transaction, record) => store.Put(transaction, record.Key, record.Value));

    public void PutBatch(RecordBatch batch) =>
        _store.Write(LmdbDurability.Buffered, batch, static (store, transaction, records) =>
        {
            for (int i = 0; i < records.Count; i++)
            {
                store.Put(transaction, records.Key(i), records.Value(i));
            }
        });

    public ValueTask PutDurableAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _committer.PutAsync(key, value);

    public int Get(ReadOnlySpan<byte> key, Span<byte> destination) => Reader().Get(key, destination);

    public void Scan(ReadOnlySpan<byte> from, int count, ScanSink sink) => Reader().Scan(from, count, sink);

    public void ScanAll(ScanSink sink) => Reader().Scan(from: default, long.MaxValue, sink);

    /// <summary>There is no background work; what was not synced yet is synced now.</summary>
    public void Settle() => _store.Sync();

    /// <summary>Takes the place of the store with its compacted copy, as LMDB's users do to get rid of free pages.</summary>
    public void Compact()
    {
        string copy = Path.Combine(_directory, "compacted");
        Directory.CreateDirectory(copy);
        _store.CopyCompacted(copy);
        _store.Dispose();
        File.Move(Path.Combine(copy, DataFile), Path.Combine(_directory, DataFile), overwrite: true);
        Directory.Delete(copy, recursive: true);
        _store = new LmdbStore(_directory);
    }

    public unsafe string Describe()
    {
        string version = Marshal.PtrToStringUTF8((nint)LmdbNative.mdb_version(null, null, null))!;
        return $"{version}, {new FileInfo(Path.Combine(_directory, DataFile)).Length >> 20} MiB";
    }

    public void Dispose()
    {
        _committer.Dispose();
        _store.Dispose();
    }

    private void CommitDurable(PutList puts) =>
        _store.Write(LmdbDurability.Synced, puts, static (store, transaction, records) =>
        {
            for (int i = 0; i < records.Count; i++)
            {
                store.Put(transaction, records.Key(i), records.Value(i));
            }
        });

    private LmdbReader Reader()
    {
        LmdbReader? reader = _threadReader;
        return reader?.Store == _store ? reader : _threadReader = _store.NewReader();
    }
}
