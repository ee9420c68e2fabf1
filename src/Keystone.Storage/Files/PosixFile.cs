namespace Keystone.Storage.Files;

/// <summary>
/// An open file of the operating system. Reads and writes pin the caller's span for the length of one pread or pwrite and
/// allocate nothing. The file position is never used, so calls from many threads do not disturb each other.
/// </summary>
internal sealed class PosixFile(string path, PosixHandle handle) : IFile
{
    public string Path { get; } = path;

    public long Length()
    {
        long length = PosixCalls.Seek(handle, 0, PosixCalls.SeekEnd);
        if (length < 0)
        {
            PosixErrors.Throw("lseek", Path);
        }

        return length;
    }

    public unsafe int Read(long offset, Span<byte> destination)
    {
        fixed (byte* buffer = destination)
        {
            for (int interruptions = 0; ; interruptions++)
            {
                nint read = PosixCalls.Read(handle, buffer, (nuint)destination.Length, offset);
                if (read >= 0)
                {
                    return (int)read;
                }

                PosixErrors.ThrowUnlessInterrupted("pread", Path, interruptions);
            }
        }
    }

    public unsafe int Write(long offset, ReadOnlySpan<byte> source)
    {
        fixed (byte* buffer = source)
        {
            for (int interruptions = 0; ; interruptions++)
            {
                nint written = PosixCalls.Write(handle, buffer, (nuint)source.Length, offset);
                if (written > 0 || (written == 0 && source.IsEmpty))
                {
                    return (int)written;
                }

                if (written == 0)
                {
                    throw new StoreException(
                        StoreErrorCode.Io,
                        $"pwrite of {source.Length} bytes to {Path} at {offset} wrote nothing. Check the disk.");
                }

                PosixErrors.ThrowUnlessInterrupted("pwrite", Path, interruptions);
            }
        }
    }

    /// <summary>An interrupted fdatasync is made again: it has reported no error, so what it has not written is still dirty.</summary>
    public void Sync()
    {
        for (int interruptions = 0; PosixCalls.SyncData(handle) != 0; interruptions++)
        {
            PosixErrors.ThrowUnlessInterrupted("fdatasync", Path, interruptions);
        }
    }

    public void Dispose() => handle.Dispose();
}
