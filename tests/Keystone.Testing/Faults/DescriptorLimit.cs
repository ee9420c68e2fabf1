using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;

namespace Keystone.Testing.Faults;

/// <summary>A simulated disk for a process that may have so many files open and no more, as <c>ulimit -n</c> makes it.</summary>
public sealed class DescriptorLimit(SimulatedFileSystem inner) : IFileSystem
{
    private int _max = int.MaxValue;

    /// <summary>How many handles may be open. What is open stays so when it falls below.</summary>
    public int Max
    {
        get => Volatile.Read(ref _max);
        set => Volatile.Write(ref _max, value);
    }

    /// <inheritdoc/>
    public IFile Create(string path)
    {
        Enter(path);
        return inner.Create(path);
    }

    /// <inheritdoc/>
    public IFile Open(string path, bool writable)
    {
        Enter(path);
        return inner.Open(path, writable);
    }

    /// <inheritdoc/>
    public bool FileExists(string path) => inner.FileExists(path);

    /// <inheritdoc/>
    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    /// <inheritdoc/>
    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        Enter(directory);
        return inner.List(directory);
    }

    /// <inheritdoc/>
    public void Rename(string source, string target) => inner.Rename(source, target);

    /// <inheritdoc/>
    public bool TryLink(string source, string target) => inner.TryLink(source, target);

    /// <inheritdoc/>
    public void Unlink(string path) => inner.Unlink(path);

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        Enter(path);
        inner.SyncDirectory(path);
    }

    /// <inheritdoc/>
    public IDisposable Lock(string path)
    {
        Enter(path);
        return inner.Lock(path);
    }

    /// <inheritdoc/>
    public long FreeBytes(string directory) => inner.FreeBytes(directory);

    private void Enter(string path)
    {
        if (inner.OpenHandles >= Max)
        {
            throw new StoreException(StoreErrorCode.TooManyOpenFiles, $"open of {path} failed: {Max} handles are open.");
        }
    }
}
