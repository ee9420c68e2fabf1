using System.Runtime.InteropServices;

namespace Keystone.Benchmarks.Engines.Lmdb;

/// <summary>
/// The part of LMDB's C interface that the benchmark calls. Keys and values are lent in both directions: no array stands between
/// caller and map. No call skips the runtime's transition, since each may wait for a page of the map.
/// </summary>
internal static unsafe partial class LmdbNative
{
    public const string Library = "lmdb";

    public const uint NoSync = 0x10000;
    public const uint ReadOnly = 0x20000;
    public const uint NoReaderPerThread = 0x200000;
    public const uint CopyCompact = 0x01;

    public const int CursorFirst = 0;
    public const int CursorNext = 8;
    public const int CursorSetRange = 17;

    private const int Success = 0;
    private const int NotFound = -30798;

    /// <summary>Bytes that the caller or the map owns.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Value
    {
        public nuint Length;
        public byte* Data;

        public readonly ReadOnlySpan<byte> Span => new(Data, (int)Length);
    }

    [LibraryImport(Library)]
    public static partial byte* mdb_version(int* major, int* minor, int* patch);

    [LibraryImport(Library)]
    public static partial byte* mdb_strerror(int code);

    [LibraryImport(Library)]
    public static partial int mdb_env_create(nint* environment);

    [LibraryImport(Library)]
    public static partial int mdb_env_set_mapsize(nint environment, nuint bytes);

    [LibraryImport(Library)]
    public static partial int mdb_env_set_maxreaders(nint environment, uint readers);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mdb_env_open(nint environment, string path, uint flags, uint mode);

    [LibraryImport(Library)]
    public static partial int mdb_env_set_flags(nint environment, uint flags, int on);

    [LibraryImport(Library)]
    public static partial int mdb_env_sync(nint environment, int force);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mdb_env_copy2(nint environment, string path, uint flags);

    [LibraryImport(Library)]
    public static partial void mdb_env_close(nint environment);

    [LibraryImport(Library)]
    public static partial int mdb_txn_begin(nint environment, nint parent, uint flags, nint* transaction);

    [LibraryImport(Library)]
    public static partial int mdb_txn_commit(nint transaction);

    [LibraryImport(Library)]
    public static partial void mdb_txn_abort(nint transaction);

    [LibraryImport(Library)]
    public static partial void mdb_txn_reset(nint transaction);

    [LibraryImport(Library)]
    public static partial int mdb_txn_renew(nint transaction);

    [LibraryImport(Library)]
    public static partial int mdb_dbi_open(nint transaction, byte* name, uint flags, uint* database);

    [LibraryImport(Library)]
    public static partial int mdb_get(nint transaction, uint database, Value* key, Value* value);

    [LibraryImport(Library)]
    public static partial int mdb_put(nint transaction, uint database, Value* key, Value* value, uint flags);

    [LibraryImport(Library)]
    public static partial int mdb_cursor_open(nint transaction, uint database, nint* cursor);

    [LibraryImport(Library)]
    public static partial int mdb_cursor_renew(nint transaction, nint cursor);

    [LibraryImport(Library)]
    public static partial int mdb_cursor_get(nint cursor, Value* key, Value* value, int operation);

    [LibraryImport(Library)]
    public static partial void mdb_cursor_close(nint cursor);

    /// <summary>Throws when a call failed.</summary>
    public static void Check(int code)
    {
        if (code != Success)
        {
            throw new InvalidOperationException($"LMDB: {Marshal.PtrToStringUTF8((nint)mdb_strerror(code))} ({code})");
        }
    }

    /// <summary>Whether a search found its key; throws when it failed.</summary>
    public static bool IsFound(int code)
    {
        if (code == NotFound)
        {
            return false;
        }

        Check(code);
        return true;
    }
}
