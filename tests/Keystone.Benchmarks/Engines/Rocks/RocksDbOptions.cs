using static Keystone.Benchmarks.Engines.Rocks.RocksDbNative;

namespace Keystone.Benchmarks.Engines.Rocks;

/// <summary>
/// RocksDB at its best for these workloads within the common budgets; the README says what was tried. Owns the native
/// option objects, which must outlive the store that was opened with them.
/// </summary>
internal sealed class RocksDbOptions : IDisposable
{
    private const int WriteBuffers = 3;
    private const ulong LevelBaseBytes = 256UL << 20;
    private const int BlockBytes = 4096;
    private const int TableFormat = 6;
    private const int CompressionLz4 = 4;

    private readonly nint _cache;
    private readonly nint _table;

    public RocksDbOptions()
    {
        _cache = rocksdb_cache_create_lru((nuint)EngineSettings.CacheBytes);
        _table = rocksdb_block_based_options_create();
        Store = rocksdb_options_create();
        Read = rocksdb_readoptions_create();
        Buffered = rocksdb_writeoptions_create();
        Synced = rocksdb_writeoptions_create();
        rocksdb_writeoptions_set_sync(Synced, 1);
        SetTable();
        SetStore();
    }

    public nint Store { get; }

    public nint Read { get; }

    public nint Buffered { get; }

    public nint Synced { get; }

    public void Dispose()
    {
        rocksdb_writeoptions_destroy(Synced);
        rocksdb_writeoptions_destroy(Buffered);
        rocksdb_readoptions_destroy(Read);
        rocksdb_options_destroy(Store);
        rocksdb_block_based_options_destroy(_table);
        rocksdb_cache_destroy(_cache);
    }

    private void SetTable()
    {
        rocksdb_block_based_options_set_block_size(_table, BlockBytes);
        rocksdb_block_based_options_set_format_version(_table, TableFormat);
        rocksdb_block_based_options_set_block_cache(_table, _cache);
        rocksdb_block_based_options_set_filter_policy(_table, rocksdb_filterpolicy_create_bloom_full(EngineSettings.FilterBitsPerKey));
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(_table, 1);
        rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(_table, 1);
        rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(_table, 1);
    }

    private void SetStore()
    {
        rocksdb_options_set_create_if_missing(Store, 1);
        rocksdb_options_increase_parallelism(Store, EngineSettings.BackgroundThreads);
        rocksdb_options_set_write_buffer_size(Store, (nuint)(EngineSettings.WriteBufferBytes / WriteBuffers));
        rocksdb_options_set_max_write_buffer_number(Store, WriteBuffers);
        rocksdb_options_set_max_bytes_for_level_base(Store, LevelBaseBytes);
        rocksdb_options_set_compression(Store, CompressionLz4);
        rocksdb_options_set_block_based_table_factory(Store, _table);
    }
}
