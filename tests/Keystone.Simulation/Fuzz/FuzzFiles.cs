using Keystone.Storage;
using Keystone.Storage.Files;

namespace Keystone.Simulation.Fuzz;

/// <summary>One file that is an array, under whatever name it is opened. Knows how many handles are open.</summary>
internal sealed class FuzzFiles(byte[] bytes) : IFileSystem
{
    public int OpenCount { get; private set; }

    public IFile Open(string path, bool writable) => new ArrayFile(this, path);

    public IFile Create(string path) => throw new NotSupportedException();

    public bool FileExists(string path) => true;

    public bool DirectoryExists(string path) => true;

    public void CreateDirectory(string path) => throw new NotSupportedException();

    public IReadOnlyList<string> List(string directory) => throw new NotSupportedException();

    public void Rename(string source, string target) => throw new NotSupportedException();

    public bool TryLink(string source, string target) => throw new NotSupportedException();

    public void Unlink(string path) => throw new NotSupportedException();

    public void SyncDirectory(string path) => throw new NotSupportedException();

    public IDisposable Lock(string path) => throw new NotSupportedException();

    public long FreeBytes(string directory) => long.MaxValue;

    private sealed class ArrayFile : IFile
    {
        private readonly FuzzFiles _files;

        public ArrayFile(FuzzFiles files, string path)
        {
            _files = files;
            Path = path;
            files.OpenCount++;
        }

        public string Path { get; }

        public long Length() => _files.Bytes.Length;

        public int Read(long offset, Span<byte> destination)
        {
            if (offset < 0)
            {
                throw new StoreException(StoreErrorCode.Io, $"read of {Path} failed: the offset is {offset}.");
            }

            ReadOnlySpan<byte> rest = _files.Bytes.AsSpan((int)Math.Min(offset, _files.Bytes.Length));
            int length = Math.Min(rest.Length, destination.Length);
            rest[..length].CopyTo(destination);
            return length;
        }

        public int Write(long offset, ReadOnlySpan<byte> source) => throw new NotSupportedException();

        public void Sync() => throw new NotSupportedException();

        public void Dispose() => _files.OpenCount--;
    }

    private byte[] Bytes { get; } = bytes;
}
