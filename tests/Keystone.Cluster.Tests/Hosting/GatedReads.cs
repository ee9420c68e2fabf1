using Keystone.Storage.Files;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>
/// The operating system's files behind a gate: while it is closed every read waits, and holds the thread that reads, as a disk does that
/// does not answer. Open at the beginning. Who closes it opens it again, or nothing that reads comes to an end.
/// </summary>
internal sealed class GatedReads : IFileSystem, IDisposable
{
    private readonly PosixFileSystem _files = PosixFileSystem.Instance;
    private readonly ManualResetEventSlim _gate = new(initialState: true);
    private int _waiting;

    /// <summary>Reads that wait at the gate at this moment.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void CloseGate() => _gate.Reset();

    public void OpenGate() => _gate.Set();

    public void Dispose() => _gate.Dispose();

    public IFile Create(string path) => new GatedFile(this, _files.Create(path));

    public IFile Open(string path, bool writable) => new GatedFile(this, _files.Open(path, writable));

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

    private sealed class GatedFile(GatedReads disk, IFile file) : IFile
    {
        public string Path => file.Path;

        public long Length() => file.Length();

        public int Read(long offset, Span<byte> destination)
        {
            if (!disk._gate.IsSet)
            {
                Interlocked.Increment(ref disk._waiting);
                disk._gate.Wait();
                Interlocked.Decrement(ref disk._waiting);
            }

            return file.Read(offset, destination);
        }

        public int Write(long offset, ReadOnlySpan<byte> source) => file.Write(offset, source);

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }
}
