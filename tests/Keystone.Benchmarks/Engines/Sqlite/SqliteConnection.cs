using static Keystone.Benchmarks.Engines.Sqlite.SqliteNative;

namespace Keystone.Benchmarks.Engines.Sqlite;

/// <summary>One connection and its prepared statements. One thread uses it at a time.</summary>
internal sealed unsafe class SqliteConnection : IDisposable
{
    private const int KeyColumn = 0;
    private const int ValueColumn = 1;

    private readonly nint _database;
    private readonly nint _put;
    private readonly nint _get;
    private readonly nint _scan;
    private readonly nint _begin;
    private readonly nint _commit;

    /// <param name="path">The file of the database; created when it is not there.</param>
    /// <param name="settings">Statements that set the connection up.</param>
    public SqliteConnection(string path, string settings)
    {
        nint database;
        int code = sqlite3_open_v2(path, &database, OpenReadWrite | OpenCreate | OpenNoMutex, fileSystem: null);
        _database = database;
        Check(_database, code);
        Execute(settings);
        Execute(SqliteSettings.Schema);
        _put = Prepare("INSERT OR REPLACE INTO record(key, value) VALUES(?1, ?2)");
        _get = Prepare("SELECT value FROM record WHERE key = ?1");
        _scan = Prepare("SELECT key, value FROM record WHERE key >= ?1 ORDER BY key LIMIT ?2");
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
    }

    public void Execute(string sql) => Check(_database, sqlite3_exec(_database, sql, callback: 0, state: 0, error: null));

    public void Begin() => Step(_begin);

    public void Commit() => Step(_commit);

    /// <summary>Outside of a transaction it is one by itself.</summary>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            Check(_database, sqlite3_bind_blob(_put, 1, keyBytes, key.Length, destructor: 0));
            Check(_database, sqlite3_bind_blob(_put, 2, valueBytes, value.Length, destructor: 0));
            Step(_put);
        }
    }

    public int Get(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        int length = -1;
        fixed (byte* keyBytes = key)
        {
            Check(_database, sqlite3_bind_blob(_get, 1, keyBytes, key.Length, destructor: 0));
            if (HasRow(_get))
            {
                ReadOnlySpan<byte> value = Blob(_get, column: 0);
                value.CopyTo(destination);
                length = value.Length;
            }

            Check(_database, sqlite3_reset(_get));
        }

        return length;
    }

    public void Scan(ReadOnlySpan<byte> from, long count, ScanSink sink)
    {
        // A null pointer would bind NULL, which no key is at or above.
        byte nothing;
        fixed (byte* bytes = from)
        {
            byte* start = from.IsEmpty ? &nothing : bytes;
            Check(_database, sqlite3_bind_blob(_scan, 1, start, from.Length, destructor: 0));
            Check(_database, sqlite3_bind_int64(_scan, 2, count));
            while (HasRow(_scan))
            {
                sink.Add(Blob(_scan, KeyColumn), Blob(_scan, ValueColumn));
            }

            Check(_database, sqlite3_reset(_scan));
        }
    }

    public void Dispose()
    {
        foreach (nint statement in (ReadOnlySpan<nint>)[_put, _get, _scan, _begin, _commit])
        {
            Check(_database, sqlite3_finalize(statement));
        }

        Check(_database, sqlite3_close(_database));
    }

    private nint Prepare(string sql)
    {
        nint statement;
        Check(_database, sqlite3_prepare_v3(_database, sql, bytes: -1, PreparePersistent, &statement, rest: null));
        return statement;
    }

    private bool HasRow(nint statement)
    {
        int code = sqlite3_step(statement);
        return code == Row || (code == Done ? false : throw Failure(_database, code));
    }

    private void Step(nint statement)
    {
        int code = sqlite3_step(statement);
        if (code != Done)
        {
            throw Failure(_database, code);
        }

        Check(_database, sqlite3_reset(statement));
    }
}
