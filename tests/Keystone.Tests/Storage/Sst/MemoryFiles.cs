using System.Collections.Concurrent;
using Keystone.Storage;
using Keystone.Storage.Files;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

/// <summary>Files that are arrays, changed at will by tests. Counts handles and reads.</summary>
internal sealed class MemoryFiles : IFileSystem
{
    private int _open;
    private int _openMax;
    private int _reads;

    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    public int Open => Volatile.Read(ref _open);

    public int OpenMax => Volatile.Read(ref _openMax);

    public int Reads => Volatile.Read(ref _reads);

    IFile IFileSystem.Open(string path, bool writable)
    {
        Assert.False(writable);
        if (!Files.TryGetValue(path, out byte[]? bytes))
        {
            throw new StoreException(StoreErrorCode.NotFound, $"{path} does not exist.");
        }

        int open = Interlocked.Increment(ref _open);
        int seen = OpenMax;
        while (open > seen && Interlocked.CompareExchange(ref _openMax, open, seen) != seen)
        {
            seen = OpenMax;
        }

        return new MemoryFile(this, path, bytes);
    }

    public IFile Create(string path) => throw new NotSupportedException();

    public bool FileExists(string path) => Files.ContainsKey(path);

    public bool DirectoryExists(string path) => true;

    public void CreateDirectory(string path)
    {
    }

    public IReadOnlyList<string> List(string directory) => [.. Files.Keys];

    public void Rename(string source, string target) => throw new NotSupportedException();

    public bool TryLink(string source, string target) => throw new NotSupportedException();

    public void Unlink(string path) => Files.TryRemove(path, out _);

    public void SyncDirectory(string path)
    {
    }

    public IDisposable Lock(string path) => throw new NotSupportedException();

    public long FreeBytes(string directory) => long.MaxValue;

    private sealed class MemoryFile(MemoryFiles files, string path, byte[] bytes) : IFile
    {
        private bool _isClosed;

        public string Path => path;

        public long Length() => bytes.Length;

        public int Read(long offset, Span<byte> destination)
        {
            Assert.False(_isClosed);
            Interlocked.Increment(ref files._reads);
            int length = (int)Math.Clamp(bytes.Length - offset, 0, destination.Length);
            bytes.AsSpan((int)Math.Min(offset, bytes.Length), length).CopyTo(destination);
            return length;
        }

        public int Write(long offset, ReadOnlySpan<byte> source) => throw new NotSupportedException();

        public void Sync() => throw new NotSupportedException();

        public void Dispose()
        {
            Assert.False(_isClosed);
            _isClosed = true;
            Interlocked.Decrement(ref files._open);
        }
    }
}
