using System.Buffers.Binary;
using System.CommandLine;
using System.Diagnostics;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Memory;

namespace Keystone.Benchmarks.Micro;

/// <summary>
/// What memtables cost by themselves, on one thread: records of 16 + 100 bytes, inserted, read and missed at random over all tables, so
/// that caches are cold as in life, and scanned table by table. Every answer is checked. Keys are a big-endian id and its hash, or,
/// with a prefix, that behind bytes which all keys share.
/// </summary>
internal sealed class MemTableBenchmark : IDisposable
{
    private const int ValueLength = 100;
    private const int IdLength = 16;
    private const int OperationsPerReservation = 64;
    private const int Runs = 5;
    private const ulong Mixer = 0x9E37_79B9_7F4A_7C15;

    private readonly MemoryAccount _account = new("memtable benchmark");
    private readonly ChunkPool _pool;
    private readonly MemTable[] _tables;
    private readonly ulong[] _sequences;
    private readonly int[] _reserved;
    private readonly int _recordCount;
    private readonly byte[] _key;
    private readonly byte[] _value = new byte[ValueLength];

    private MemTableBenchmark(int tableCount, int recordCount, int prefixLength)
    {
        _pool = new ChunkPool(_account, (recordCount * 256L) + (16L << 20), hugePages: true);
        _tables = [.. Enumerable.Range(0, tableCount).Select(_ => new MemTable(_pool))];
        _sequences = new ulong[tableCount];
        _reserved = new int[tableCount];
        _recordCount = recordCount;
        _key = new byte[prefixLength + IdLength];
    }

    public static Command ToCommand()
    {
        var command = new Command("memtable", "Measures the memtable by itself: nanoseconds and bytes for a record.");
        command.SetAction(_ => Run(Console.Out));
        return command;
    }

    /// <summary>Measures the usual shapes and prints a line for each.</summary>
    public static void Run(TextWriter output)
    {
        output.WriteLine("memtable                       insert     hit    miss  scan/rec  back/rec  B/rec (key and value inside)");
        foreach ((int tableCount, int recordCount, int prefixLength) in ((int, int, int)[])
            [(256, 1_000_000, 0), (256, 1_000_000, 8), (256, 1_000_000, 48), (1, 1_000_000, 0)])
        {
            using MemTableBenchmark benchmark = new(tableCount, recordCount, prefixLength);

            // The first fill touches the pages and warms the code; figures are of recycled memory.
            benchmark.Insert();
            double insert = benchmark.Timed(benchmark.Insert, benchmark.Free);
            double hit = benchmark.Timed(() => benchmark.Get(isThere: true));
            double miss = benchmark.Timed(() => benchmark.Get(isThere: false));
            double scan = benchmark.Timed(benchmark.Scan);
            double back = benchmark.Timed(benchmark.ScanBack);
            double bytes = (double)benchmark._pool.UsedBytes / recordCount - prefixLength;
            output.Write($"{tableCount,4} x {recordCount / tableCount,8}, prefix {prefixLength,2}  ");
            output.WriteLine($"{insert,9:F0}{hit,8:F0}{miss,8:F0}{scan,10:F1}{back,10:F1}{bytes,7:F1}");
        }
    }

    public void Dispose()
    {
        Free();
        _pool.Dispose();
    }

    private void Free()
    {
        foreach (MemTable table in _tables)
        {
            table.Free();
        }

        Array.Clear(_sequences);
        Array.Clear(_reserved);
    }

    /// <summary>Nanoseconds a record, the best of a few runs.</summary>
    private double Timed(Action work, Action? prepare = null)
    {
        double best = double.MaxValue;
        for (int run = 0; run < Runs; run++)
        {
            prepare?.Invoke();
            long start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / _recordCount);
        }

        return best;
    }

    private void Insert()
    {
        for (int i = 0; i < _recordCount; i++)
        {
            ulong id = IdAt(i, salt: 1);
            int table = SetKey(id);
            if (_reserved[table]-- == 0)
            {
                _reserved[table] = OperationsPerReservation - 1;
                if (!_tables[table].TryReserve(OperationsPerReservation, OperationsPerReservation * (long)(_key.Length + ValueLength)))
                {
                    throw new InvalidOperationException("The pool is too small for the benchmark.");
                }
            }

            BitConverter.TryWriteBytes(_value, id);
            _tables[table].Add(_key, EntryStamp.Of(++_sequences[table], EntryKind.Put), _value);
        }

        for (int table = 0; table < _tables.Length; table++)
        {
            _tables[table].Unreserve(_reserved[table], _reserved[table] * (long)(_key.Length + ValueLength));
            _reserved[table] = 0;
        }
    }

    private void Get(bool isThere)
    {
        for (int i = 0; i < _recordCount; i++)
        {
            ulong id = IdAt(i, salt: 3) + (isThere ? 0 : (ulong)_recordCount);
            bool isFound = _tables[SetKey(id)].TryGet(_key, EntryStamp.SequenceMax, out MemTableEntry entry);
            Check(isFound == isThere && (!isThere || BitConverter.ToUInt64(entry.Value) == id));
        }
    }

    private void Scan()
    {
        int count = 0;
        foreach (MemTable table in _tables)
        {
            MemTableCursor cursor = table.OpenCursor();
            ulong last = 0;
            for (CursorState state = cursor.SeekFirst(); state == CursorState.Entry; state = cursor.Next())
            {
                ulong id = BinaryPrimitives.ReadUInt64BigEndian(cursor.Key[^IdLength..]);
                Check(count == 0 || id > last || last == 0);
                last = id;
                count++;
            }
        }

        Check(count == _recordCount);
    }

    private void ScanBack()
    {
        int count = 0;
        foreach (MemTable table in _tables)
        {
            MemTableCursor cursor = table.OpenCursor();
            for (CursorState state = cursor.SeekLast(); state == CursorState.Entry; state = cursor.Previous())
            {
                count++;
            }
        }

        Check(count == _recordCount);
    }

    /// <summary>Every id from 0 to the count once, in an order that jumps about.</summary>
    private ulong IdAt(int index, ulong salt) => ((ulong)index * (7_368_787UL + (salt * 2))) % (ulong)_recordCount;

    private int SetKey(ulong id)
    {
        ulong hash = id * Mixer;
        hash = (hash ^ (hash >> 29)) * Mixer;
        BinaryPrimitives.WriteUInt64BigEndian(_key.AsSpan(_key.Length - IdLength), id);
        BinaryPrimitives.WriteUInt64BigEndian(_key.AsSpan(_key.Length - sizeof(ulong)), hash);
        return (int)((hash >> 32) % (ulong)_tables.Length);
    }

    private static void Check(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("A memtable gave a wrong answer.");
        }
    }
}
