using static Keystone.Benchmarks.Engines.Lmdb.LmdbNative;

namespace Keystone.Benchmarks.Engines.Lmdb;

/// <summary>
/// The read transaction and the cursor of one thread, renewed for every operation, so that each sees what was last committed and
/// none keeps old pages alive. Renewing costs no allocation and no lock.
/// </summary>
internal sealed unsafe class LmdbReader
{
    private readonly nint _transaction;
    private readonly nint _cursor;
    private readonly uint _database;

    public LmdbReader(LmdbStore store, nint environment, uint database)
    {
        Store = store;
        _database = database;
        nint transaction;
        Check(mdb_txn_begin(environment, parent: 0, ReadOnly, &transaction));
        nint cursor;
        Check(mdb_cursor_open(transaction, database, &cursor));
        mdb_txn_reset(transaction);
        (_transaction, _cursor) = (transaction, cursor);
    }

    /// <summary>The store that closes this reader.</summary>
    public LmdbStore Store { get; }

    public int Get(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        Check(mdb_txn_renew(_transaction));
        Value found;
        bool exists;
        fixed (byte* keyBytes = key)
        {
            var wanted = new Value { Length = (nuint)key.Length, Data = keyBytes };
            exists = IsFound(mdb_get(_transaction, _database, &wanted, &found));
        }

        if (exists)
        {
            found.Span.CopyTo(destination);
        }

        mdb_txn_reset(_transaction);
        return exists ? (int)found.Length : -1;
    }

    public void Scan(ReadOnlySpan<byte> from, long count, ScanSink sink)
    {
        Check(mdb_txn_renew(_transaction));
        Check(mdb_cursor_renew(_transaction, _cursor));
        Value value;
        fixed (byte* keyBytes = from)
        {
            var key = new Value { Length = (nuint)from.Length, Data = keyBytes };
            bool exists = IsFound(mdb_cursor_get(_cursor, &key, &value, from.IsEmpty ? CursorFirst : CursorSetRange));
            while (exists)
            {
                sink.Add(key.Span, value.Span);
                exists = --count > 0 && IsFound(mdb_cursor_get(_cursor, &key, &value, CursorNext));
            }
        }

        mdb_txn_reset(_transaction);
    }

    public void Close()
    {
        mdb_cursor_close(_cursor);
        mdb_txn_abort(_transaction);
    }
}
