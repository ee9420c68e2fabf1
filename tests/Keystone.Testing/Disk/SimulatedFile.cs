using Keystone.Storage.Files;

namespace Keystone.Testing.Disk;

/// <summary>
/// A handle on a file of a <see cref="SimulatedFileSystem"/>. It stays good when the file's name is removed, and dies with the
/// process.
/// </summary>
internal sealed class SimulatedFile : IFile
{
    private readonly SimulatedFileSystem _system;
    private readonly bool _isWritable;
    private bool _isClosed;

    public SimulatedFile(SimulatedFileSystem system, Inode inode, string path, bool isWritable)
    {
        _system = system;
        _isWritable = isWritable;
        Inode = inode;
        Path = path;
        inode.Handles++;
    }

    public string Path { get; }

    public Inode Inode { get; }

    public long Length()
    {
        ThrowIfClosed();
        return _system.Length(this);
    }

    public int Read(long offset, Span<byte> destination)
    {
        ThrowIfClosed();
        return _system.Read(this, offset, destination);
    }

    public int Write(long offset, ReadOnlySpan<byte> source)
    {
        ThrowIfClosed();
        return _system.Write(this, _isWritable, offset, source);
    }

    public void Sync()
    {
        ThrowIfClosed();
        _system.Sync(this);
    }

    /// <summary>What a sync that fails does to the disk: what was unsynced stays readable, counts as clean, and is not durable.</summary>
    public void LoseUnsynced() => _system.LoseUnsynced(this);

    public void Dispose()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _system.Close(Inode);
        }
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_isClosed, this);
}
