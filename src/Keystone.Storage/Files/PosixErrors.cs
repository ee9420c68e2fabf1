using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Keystone.Storage.Files;

/// <summary>Turns the error number that a system call left behind into the engine's exception.</summary>
internal static class PosixErrors
{
    public const int NotFound = 2; // ENOENT
    public const int Exists = 17; // EEXIST
    public const int NotADirectory = 20; // ENOTDIR

    private const int NotPermitted = 1; // EPERM: this file system has no links, or the file is another user's
    private const int OtherDevice = 18; // EXDEV
    private const int TooManyLinks = 31; // EMLINK
    private const int NotImplemented = 38; // ENOSYS
    private const int NotSupported = 95; // EOPNOTSUPP

    /// <summary>How often a call that a signal interrupted is made again before the interruption counts as a failure.</summary>
    public const int InterruptionsMax = 100;

    private const int Interrupted = 4; // EINTR
    private const int WouldBlock = 11; // EWOULDBLOCK
    private const int FilesInSystem = 23; // ENFILE
    private const int FilesInProcess = 24; // EMFILE
    private const int NoSpace = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT

    /// <summary>
    /// Returns if the call that just failed was interrupted by a signal and may be made again; throws otherwise, and when it was
    /// made again too often.
    /// </summary>
    public static void ThrowUnlessInterrupted(string call, string path, int interruptions)
    {
        if (Marshal.GetLastPInvokeError() != Interrupted || interruptions >= InterruptionsMax)
        {
            Throw(call, path);
        }
    }

    [DoesNotReturn]
    public static void Throw(string call, string path) => throw From(call, path, Marshal.GetLastPInvokeError());

    /// <summary>Whether the error of a link says that there are no links here, and not that something is wrong.</summary>
    public static bool MeansNoLinks(int error)
        => error is OtherDevice or NotPermitted or TooManyLinks or NotSupported or NotImplemented;

    public static StoreException From(string call, string path, int error)
    {
        (StoreErrorCode code, string advice) = error switch
        {
            NoSpace or QuotaExceeded => (StoreErrorCode.DiskFull, "Free space on this disk or raise its quota."),
            FilesInProcess => (StoreErrorCode.TooManyOpenFiles, "Raise this process's limit of open files (ulimit -n)."),
            FilesInSystem => (StoreErrorCode.TooManyOpenFiles, "Raise the machine's limit of open files (fs.file-max)."),
            WouldBlock => (StoreErrorCode.Locked, "Stop the other process, or close the other store, that uses this directory."),
            NotFound => (StoreErrorCode.NotFound, "Check the path."),
            _ => (StoreErrorCode.Io, "Check the disk, its mount and the permissions of the path."),
        };
        return new StoreException(code, $"{call} of {path} failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}). {advice}");
    }
}
