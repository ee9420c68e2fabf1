using static Keystone.Benchmarks.Engines.Lmdb.LmdbNative;

namespace Keystone.Benchmarks.Engines.Lmdb;

/// <summary>
/// An open environment: its writer and the readers that it gave out. LMDB has one writer at a time; the gate here stands before LMDB's
/// own, because whether commits are synced is a flag of the whole environment.
/// </summary>
internal sealed unsafe class LmdbStore : IDisposable
{
    /// <summary>Address space, not memory and not disk: the file grows with its data.</summary>
    private static readonly nuint MapBytes = unchecked((nuint)(32UL << 30));

    private const uint ReadersMax = 2048;
    private const uint FileMode = 0x1B0;

    private readonly Lock _writeGate = new();
    private readonly List<LmdbReader> _readers = [];
    private readonly nint _environment;
    private readonly uint _database;
    private bool _isSyncing = true;

    public LmdbStore(string directory)
    {
        nint environment;
        Check(mdb_env_create(&environment));
        _environment = environment;
        Check(mdb_env_set_mapsize(environment, MapBytes));
        Check(mdb_env_set_maxreaders(environment, ReadersMax));
        Check(mdb_env_open(environment, directory, NoReaderPerThread, FileMode));
        nint transaction = Begin();
        uint database;
        Check(mdb_dbi_open(transaction, name: null, flags: 0, &database));
        _database = database;
        Check(mdb_txn_commit(transaction));
    }

    public delegate void Puts<in T>(LmdbStore store, nint transaction, T records)
        where T : allows ref struct;

    /// <summary>Runs one write transaction.</summary>
    public void Write<T>(LmdbDurability durability, T records, Puts<T> puts)
        where T : allows ref struct
    {
        lock (_writeGate)
        {
            UseDurability(durability);
            nint transaction = Begin();
            puts(this, transaction, records);
            Check(mdb_txn_commit(transaction));
        }
    }

    public void Put(nint transaction, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            var nativeKey = new Value { Length = (nuint)key.Length, Data = keyBytes };
            var nativeValue = new Value { Length = (nuint)value.Length, Data = valueBytes };
            Check(mdb_put(transaction, _database, &nativeKey, &nativeValue, flags: 0));
        }
    }

    /// <summary>A reader for the calling thread, closed with the store.</summary>
    public LmdbReader NewReader()
    {
        var reader = new LmdbReader(this, _environment, _database);
        lock (_readers)
        {
            _readers.Add(reader);
        }

        return reader;
    }

    public void Sync() => Check(mdb_env_sync(_environment, force: 1));

    /// <summary>Writes a copy without free pages, in the order of its keys.</summary>
    public void CopyCompacted(string directory) => Check(mdb_env_copy2(_environment, directory, CopyCompact));

    public void Dispose()
    {
        foreach (LmdbReader reader in _readers)
        {
            reader.Close();
        }

        mdb_env_close(_environment);
    }

    private nint Begin()
    {
        nint transaction;
        Check(mdb_txn_begin(_environment, parent: 0, flags: 0, &transaction));
        return transaction;
    }

    private void UseDurability(LmdbDurability durability)
    {
        bool wanted = durability == LmdbDurability.Synced;
        if (wanted != _isSyncing)
        {
            Check(mdb_env_set_flags(_environment, NoSync, wanted ? 0 : 1));
            _isSyncing = wanted;
        }
    }
}
