using Keystone.Storage.Files;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>The operating system's files, of which every read takes as long as it is told once it is told.</summary>
internal sealed class SlowReads : IFileSystem
{
    private readonly PosixFileSystem _files = PosixFileSystem.Instance;
    private int _ended;

    /// <summary>How long a read takes more than it does by itself.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many slow reads have ended.</summary>
    public int Ended => Volatile.Read(ref _ended);

    public IFile Create(string path) => new SlowFile(this, _files.Create(path));

    public IFile Open(string path, bool writable) => new SlowFile(this, _files.Open(path, writable));

    public bool FileExists(string path) => _files.FileExists(path);

    public bool DirectoryExists(string path) => _files.DirectoryExists(path);

    public void CreateDirectory(string path) => _files.CreateDirectory(path);

    public IReadOnlyList<string> List(string directory) => _files.List(directory);

    public void Rename(string source, string target) => _files.Rename(source, target);

    public bool TryLink(string source, string target) => _files.TryLink(source, target);

    public void Unlink(string path) => _files.Unlink(path);

    public void SyncDirectory(string path) => _files.SyncDirectory(path);

    public IDisposable Lock(string path) => _files.Lock(path);

    public long FreeBytes(string directory) => _files.FreeBytes(directory);

    private sealed class SlowFile(SlowReads disk, IFile file) : IFile
    {
        public string Path => file.Path;

        public long Length() => file.Length();

        public int Read(long offset, Span<byte> destination)
        {
            if (disk.Delay > TimeSpan.Zero)
            {
                // The sleep is the fault under test: a disk that holds the thread that reads.
                Thread.Sleep(disk.Delay);
                Interlocked.Increment(ref disk._ended);
            }

            return file.Read(offset, destination);
        }

        public int Write(long offset, ReadOnlySpan<byte> source) => file.Write(offset, source);

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }
}
