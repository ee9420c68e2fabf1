using System.Buffers.Binary;
using Keystone.Simulation.Laws;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Memory;
using Keystone.Testing;

namespace Keystone.Simulation.Threads;

/// <summary>
/// A memtable that writers fill in turn while readers look up and scan without a lock. All operations are known beforehand, so every answer
/// at every sequence has exactly one right form: the newest version at or below it, whole; and a scan holds all that was published before
/// it began, in order. The memory of the pool is filled with rubbish before it is used.
/// </summary>
internal sealed unsafe class MemTableCase
{
    private const int TablesPerCase = 4;
    private const int OperationsMax = 12_000;
    private const int PrefixBytesMax = 60;
    private const int ChunkPoolBytes = 16 << 20;
    private const byte Rubbish = 0xDB;
    private const int RemovalEvery = 9;

    private readonly int _seed;
    private readonly ChunkPool _pool = new(new MemoryAccount("write buffers"), ChunkPoolBytes, hugePages: false);
    private readonly Lock _writer = new();
    private MemTable _table = null!;
    private int[] _keyOf = [];
    private int[] _nextOf = [];
    private int[] _previousOf = [];
    private int _prefixBytes;
    private bool _isScattered;
    private int _published;

    public MemTableCase(int seed) => _seed = seed;

    public long Run()
    {
        long done = 0;
        for (int round = 0; round < TablesPerCase; round++)
        {
            FillWithRubbish();
            Draw(new Dice(_seed, round));
            _table = new MemTable(_pool);
            using ThreadTeam team = new();
            for (int writer = 0; writer < 2; writer++)
            {
                team.AddWorker($"writer {writer}", () => Write(team));
            }

            for (int reader = 0; reader < 3; reader++)
            {
                Dice dice = new(_seed, (round * 16) + reader + 100);
                MemTableCursor cursor = _table.OpenCursor();
                team.AddWatcher($"reader {reader}", () => Look(ref dice, cursor));
            }

            done += team.Run();
            _table.Free();
            LawFailure.Require(_pool.UsedBytes == 0, $"{_pool.UsedBytes} bytes of the pool are in use by a table that was freed");
        }

        _pool.Dispose();
        return done;
    }

    /// <summary>Which key each operation writes, and which operation on the same key comes next and came before.</summary>
    private void Draw(Dice dice)
    {
        int operations = 1 + dice.Below(OperationsMax);
        int keys = 1 + dice.Below(dice.Below(3) == 0 ? 4 : operations);
        bool isAscending = dice.Below(4) == 0;
        _prefixBytes = dice.Below(3) == 0 ? 0 : dice.Below(PrefixBytesMax);
        _isScattered = dice.Below(2) == 0;
        _published = 0;
        _keyOf = new int[operations + 1];
        _nextOf = new int[operations + 1];
        _previousOf = new int[operations + 1];
        int[] last = new int[keys];
        for (int n = 1; n <= operations; n++)
        {
            int key = isAscending ? (n - 1) % keys : dice.Below(keys);
            _keyOf[n] = key;
            _previousOf[n] = last[key];
            _nextOf[last[key]] = last[key] == 0 ? 0 : n;
            last[key] = n;
        }
    }

    private static bool IsRemoval(int operation) => operation % RemovalEvery == 0;

    private long Write(ThreadTeam team)
    {
        long done = 0;
        byte[] key = new byte[_prefixBytes + sizeof(ulong)];
        byte[] value = new byte[MarkedValue.BytesMax];
        while (!team.MustEnd)
        {
            lock (_writer)
            {
                int n = _published + 1;
                if (n == _keyOf.Length)
                {
                    return done;
                }

                KeyOf(_keyOf[n], key);
                int length = IsRemoval(n) ? 0 : MarkedValue.Write(value, _keyOf[n], n);
                LawFailure.Require(_table.TryReserve(1, key.Length + length), "the pool has no room");
                EntryKind kind = IsRemoval(n) ? EntryKind.Delete : EntryKind.Put;
                _table.Add(key, EntryStamp.Of((ulong)n, kind), value.AsSpan(0, length));
                Volatile.Write(ref _published, n);
                done++;
            }
        }

        return done;
    }

