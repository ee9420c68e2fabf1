using System.Runtime.InteropServices;

namespace Keystone.Benchmarks.Engines.Rocks;

/// <summary>
/// The part of RocksDB's C interface that the benchmark calls, bound straight to the library of the NuGet package: no
/// array, string or delegate stands between caller and library. Calls that only look at memory already pinned skip the
/// runtime's transition. Errors come back as a C string in the last argument.
/// </summary>
internal static unsafe partial class RocksDbNative
{
    private const string Library = "rocksdb";

    /// <summary>Bytes that the library owns.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Slice
    {
        public byte* Data;
        public nuint Length;

        public readonly ReadOnlySpan<byte> Span => new(Data, (int)Length);
    }

    [LibraryImport(Library)]
    public static partial nint rocksdb_options_create();

    [LibraryImport(Library)]
    public static partial void rocksdb_options_destroy(nint options);

    [LibraryImport(Library)]
    public static partial void rocksdb_options_set_create_if_missing(nint options, byte value);

    [LibraryImport(Library)]
    public static partial void rocksdb_options_increase_parallelism(nint options, int threads);

    [LibraryImport(Library)]
    public static partial void rocksdb_options_set_write_buffer_size(nint options, nuint bytes);

    [LibraryImport(Library)]
    public static partial void rocksdb_options_set_max_write_buffer_number(nint options, int count);

    [LibraryImport(Library)]
    public static partial void rocksdb_options_set_max_bytes_for_level_base(nint options, ulong bytes);

    [LibraryImport(Library)]
    public static partial void rocksdb_options_set_compression(nint options, int kind);

    [LibraryImport(Library)]
    public static partial void rocksdb_options_set_block_based_table_factory(nint options, nint table);

    [LibraryImport(Library)]
    public static partial nint rocksdb_block_based_options_create();

    [LibraryImport(Library)]
    public static partial void rocksdb_block_based_options_destroy(nint table);

    [LibraryImport(Library)]
    public static partial void rocksdb_block_based_options_set_block_size(nint table, nuint bytes);

    [LibraryImport(Library)]
    public static partial void rocksdb_block_based_options_set_format_version(nint table, int version);

    [LibraryImport(Library)]
    public static partial void rocksdb_block_based_options_set_block_cache(nint table, nint cache);

    [LibraryImport(Library)]
    public static partial void rocksdb_block_based_options_set_filter_policy(nint table, nint policy);

    [LibraryImport(Library)]
    public static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks(nint table, byte value);

    [LibraryImport(Library)]
    public static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(nint table, byte value);

    [LibraryImport(Library)]
    public static partial void rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(nint table, byte value);

    [LibraryImport(Library)]
    public static partial nint rocksdb_filterpolicy_create_bloom_full(double bitsPerKey);

    [LibraryImport(Library)]
    public static partial nint rocksdb_cache_create_lru(nuint bytes);

    [LibraryImport(Library)]
    public static partial void rocksdb_cache_destroy(nint cache);

    [LibraryImport(Library)]
    public static partial nint rocksdb_writeoptions_create();

    [LibraryImport(Library)]
    public static partial void rocksdb_writeoptions_destroy(nint options);

    [LibraryImport(Library)]
    public static partial void rocksdb_writeoptions_set_sync(nint options, byte value);

    [LibraryImport(Library)]
    public static partial nint rocksdb_readoptions_create();

    [LibraryImport(Library)]
    public static partial void rocksdb_readoptions_destroy(nint options);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint rocksdb_open(nint options, string path, byte** error);

    [LibraryImport(Library)]
    public static partial void rocksdb_close(nint db);

    [LibraryImport(Library)]
    public static partial void rocksdb_put(
        nint db, nint options, byte* key, nuint keyLength, byte* value, nuint valueLength, byte** error);

    [LibraryImport(Library)]
    public static partial void rocksdb_write(nint db, nint options, nint batch, byte** error);

    [LibraryImport(Library)]
    public static partial nint rocksdb_writebatch_create();

    [LibraryImport(Library)]
    public static partial void rocksdb_writebatch_destroy(nint batch);

    [LibraryImport(Library)]
    public static partial void rocksdb_writebatch_clear(nint batch);

    [LibraryImport(Library)]
    public static partial void rocksdb_writebatch_put(nint batch, byte* key, nuint keyLength, byte* value, nuint valueLength);

    [LibraryImport(Library)]
    public static partial nint rocksdb_get_pinned(nint db, nint options, byte* key, nuint keyLength, byte** error);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial byte* rocksdb_pinnableslice_value(nint slice, nuint* length);

    [LibraryImport(Library)]
    public static partial void rocksdb_pinnableslice_destroy(nint slice);

    [LibraryImport(Library)]
    public static partial nint rocksdb_create_iterator(nint db, nint options);

    [LibraryImport(Library)]
    public static partial void rocksdb_iter_destroy(nint iterator);

    [LibraryImport(Library)]
    public static partial void rocksdb_iter_seek(nint iterator, byte* key, nuint keyLength);

    [LibraryImport(Library)]
    public static partial void rocksdb_iter_seek_to_first(nint iterator);

    [LibraryImport(Library)]
    public static partial void rocksdb_iter_next(nint iterator);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial byte rocksdb_iter_valid(nint iterator);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial Slice rocksdb_iter_key_slice(nint iterator);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial Slice rocksdb_iter_value_slice(nint iterator);

    [LibraryImport(Library)]
    public static partial void rocksdb_iter_get_error(nint iterator, byte** error);

    [LibraryImport(Library)]
    public static partial nint rocksdb_wait_for_compact_options_create();

    [LibraryImport(Library)]
    public static partial void rocksdb_wait_for_compact_options_destroy(nint options);

    [LibraryImport(Library)]
    public static partial void rocksdb_wait_for_compact_options_set_flush(nint options, byte value);

    [LibraryImport(Library)]
    public static partial void rocksdb_wait_for_compact(nint db, nint options, byte** error);

    [LibraryImport(Library)]
    public static partial void rocksdb_compact_range(nint db, byte* from, nuint fromLength, byte* to, nuint toLength);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial byte* rocksdb_property_value(nint db, string name);

    [LibraryImport(Library)]
    public static partial void rocksdb_free(void* memory);

    /// <summary>Throws when a call left an error behind.</summary>
    public static void Check(byte* error)
    {
        if (error is null)
        {
            return;
        }

        string message = Marshal.PtrToStringUTF8((nint)error) ?? string.Empty;
        rocksdb_free(error);
        throw new InvalidOperationException($"RocksDB: {message}");
    }
}
