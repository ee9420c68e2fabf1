using System.Buffers.Binary;
using Keystone.Simulation.Laws;
using Keystone.Simulation.Running;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Sst;
using Keystone.Testing;
using Keystone.Testing.Disk;

namespace Keystone.Simulation.Threads;

/// <summary>
/// Tables whose blocks do not fit the cache, read through few handles by several threads, who hold values and cursors while blocks are
/// dropped, and while readers of the same files are closed and made anew: every value is whole and the right one for as long as it is held,
/// and behind the end nothing is left.
/// </summary>
internal sealed class BlockCacheCase(int seed)
{
    private const string Directory = "/tables";
    private const int Tables = 3;
    private const int KeysOfTable = 700;
    private const int LookupsOfReader = 8_000;
    private const int HeldMax = 4;

    private readonly SimulatedFileSystem _disk = new();
    private readonly MemoryAccount _account = new("cache");
    private readonly SharedReader[] _readers = new SharedReader[Tables];

    public long Run(Tally tally)
    {
        Dice dice = new(seed, thing: 1);
        _disk.AddDirectory(Directory);
        int budget = dice.Below(5) switch { 0 => 0, 1 => 3 << 10, 2 => 16 << 10, 3 => 64 << 10, _ => 1 << 20 };
        BlockCache cache = new(budget, _account);
        HandleCache handles = new(_disk, Directory, 1 + dice.Below(3));
        for (int table = 0; table < Tables; table++)
        {
            SstMeta meta = Build(table, ref dice);
            _readers[table] = new SharedReader(() => new SstReader(meta, cache, handles));
        }

        using ThreadTeam team = new();
        for (int reader = 0; reader < 3; reader++)
        {
            Dice own = new(seed, reader + 10);
            team.AddWorker($"reader {reader}", () => Look(team, own));
        }

        Dice walker = new(seed, thing: 20);
        team.AddWatcher("walker", () => Walk(walker.Below(Tables), isBackward: walker.Below(2) == 0));
        Dice closer = new(seed, thing: 30);
        team.AddWatcher("closer", () =>
        {
            _readers[closer.Below(Tables)].Renew();
            Thread.Sleep(0);
            return 1;
        });
        long done = team.Run();
        Array.ForEach(_readers, reader => reader.Close());
        tally.Note("blocks dropped", cache.Evictions);
        cache.Dispose();
        handles.Dispose();
        LawFailure.Require(_account.Bytes == 0, $"{_account.Bytes} bytes of blocks are left behind the end");
        LawFailure.Require(_disk.OpenHandles == 0, $"{_disk.OpenHandles} files are open behind the end");
        return done;
    }

    private SstMeta Build(int table, ref Dice dice)
    {
        SstOptions options = new()
        {
            BlockBytes = 256 << dice.Below(4),
            FilterBitsPerKey = dice.Below(3) * 5,
            Compression = (Compression)dice.Below(3),
            OneLevelIndexDataBytesMax = dice.Below(2) == 0 ? 0 : 1 << 20,
            IndexPartitionBytes = SstOptions.BlockBytesMin,
        };
        using SstBuilder builder = new(options, new MemoryAccount("build"));
        using SstWriter writer = new(_disk, Directory, table + 1, (UInt128)(table + 1), builder);
        byte[] value = new byte[MarkedValue.BytesMax];
        for (int key = 0; key < KeysOfTable; key++)
        {
            writer.Add(KeyOf(key), EntryStamp.Of(1, EntryKind.Put), value.AsSpan(0, MarkedValue.Write(value, key, table)));
        }

        foreach (Storage.Jobs.JobStep step in writer.Finish())
        {
            _ = step;
        }

        writer.Keep();
        return writer.Meta!;
    }

    private long Look(ThreadTeam team, Dice dice)
    {
        // The oldest of the held values is looked at when another takes its place, long after its block may have been dropped.
        (SstReader? Reader, PinnedValue Value, int Table, int Key)[] held = new (SstReader?, PinnedValue, int, int)[HeldMax];
        int done = 0;
        for (; done < LookupsOfReader && !team.MustEnd; done++)
        {
            ref (SstReader? Reader, PinnedValue Value, int Table, int Key) place = ref held[done % HeldMax];
            LetGo(ref place);
            int table = dice.Below(Tables);
            int key = dice.Below(KeysOfTable);
            place = (_readers[table].Take(), default, table, key);
            byte[] bytes = KeyOf(key);
            bool mayBlock = dice.Below(4) > 0;
            SstLookup found = place.Reader!.TryGet(bytes, SstReader.HashOf(bytes), 1, mayBlock, ref place.Value);
            LawFailure.Require(
                found.IsFound || (!mayBlock && found.State == SstLookupState.NeedsLoad), $"key {key} of table {table} is {found.State}");
            if (!found.IsFound)
            {
                place.Reader.Release();
                place = default;
            }

            ThreadTeam.Stir(ref dice);
        }

        for (int i = 0; i < HeldMax; i++)
        {
            LetGo(ref held[i]);
        }

        return done;
    }

    private static void LetGo(ref (SstReader? Reader, PinnedValue Value, int Table, int Key) place)
    {
        if (place.Reader is { } reader)
        {
            long number = MarkedValue.NumberIn(place.Value.Span, place.Key);
            LawFailure.Require(number == place.Table, $"key {place.Key} of table {place.Table} has the value of table {number}");
            place.Value.Dispose();
            reader.Release();
            place = default;
        }
    }

    private long Walk(int table, bool isBackward)
    {
        SstReader reader = _readers[table].Take();
        SstCursor cursor = reader.OpenCursor(throughCache: true);
        int seen = 0;
        CursorState state = isBackward ? cursor.SeekLast() : cursor.SeekFirst();
        while (state != CursorState.End)
        {
            if (state == CursorState.NeedsLoad)
            {
                cursor.Load();
                state = seen == 0 ? isBackward ? cursor.SeekLast() : cursor.SeekFirst() : isBackward ? cursor.Previous() : cursor.Next();
                continue;
            }

            int key = isBackward ? KeysOfTable - 1 - seen : seen;
            LawFailure.Require(cursor.Key.SequenceEqual(KeyOf(key)), $"a walk over table {table} comes to another key than {key}");
            LawFailure.Require(MarkedValue.NumberIn(cursor.Value, key) == table, $"a walk over table {table} meets another");
            seen++;
            state = isBackward ? cursor.Previous() : cursor.Next();
        }

        LawFailure.Require(seen == KeysOfTable, $"a walk over table {table} has {seen} keys");
        cursor.Reset();
        reader.Release();
        return seen;
    }

    private static byte[] KeyOf(int number)
    {
        byte[] key = new byte[12];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(4), number);
        return key;
    }

    /// <summary>A reader that many use and one replaces, as Views do with files.</summary>
    private sealed class SharedReader(Func<SstReader> make)
    {
        private readonly Lock _lock = new();
        private SstReader _reader = make();

        public SstReader Take()
        {
            lock (_lock)
            {
                _reader.Retain();
                return _reader;
            }
        }

        public void Renew()
        {
            SstReader old;
            lock (_lock)
            {
                (old, _reader) = (_reader, make());
            }

            old.Release();
        }

        public void Close() => _reader.Release();
    }
}