    private long Look(ref Dice dice, MemTableCursor cursor)
    {
        byte[] key = new byte[_prefixBytes + sizeof(ulong)];
        int looks = 0;
        for (; looks < 200 && Volatile.Read(ref _published) is > 0 and int published; looks++)
        {
            int n = dice.Below(4) == 0 ? published : 1 + dice.Below(published);
            KeyOf(_keyOf[n], key);
            RequireVersion(key, n, sequenceMax: n, published);
            RequireVersion(key, n, sequenceMax: published, published);
            RequireVersion(key, n, sequenceMax: int.MaxValue, published);
            bool isThere = _table.TryGet(key, (ulong)n - 1, out MemTableEntry entry);
            ulong before = isThere ? EntryStamp.Sequence(entry.Stamp) : 0;
            LawFailure.Require(before == (ulong)_previousOf[n], $"below {n} its key has version {before}, not {_previousOf[n]}");
            KeyOf(_keyOf[n] + _keyOf.Length, key);
            LawFailure.Require(!_table.TryGet(key, EntryStamp.SequenceMax, out _), "a key is there that nobody wrote");
        }

        return looks + Scan(cursor, isBackward: dice.Below(2) == 0);
    }

    /// <summary>The newest version at or below a sequence at which operation n is visible.</summary>
    private void RequireVersion(byte[] key, int n, int sequenceMax, int published)
    {
        bool isThere = _table.TryGet(key, (ulong)sequenceMax, out MemTableEntry entry);
        LawFailure.Require(isThere, $"operation {n} is lost at {sequenceMax} when {published} are published");
        int found = RequireWhole(entry.Stamp, entry.Value, _keyOf[n]);
        int next = _nextOf[found];
        LawFailure.Require(
            found >= n && found <= sequenceMax && (next == 0 || next > Math.Min(sequenceMax, published)),
            $"at {sequenceMax} a key that operation {n} wrote has version {found}, which operation {next} follows, {published} published");
    }

    private int RequireWhole(ulong stamp, ReadOnlySpan<byte> value, int key)
    {
        ulong sequence = EntryStamp.Sequence(stamp);
        LawFailure.Require(
            sequence > 0 && sequence < (ulong)_keyOf.Length && _keyOf[sequence] == key, $"key {key} has a version {sequence} of another");
        int n = (int)sequence;
        LawFailure.Require((EntryStamp.Kind(stamp) == EntryKind.Delete) == IsRemoval(n), $"version {n} is of another kind");
        LawFailure.Require(IsRemoval(n) || MarkedValue.NumberIn(value, key) == n, $"version {n} has the value of another");
        return n;
    }

    private long Scan(MemTableCursor cursor, bool isBackward)
    {
        int published = Volatile.Read(ref _published);
        int seen = 0;
        int last = 0;
        byte[] lastKey = [];
        CursorState state = isBackward ? cursor.SeekLast() : cursor.SeekFirst();
        for (; state == CursorState.Entry; state = isBackward ? cursor.Previous() : cursor.Next())
        {
            int order = lastKey.AsSpan().SequenceCompareTo(cursor.Key) * (isBackward ? -1 : 1);
            int n = RequireWhole(cursor.Stamp, cursor.Value, NumberOf(cursor.Key));
            bool isInOrder = last == 0 || order < 0 || (order == 0 && (isBackward ? n > last : n < last));
            LawFailure.Require(isInOrder, $"a scan {(isBackward ? "backward" : "forward")} comes from version {last} to {n}");
            lastKey = order == 0 ? lastKey : cursor.Key.ToArray();
            last = n;
            seen += n <= published ? 1 : 0;
        }

        LawFailure.Require(seen == published, $"a scan holds {seen} of the {published} versions that were published before it");
        return seen;
    }

    private void KeyOf(int number, byte[] key)
    {
        key.AsSpan(0, _prefixBytes).Fill((byte)'p');
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(_prefixBytes), _isScattered ? Scatter((uint)number) : (uint)number);
    }

    private int NumberOf(ReadOnlySpan<byte> key)
    {
        LawFailure.Require(key.Length == _prefixBytes + sizeof(ulong), $"a key has {key.Length} bytes");
        ulong number = BinaryPrimitives.ReadUInt64BigEndian(key[_prefixBytes..]);
        return (int)(_isScattered ? Scatter(number) : number);
    }

    /// <summary>Turns the lowest bytes into the highest, so that neighbours stand far from each other. Its own inverse.</summary>
    private static ulong Scatter(ulong number) => BinaryPrimitives.ReverseEndianness(number);

    private void FillWithRubbish()
    {
        Chunk* taken = null;
        while (_pool.TryTake(ChunkPool.ChunkBytesMax) is var chunk && chunk != null)
        {
            new Span<byte>((byte*)chunk + Chunk.HeadBytes, (int)chunk->Bytes - Chunk.HeadBytes).Fill(Rubbish);
            chunk->Next = taken;
            taken = chunk;
        }

        while (taken != null)
        {
            Chunk* next = taken->Next;
            _pool.Give(taken);
            taken = next;
        }
    }
}
