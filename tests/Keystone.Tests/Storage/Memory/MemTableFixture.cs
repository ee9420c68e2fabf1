using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Memory;
using Xunit;

namespace Keystone.Tests.Storage.Memory;

/// <summary>A table with a pool of its own, and a model that says what the table must answer.</summary>
internal sealed class MemTableFixture : IDisposable
{
    private readonly SortedDictionary<byte[], List<(ulong Stamp, byte[] Value)>> _model = new(ByteOrder.Instance);
    private readonly ChunkPool _pool;

    public MemTableFixture(long capacityBytes = 64 * 1024 * 1024)
    {
        _pool = new ChunkPool(Account, capacityBytes, hugePages: false);
        Table = new MemTable(_pool);
    }

    public MemoryAccount Account { get; } = new("write buffers");

    public MemTable Table { get; }

    public ulong Sequence { get; private set; }

    public IEnumerable<byte[]> Keys => _model.Keys;

    /// <summary>All versions in the order of a cursor.</summary>
    public List<(byte[] Key, ulong Stamp, byte[] Value)> Versions() =>
        [.. _model.SelectMany(pair => pair.Value.Select(version => (pair.Key, version.Stamp, version.Value)))];

    public void Put(byte[] key, byte[] value) => Apply(key, EntryKind.Put, value);

    public void Delete(byte[] key) => Apply(key, EntryKind.Delete, []);

    public void Apply(byte[] key, EntryKind kind, byte[] value)
    {
        Assert.True(Table.TryReserve(1, key.Length + value.Length));
        ulong stamp = EntryStamp.Of(++Sequence, kind);
        Table.Add(key, stamp, value);
        if (!_model.TryGetValue(key, out List<(ulong Stamp, byte[] Value)>? versions))
        {
            _model.Add(key, versions = []);
        }

        versions.Insert(0, (stamp, value));
    }

    /// <summary>Empties the table and the model. Sequences begin anew.</summary>
    public void Free()
    {
        Table.Free();
        _model.Clear();
        Sequence = 0;
    }

    public void AssertGet(byte[] key, ulong sequenceMax)
    {
        (ulong Stamp, byte[] Value) expected = _model.TryGetValue(key, out List<(ulong Stamp, byte[] Value)>? versions)
            ? versions.FirstOrDefault(version => EntryStamp.Sequence(version.Stamp) <= sequenceMax)
            : default;
        bool isFound = Table.TryGet(key, sequenceMax, out MemTableEntry entry);
        Assert.Equal(expected.Stamp != 0, isFound);
        Assert.Equal(expected.Stamp, entry.Stamp);
        if (isFound)
        {
            Assert.True(entry.Value.SequenceEqual(expected.Value));
        }
    }

    /// <summary>Walks the whole table both ways.</summary>
    public void AssertScans()
    {
        List<(byte[] Key, ulong Stamp, byte[] Value)> versions = Versions();
        MemTableCursor cursor = Table.OpenCursor();
        CursorState state = cursor.SeekFirst();
        foreach ((byte[] Key, ulong Stamp, byte[] Value) version in versions)
        {
            AssertStandsOn(cursor, state, version);
            state = cursor.Next();
        }

        Assert.Equal(CursorState.End, state);
        state = cursor.SeekLast();
        for (int i = versions.Count - 1; i >= 0; i--)
        {
            AssertStandsOn(cursor, state, versions[i]);
            state = cursor.Previous();
        }

        Assert.Equal(CursorState.End, state);
        Assert.Equal(versions.Count, Table.EntryCount);
        Assert.Equal(versions.Count(version => EntryStamp.Kind(version.Stamp) == EntryKind.Delete), Table.DeleteCount);
        Assert.Equal(Sequence, Table.LastSequence);
    }

    public static void AssertStandsOn(EntryCursor cursor, CursorState state, (byte[] Key, ulong Stamp, byte[] Value) version)
    {
        Assert.Equal(CursorState.Entry, state);
        Assert.True(cursor.Key.SequenceEqual(version.Key));
        Assert.Equal(version.Stamp, cursor.Stamp);
        Assert.True(cursor.Value.SequenceEqual(version.Value));
    }

    public void Dispose()
    {
        Table.Free();
        Assert.Equal(0, Table.Bytes);
        Assert.Equal(0, _pool.UsedBytes);
        _pool.Dispose();
        Assert.Equal(0, Account.Bytes);
    }
}
