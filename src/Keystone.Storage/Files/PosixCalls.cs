using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Keystone.Storage.Files;

/// <summary>
/// The system calls on files and directories, as libc names them, with Linux's numbers. Only <see cref="PosixFileSystem"/>,
/// its files and locks, and the <see cref="AuditTrail"/> call them. The arguments of <c>open</c> are passed as registers, which is right
/// on Linux and wrong on other systems whose calls with a variable number of arguments differ: hence <see cref="IsSupported"/>.
/// </summary>
internal static partial class PosixCalls
{
    public const int OpenReadOnly = 0x0;
    public const int OpenReadWrite = 0x2;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenCloseOnExec = 0x80000;

    public const int FileMode = 0x180; // 0600: the owner reads and writes.
    public const int DirectoryMode = 0x1C0; // 0700: the owner lists, enters and changes.

    public const int LockExclusiveOrFail = 0x2 | 0x4; // LOCK_EX | LOCK_NB
    public const int LockRelease = 0x8; // LOCK_UN
    public const int AccessExists = 0; // F_OK
    public const int SeekEnd = 2;

    private const string Libc = "libc";

    public static bool IsSupported
        => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>O_DIRECTORY, one of the few flags that are not the same on every processor.</summary>
    public static int OpenDirectoryOnly { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    [LibraryImport(Libc, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(Libc, EntryPoint = "pread", SetLastError = true)]
    public static unsafe partial nint Read(PosixHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport(Libc, EntryPoint = "pwrite", SetLastError = true)]
    public static unsafe partial nint Write(PosixHandle file, byte* buffer, nuint count, long offset);

    /// <summary>Writes where the descriptor stands, which may be a pipe.</summary>
    [LibraryImport(Libc, EntryPoint = "write", SetLastError = true)]
    public static unsafe partial nint WriteNext(int descriptor, byte* buffer, nuint count);

    [LibraryImport(Libc, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(PosixHandle file);

    [LibraryImport(Libc, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(PosixHandle file);

    [LibraryImport(Libc, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(PosixHandle file, long offset, int whence);

    [LibraryImport(Libc, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(PosixHandle file, int operation);

    [LibraryImport(Libc, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(Libc, EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    [LibraryImport(Libc, EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CreateDirectory(string path, int mode);

    [LibraryImport(Libc, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string source, string target);

    [LibraryImport(Libc, EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string source, string target);

    [LibraryImport(Libc, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);
}

/// <summary>
/// A file descriptor that is closed once, after the last call on it has returned. A call that comes later throws instead of
/// reaching whatever file got the same number since.
/// </summary>
internal sealed class PosixHandle : SafeHandleMinusOneIsInvalid
{
    public PosixHandle(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>
    /// The error of close is dropped: what had to be durable was synced before, and Linux has released the descriptor in any
    /// case.
    /// </summary>
    protected override bool ReleaseHandle()
    {
        _ = PosixCalls.Close((int)handle);
        return true;
    }
}
