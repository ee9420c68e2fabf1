using System.Runtime.InteropServices;
using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines.Commit;

namespace Keystone.Benchmarks.Engines.Sqlite;

/// <summary>
/// SQLite with a write-ahead log: one connection that writes, behind a lock, and a stack of connections that read, so that a warm
/// one is used again. A put is a transaction of its own.
/// </summary>
internal sealed class SqliteEngine : IBenchEngine
{
    private readonly string _path;
    private readonly Lock _writeGate = new();
    private readonly Lock _readGate = new();
    private readonly Stack<SqliteConnection> _readers = [];
    private readonly SqliteConnection _writer;
    private readonly GroupCommitter _committer;
    private bool _isSyncing;

    public SqliteEngine(EngineSettings settings)
    {
        _path = Path.Combine(settings.Directory, "records.db");
        _writer = new SqliteConnection(_path, SqliteSettings.Writer);
        _committer = new GroupCommitter(() => new PutList(CommitDurable));
    }

    public bool DurablePutBlocks => false;

    public int FullScanRuns => 1;

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        lock (_writeGate)
        {
            UseSync(wanted: false);
            _writer.Put(key, value);
        }
    }

    public void PutBatch(RecordBatch batch)
    {
        lock (_writeGate)
        {
            UseSync(wanted: false);
            _writer.Begin();
            for (int i = 0; i < batch.Count; i++)
            {
                _writer.Put(batch.Key(i), batch.Value(i));
            }

            _writer.Commit();
        }
    }

    public ValueTask PutDurableAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _committer.PutAsync(key, value);

    public int Get(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        SqliteConnection reader = RentReader();
        int length = reader.Get(key, destination);
        ReturnReader(reader);
        return length;
    }

    public void Scan(ReadOnlySpan<byte> from, int count, ScanSink sink)
    {
        SqliteConnection reader = RentReader();
        reader.Scan(from, count, sink);
        ReturnReader(reader);
    }

    public void ScanAll(ScanSink sink)
    {
        SqliteConnection reader = RentReader();
        reader.Scan(from: default, long.MaxValue, sink);
        ReturnReader(reader);
    }

    /// <summary>Copies the log into the database and empties it.</summary>
    public void Settle() => _writer.Execute(SqliteSettings.Checkpoint);

    public void Compact()
    {
        _writer.Execute(SqliteSettings.Compact);
        Settle();
    }

    public unsafe string Describe() =>
        $"SQLite {Marshal.PtrToStringUTF8((nint)SqliteNative.sqlite3_libversion())}, {new FileInfo(_path).Length >> 20} MiB";

    public void Dispose()
    {
        _committer.Dispose();
        foreach (SqliteConnection reader in _readers)
        {
            reader.Dispose();
        }

        _writer.Dispose();
    }

    private void CommitDurable(PutList puts)
    {
        lock (_writeGate)
        {
            UseSync(wanted: true);
            _writer.Begin();
            for (int i = 0; i < puts.Count; i++)
            {
                _writer.Put(puts.Key(i), puts.Value(i));
            }

            _writer.Commit();
        }
    }

    /// <summary>Under the gate. Whether commits are synced is a setting of the connection.</summary>
    private void UseSync(bool wanted)
    {
        if (wanted != _isSyncing)
        {
            _writer.Execute(wanted ? SqliteSettings.Synced : SqliteSettings.Buffered);
            _isSyncing = wanted;
        }
    }

    private SqliteConnection RentReader()
    {
        lock (_readGate)
        {
            if (_readers.TryPop(out SqliteConnection? reader))
            {
                return reader;
            }
        }

        return new SqliteConnection(_path, SqliteSettings.Reader);
    }

    private void ReturnReader(SqliteConnection reader)
    {
        lock (_readGate)
        {
            _readers.Push(reader);
        }
    }
}
