using Keystone.Storage.Files;
using Keystone.Storage.Sst;

namespace Keystone.Benchmarks.Micro;

/// <summary>One file of entries that lies in memory, so that a benchmark measures no disk.</summary>
internal sealed class FileInMemory : IFileSystem, IFile
{
    private byte[] _bytes = [];

    public long Length { get; private set; }

    public string Path => "/bench/000001.sst";

    public void Clear() => Length = 0;

    /// <summary>Writes what the builder has finished.</summary>
    public void Take(SstBuilder builder)
    {
        ReadOnlySpan<byte> bytes = builder.Finished;
        long end = builder.FinishedOffset + bytes.Length;
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, checked((int)(end * 2)));
        }

        bytes.CopyTo(_bytes.AsSpan((int)builder.FinishedOffset));
        Length = end;
        builder.Taken(bytes.Length);
    }

    public IFile Open(string path, bool writable) => this;

    long IFile.Length() => Length;

    public int Read(long offset, Span<byte> destination)
    {
        int bytes = (int)Math.Clamp(Length - offset, 0, destination.Length);
        _bytes.AsSpan((int)offset, bytes).CopyTo(destination);
        return bytes;
    }

    public void Dispose()
    {
    }

    public int Write(long offset, ReadOnlySpan<byte> source) => throw new NotSupportedException();

    public void Sync() => throw new NotSupportedException();

    public IFile Create(string path) => throw new NotSupportedException();

    public bool FileExists(string path) => throw new NotSupportedException();

    public bool DirectoryExists(string path) => throw new NotSupportedException();

    public void CreateDirectory(string path) => throw new NotSupportedException();

    public IReadOnlyList<string> List(string directory) => throw new NotSupportedException();

    public void Rename(string source, string target) => throw new NotSupportedException();

    public bool TryLink(string source, string target) => throw new NotSupportedException();

    public void Unlink(string path) => throw new NotSupportedException();

    public void SyncDirectory(string path) => throw new NotSupportedException();

    public IDisposable Lock(string path) => throw new NotSupportedException();

    public long FreeBytes(string directory) => throw new NotSupportedException();
}
