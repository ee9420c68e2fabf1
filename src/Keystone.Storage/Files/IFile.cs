namespace Keystone.Storage.Files;

/// <summary>
/// An open file, read and written by offset. Any thread may call; who may write which range is the owner's business.
/// Each member makes one system call. Disposing closes the handle and never syncs.
/// </summary>
public interface IFile : IDisposable
{
    /// <summary>The path under which it was opened, for messages.</summary>
    string Path { get; }

    /// <summary>The size in bytes.</summary>
    long Length();

    /// <summary>
    /// Reads at most as many bytes as fit. Returns how many: fewer at the end of the file or at the kernel's pleasure, 0 only at the end.
    /// </summary>
    int Read(long offset, Span<byte> destination);

    /// <summary>Writes at most these bytes, extending the file if need be. Returns how many were written, at least one.</summary>
    int Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Returns when the contents, and the size if it changed, are on stable storage (fdatasync).</summary>
    void Sync();
}
