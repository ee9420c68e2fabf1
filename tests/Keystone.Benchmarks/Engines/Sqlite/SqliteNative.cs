using System.Runtime.InteropServices;

namespace Keystone.Benchmarks.Engines.Sqlite;

/// <summary>
/// The part of SQLite's C interface that the benchmark calls, bound straight to the library that Microsoft.Data.Sqlite brings:
/// its commands and readers would allocate for every operation. Calls that only look at memory skip the runtime's transition.
/// </summary>
internal static unsafe partial class SqliteNative
{
    public const int Row = 100;
    public const int Done = 101;

    public const int OpenReadWrite = 0x2;
    public const int OpenCreate = 0x4;

    /// <summary>No lock in the library: a connection is used by one thread at a time, which its owner sees to.</summary>
    public const int OpenNoMutex = 0x8000;

    public const uint PreparePersistent = 1;

    private const string Library = "e_sqlite3";
    private const int Ok = 0;

    [LibraryImport(Library)]
    public static partial byte* sqlite3_libversion();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_open_v2(string path, nint* database, int flags, byte* fileSystem);

    [LibraryImport(Library)]
    public static partial int sqlite3_close(nint database);

    [LibraryImport(Library)]
    public static partial byte* sqlite3_errmsg(nint database);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_exec(nint database, string sql, nint callback, nint state, byte** error);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sqlite3_prepare_v3(nint database, string sql, int bytes, uint flags, nint* statement, byte** rest);

    [LibraryImport(Library)]
    public static partial int sqlite3_finalize(nint statement);

    /// <summary>Lends the bytes until the statement is reset, when <paramref name="destructor"/> is zero.</summary>
    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int sqlite3_bind_blob(nint statement, int index, byte* bytes, int length, nint destructor);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int sqlite3_bind_int64(nint statement, int index, long value);

    [LibraryImport(Library)]
    public static partial int sqlite3_step(nint statement);

    [LibraryImport(Library)]
    public static partial int sqlite3_reset(nint statement);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial byte* sqlite3_column_blob(nint statement, int column);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int sqlite3_column_bytes(nint statement, int column);

    /// <summary>The blob of a column of the current row. Holds until the statement is stepped or reset.</summary>
    public static ReadOnlySpan<byte> Blob(nint statement, int column)
    {
        byte* bytes = sqlite3_column_blob(statement, column);
        return new ReadOnlySpan<byte>(bytes, sqlite3_column_bytes(statement, column));
    }

    /// <summary>Throws when a call failed.</summary>
    public static void Check(nint database, int code)
    {
        if (code != Ok)
        {
            throw Failure(database, code);
        }
    }

    public static InvalidOperationException Failure(nint database, int code) =>
        new($"SQLite: {Marshal.PtrToStringUTF8((nint)sqlite3_errmsg(database))} ({code})");
}
