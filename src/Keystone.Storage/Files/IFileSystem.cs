namespace Keystone.Storage.Files;

/// <summary>
/// The one door to the disk. Every system call of the engine on a file or a directory goes through here, so that the same
/// engine runs on the operating system's files, on a simulated disk that can lose power, and on one that fails on request.
/// <para>
/// What enters: absolute paths. What leaves: bytes, names, or a <see cref="StoreException"/> with the code Io, DiskFull,
/// TooManyOpenFiles, Locked or NotFound. What always holds: each member makes one system call that may block (open and
/// close of a directory beside its sync do not count), nothing is retried here, and nothing is durable before
/// <see cref="IFile.Sync"/> (contents) and <see cref="SyncDirectory"/> (names) have returned.
/// </para>
/// </summary>
public interface IFileSystem
{
    /// <summary>Creates a file that must not exist yet, open for reading and writing.</summary>
    IFile Create(string path);

    /// <summary>Opens a file that exists.</summary>
    /// <param name="path">The absolute path.</param>
    /// <param name="writable">Whether it is written to; false opens it for reading only.</param>
    IFile Open(string path, bool writable);

    /// <summary>Whether a file of this name exists.</summary>
    bool FileExists(string path);

    /// <summary>Whether a directory of this name exists.</summary>
    bool DirectoryExists(string path);

    /// <summary>Creates a directory, mode 0700, whose parent exists. Does nothing if it exists.</summary>
    void CreateDirectory(string path);

    /// <summary>The names (not paths) of the files and directories in a directory, in no promised order.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Gives a file another name, replacing what had it.</summary>
    void Rename(string source, string target);

    /// <summary>
    /// Gives a file one more name, a hard link. The target must not exist yet. Each name may go without the other.
    /// </summary>
    /// <returns>False when the file system has no links between these places: the file has to be copied.</returns>
    bool TryLink(string source, string target);

    /// <summary>Removes a name. Handles that are open on the file stay readable.</summary>
    void Unlink(string path);

    /// <summary>Makes the names in a directory durable: creations, renames and unlinks so far.</summary>
    void SyncDirectory(string path);

    /// <summary>
    /// Takes the exclusive lock on a file, creating it if need be. Disposing gives it back; so does the end of the process.
    /// </summary>
    /// <exception cref="StoreException">Locked, when another process, or another store in this one, holds it.</exception>
    IDisposable Lock(string path);

    /// <summary>Bytes that may still be written on the disk that holds this directory.</summary>
    long FreeBytes(string directory);
}
