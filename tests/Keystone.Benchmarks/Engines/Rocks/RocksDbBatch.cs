using Keystone.Benchmarks.Engines.Commit;
using static Keystone.Benchmarks.Engines.Rocks.RocksDbNative;

namespace Keystone.Benchmarks.Engines.Rocks;

/// <summary>A write batch of RocksDB, filled by the callers themselves and written with sync.</summary>
internal sealed unsafe class RocksDbBatch : ICommitBatch
{
    private readonly nint _db;
    private readonly nint _syncedOptions;
    private readonly nint _batch = rocksdb_writebatch_create();

    public RocksDbBatch(nint db, nint syncedOptions)
    {
        _db = db;
        _syncedOptions = syncedOptions;
    }

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            rocksdb_writebatch_put(_batch, keyBytes, (nuint)key.Length, valueBytes, (nuint)value.Length);
        }
    }

    public void Commit()
    {
        byte* error = null;
        rocksdb_write(_db, _syncedOptions, _batch, &error);
        Check(error);
        rocksdb_writebatch_clear(_batch);
    }

    public void Dispose() => rocksdb_writebatch_destroy(_batch);
}
