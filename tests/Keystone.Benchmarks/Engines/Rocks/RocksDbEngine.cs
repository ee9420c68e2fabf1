using System.Runtime.InteropServices;
using System.Text;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines.Commit;
using static Keystone.Benchmarks.Engines.Rocks.RocksDbNative;

namespace Keystone.Benchmarks.Engines.Rocks;

/// <summary>RocksDB from NuGet through its C interface. A get is get_pinned and one copy.</summary>
internal sealed unsafe class RocksDbEngine : IBenchEngine
{
    private const int Levels = 7;

    [ThreadStatic]
    private static nint _threadBatch;

    private readonly RocksDbOptions _options;
    private readonly GroupCommitter? _committer;
    private readonly nint _db;

    public RocksDbEngine(EngineSettings settings, RocksDbDurability durability)
    {
        _options = new RocksDbOptions();
        byte* error = null;
        _db = rocksdb_open(_options.Store, settings.Directory, &error);
        Check(error);
        _committer = durability == RocksDbDurability.Grouped
            ? new GroupCommitter(() => new RocksDbBatch(_db, _options.Synced))
            : null;
    }

    public bool DurablePutBlocks => _committer is null;

    public int FullScanRuns => 1;

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => PutWith(_options.Buffered, key, value);

    public void PutBatch(RecordBatch batch)
    {
        if (_threadBatch == 0)
        {
            _threadBatch = rocksdb_writebatch_create();
        }

        nint native = _threadBatch;
        rocksdb_writebatch_clear(native);
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<byte> key = batch.Key(i);
            ReadOnlySpan<byte> value = batch.Value(i);
            fixed (byte* keyBytes = key, valueBytes = value)
            {
                rocksdb_writebatch_put(native, keyBytes, (nuint)key.Length, valueBytes, (nuint)value.Length);
            }
        }

        byte* error = null;
        rocksdb_write(_db, _options.Buffered, native, &error);
        Check(error);
    }

    public ValueTask PutDurableAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (_committer is not null)
        {
            return _committer.PutAsync(key, value);
        }

        PutWith(_options.Synced, key, value);
        return ValueTask.CompletedTask;
    }

    public int Get(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        byte* error = null;
        fixed (byte* keyBytes = key)
        {
            nint slice = rocksdb_get_pinned(_db, _options.Read, keyBytes, (nuint)key.Length, &error);
            Check(error);
            if (slice == 0)
            {
                return -1;
            }

            nuint length;
            byte* value = rocksdb_pinnableslice_value(slice, &length);
            new ReadOnlySpan<byte>(value, (int)length).CopyTo(destination);
            rocksdb_pinnableslice_destroy(slice);
            return (int)length;
        }
    }

    public void Scan(ReadOnlySpan<byte> from, int count, ScanSink sink)
    {
        nint iterator = rocksdb_create_iterator(_db, _options.Read);
        fixed (byte* keyBytes = from)
        {
            rocksdb_iter_seek(iterator, keyBytes, (nuint)from.Length);
        }

        Drain(iterator, count, sink);
    }

    public void ScanAll(ScanSink sink)
    {
        nint iterator = rocksdb_create_iterator(_db, _options.Read);
        rocksdb_iter_seek_to_first(iterator);
        Drain(iterator, long.MaxValue, sink);
    }

    public void Settle()
    {
        nint wait = rocksdb_wait_for_compact_options_create();
        rocksdb_wait_for_compact_options_set_flush(wait, 1);
        byte* error = null;
        rocksdb_wait_for_compact(_db, wait, &error);
        rocksdb_wait_for_compact_options_destroy(wait);
        Check(error);
    }

    public void Compact()
    {
        rocksdb_compact_range(_db, null, 0, null, 0);
        Settle();
    }

    public string Describe()
    {
        var levels = new StringBuilder("files by level:");
        for (int level = 0; level < Levels; level++)
        {
            byte* text = rocksdb_property_value(_db, $"rocksdb.num-files-at-level{level}");
            levels.Append(' ').Append(Marshal.PtrToStringUTF8((nint)text));
            rocksdb_free(text);
        }

        return levels.ToString();
    }

    public void Dispose()
    {
        _committer?.Dispose();
        rocksdb_close(_db);
        _options.Dispose();
    }

    private static void Drain(nint iterator, long count, ScanSink sink)
    {
        for (long left = count; left > 0 && rocksdb_iter_valid(iterator) != 0; left--)
        {
            sink.Add(rocksdb_iter_key_slice(iterator).Span, rocksdb_iter_value_slice(iterator).Span);
            rocksdb_iter_next(iterator);
        }

        byte* error = null;
        rocksdb_iter_get_error(iterator, &error);
        rocksdb_iter_destroy(iterator);
        Check(error);
    }

    private void PutWith(nint writeOptions, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        byte* error = null;
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            rocksdb_put(_db, writeOptions, keyBytes, (nuint)key.Length, valueBytes, (nuint)value.Length, &error);
        }

        Check(error);
    }
}
