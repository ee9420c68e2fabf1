using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;

namespace Keystone.Benchmarks.Micro;

/// <summary>
/// What a compaction asks of the disk, at full speed and without the processor's part of it: a thread of low priority reads files of a
/// table's size and writes as many new ones with the engine's calls, syncs each, then the directory, and unlinks the old. Tables may
/// also be synced in steps, so that less stands before a write of the log when a sync begins.
/// </summary>
internal sealed class CompactionLoad : IDisposable
{
    public const int TableBytes = 4 << 20;

    private const int CallBytes = 256 << 10; // The engine's runs and its writes of tables.
    private const int TablesPerJob = 4;
    private const int TableCount = 16;

    private readonly string _directory;
    private readonly NativeBuffer _bytes;
    private readonly Queue<string> _tables = [];
    private readonly ManualResetEventSlim _isUnderWay = new();
    private Thread? _thread;
    private StoreException? _failure;
    private long _lastTable;
    private int _syncBytes = TableBytes;
    private bool _stopping;

    // Written by the thread, read by anyone.
    private long _bytesWritten;

    public CompactionLoad(string directory, MemoryAccount account)
    {
        _directory = directory;
        PosixFileSystem.Instance.CreateDirectory(directory);
        _bytes = new NativeBuffer(account, CallBytes);
        new Random(2).NextBytes(_bytes.Append(CallBytes));
        for (int i = 0; i < TableCount; i++)
        {
            WriteTable(source: null);
        }
    }

    public long BytesWritten => Volatile.Read(ref _bytesWritten);

    /// <summary>Syncs a table whenever this much of it was written. Returns when the first job is done.</summary>
    public void Start(int syncBytes)
    {
        _syncBytes = syncBytes;
        _stopping = false;
        _isUnderWay.Reset();
        _thread = new Thread(Run) { Name = "compaction load" };
        _thread.Start();
        _isUnderWay.Wait();
    }

    /// <summary>Returns when the job that runs is done, and throws what it met.</summary>
    public void Stop()
    {
        Volatile.Write(ref _stopping, true);
        _thread?.Join();
        _thread = null;
        if (_failure is { } failure)
        {
            throw failure;
        }
    }

    public void Dispose()
    {
        Volatile.Write(ref _stopping, true);
        _thread?.Join();
        _bytes.Dispose();
        _isUnderWay.Dispose();
    }

    private void Run()
    {
        ThreadNiceness.Lower();
        try
        {
            while (!Volatile.Read(ref _stopping))
            {
                Compact();
                _isUnderWay.Set();
            }
        }
        catch (StoreException failure)
        {
            _failure = failure;
            _isUnderWay.Set();
        }
    }

    private void Compact()
    {
        string[] sources = [.. Enumerable.Range(0, TablesPerJob).Select(_ => _tables.Dequeue())];
        foreach (string source in sources)
        {
            WriteTable(source);
        }

        PosixFileSystem.Instance.SyncDirectory(_directory);
        foreach (string source in sources)
        {
            PosixFileSystem.Instance.Unlink(source);
        }
    }

    /// <summary>Writes a table: a copy of the source, or random bytes.</summary>
    private void WriteTable(string? source)
    {
        string path = Path.Combine(_directory, FileNames.Sst(++_lastTable));
        using IFile? input = source is null ? null : PosixFileSystem.Instance.Open(source, writable: false);
        using IFile output = PosixFileSystem.Instance.Create(path);
        for (long offset = 0; offset < TableBytes; offset += CallBytes)
        {
            input?.ReadExactly(offset, _bytes.Written);
            output.WriteAll(offset, _bytes.Written);
            Volatile.Write(ref _bytesWritten, _bytesWritten + CallBytes);
            if ((offset + CallBytes) % _syncBytes == 0)
            {
                output.Sync();
            }
        }

        _tables.Enqueue(path);
    }
}
