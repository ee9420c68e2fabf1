using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Keystone.Storage.Files;

/// <summary>Turns the error number that a system call left behind into the engine's exception.</summary>
internal static class PosixErrors
{
    public const int NotFound = 2; // ENOENT
    public const int Exists = 17; // EEXIST
    public const int NotADirectory = 20; // ENOTDIR

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
