using Keystone.Storage.Files;

namespace Keystone.Storage.InMemory;

/// <summary>A handle on a file in memory. It stays good when the file's name is removed; syncing it does nothing.</summary>
internal sealed class MemoryFile(string path, MemoryContent content, MemoryRoom room, bool isWritable) : IFile
{
    private int _isClosed;

    public string Path { get; } = path;

    public long Length()
    {
        using Call call = Begin();
        return content.Length;
    }

    public int Read(long offset, Span<byte> destination)
    {
        using Call call = Begin();
        RequireOffset("read", offset);
        return content.Read(offset, destination);
    }

    public int Write(long offset, ReadOnlySpan<byte> source)
    {
        using Call call = Begin();
        RequireOffset("write", offset);
        if (!isWritable)
        {
            throw new StoreException(StoreErrorCode.Io, $"write to {Path} failed: it was opened for reading.");
        }

        return content.TryWrite(offset, source)
            ? source.Length
            : throw new StoreException(
                StoreErrorCode.DiskFull,
                $"write of {source.Length} bytes to {Path} failed: files in memory may take {room.BytesMax} bytes and have taken "
                    + $"{room.UsedBytes}. Remove something, or give the store more memory.");
    }

    public void Sync()
    {
        using Call call = Begin();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            content.Release();
        }
    }

    private void RequireOffset(string call, long offset)
    {
        if (offset < 0)
        {
            throw new StoreException(StoreErrorCode.Io, $"{call} of {Path} failed: the offset is {offset}; it has to be 0 or more.");
        }
    }

    /// <summary>A call holds the file by itself: a handle that another thread closes meanwhile takes no memory from under it.</summary>
    private Call Begin()
    {
        bool isHeld = Volatile.Read(ref _isClosed) == 0 && content.TryAddReference();
        ObjectDisposedException.ThrowIf(!isHeld, this);
        return new Call(content);
    }

    private readonly ref struct Call(MemoryContent content)
    {
        public void Dispose() => content.Release();
    }
}
