using System.Runtime.InteropServices;

namespace Keystone.Storage.Files;

/// <summary>
/// The operating system's files. System calls are made directly where .NET offers none or hides something: it cannot sync a
/// directory, has no fdatasync, answers "does not exist" when it may not look, and locks only what it opened itself.
/// <para>
/// What enters: absolute paths. What leaves: <see cref="IFile"/>s, names, or a <see cref="StoreException"/> that names call, path
/// and the system's reason. What always holds: no descriptor outlives an exec, a call that a signal interrupted is made again
/// at most <see cref="PosixErrors.InterruptionsMax"/> times, and nothing else is ever repeated.
/// </para>
/// </summary>
public sealed class PosixFileSystem : IFileSystem
{
    private static readonly PosixFileSystem Only = new();

    private PosixFileSystem()
    {
    }

    /// <summary>The file system of this machine. It has no state of its own.</summary>
    /// <exception cref="StoreException">Io, on any system but Linux on x64 or arm64.</exception>
    public static PosixFileSystem Instance => PosixCalls.IsSupported
        ? Only
        : throw new StoreException(
            StoreErrorCode.Io,
            $"Files are supported on Linux on x64 and arm64; this is {RuntimeInformation.OSDescription} on "
            + $"{RuntimeInformation.ProcessArchitecture}. Run it in a Linux container, or hand in another file system.");

    /// <inheritdoc/>
    public IFile Create(string path)
        => new PosixFile(path, OpenHandle(path, PosixCalls.OpenReadWrite | PosixCalls.OpenCreate | PosixCalls.OpenExclusive));

    /// <inheritdoc/>
    public IFile Open(string path, bool writable)
        => new PosixFile(path, OpenHandle(path, writable ? PosixCalls.OpenReadWrite : PosixCalls.OpenReadOnly));

    /// <inheritdoc/>
    public bool FileExists(string path) => Exists(path) && !DirectoryExists(path);

    /// <inheritdoc/>
    public bool DirectoryExists(string path) => Exists(path + "/.");

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        if (PosixCalls.CreateDirectory(path, PosixCalls.DirectoryMode) == 0)
        {
            return;
        }

        int error = Marshal.GetLastPInvokeError();
        if (error != PosixErrors.Exists || !DirectoryExists(path))
        {
            throw PosixErrors.From("mkdir", path, error);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        try
        {
            string[] names = Directory.GetFileSystemEntries(directory);
            for (int index = 0; index < names.Length; index++)
            {
                names[index] = Path.GetFileName(names[index]);
            }

            return names;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Failed("readdir", directory, failure);
        }
    }

    /// <inheritdoc/>
    public void Rename(string source, string target)
    {
        if (PosixCalls.Rename(source, target) != 0)
        {
            PosixErrors.Throw("rename", $"{source} to {target}");
        }
    }

    /// <inheritdoc/>
    public bool TryLink(string source, string target)
    {
        if (PosixCalls.Link(source, target) == 0)
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return PosixErrors.MeansNoLinks(error) ? false : throw PosixErrors.From("link", $"{source} as {target}", error);
    }

    /// <inheritdoc/>
    public void Unlink(string path)
    {
        if (PosixCalls.Unlink(path) != 0)
        {
            PosixErrors.Throw("unlink", path);
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        using PosixHandle directory = OpenHandle(path, PosixCalls.OpenReadOnly | PosixCalls.OpenDirectoryOnly);
        for (int interruptions = 0; PosixCalls.Sync(directory) != 0; interruptions++)
        {
            PosixErrors.ThrowUnlessInterrupted("fsync", path, interruptions);
        }
    }

    /// <inheritdoc/>
    public IDisposable Lock(string path) => PosixLock.Take(path, OpenHandle);

    /// <inheritdoc/>
    public long FreeBytes(string directory)
    {
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Failed("statvfs", directory, failure);
        }
    }

    private static PosixHandle OpenHandle(string path, int flags)
    {
        for (int interruptions = 0; ; interruptions++)
        {
            int descriptor = PosixCalls.Open(path, flags | PosixCalls.OpenCloseOnExec, PosixCalls.FileMode);
            if (descriptor >= 0)
            {
                return new PosixHandle(descriptor);
            }

            PosixErrors.ThrowUnlessInterrupted("open", path, interruptions);
        }
    }

    /// <summary>False only when there is certainly nothing: a directory that may not be entered is an error, not an absence.</summary>
    private static bool Exists(string path)
    {
        if (PosixCalls.Access(path, PosixCalls.AccessExists) == 0)
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return error is PosixErrors.NotFound or PosixErrors.NotADirectory ? false : throw PosixErrors.From("access", path, error);
    }

    private static StoreException Failed(string call, string path, Exception failure)
    {
        StoreErrorCode code = failure is DirectoryNotFoundException or DriveNotFoundException ? StoreErrorCode.NotFound : StoreErrorCode.Io;
        return new StoreException(code, $"{call} of {path} failed: {failure.Message} Check the disk, its mount and the path.", failure);
    }
}
