namespace Keystone.Storage.Files;

/// <summary>
/// An exclusive flock on a file that is never deleted; deleting it would let two holders lock two files of one name. The kernel
/// gives the lock back when the process ends. Where flock is emulated by locks of the whole process (NFS), it would not keep
/// two stores of one process apart, so the paths that are held here are also kept in a set.
/// </summary>
internal sealed class PosixLock : IDisposable
{
    /// <summary>Full paths of the locks that this process holds. Guarded by itself.</summary>
    private static readonly HashSet<string> HeldHere = new(StringComparer.Ordinal);

    private readonly string _fullPath;
    private PosixHandle? _handle;

    private PosixLock(string fullPath) => _fullPath = fullPath;

    public static PosixLock Take(string path, Func<string, int, PosixHandle> open)
    {
        PosixLock taken = new(Path.GetFullPath(path));
        taken.Reserve();
        try
        {
            taken._handle = open(path, PosixCalls.OpenReadWrite | PosixCalls.OpenCreate);
            for (int interruptions = 0; PosixCalls.Lock(taken._handle, PosixCalls.LockExclusiveOrFail) != 0; interruptions++)
            {
                PosixErrors.ThrowUnlessInterrupted("flock", path, interruptions);
            }

            return taken;
        }
        catch (StoreException)
        {
            taken.Release();
            throw;
        }
    }

    public void Dispose()
    {
        if (_handle is not null)
        {
            Release();
        }
    }

    private void Reserve()
    {
        lock (HeldHere)
        {
            if (!HeldHere.Add(_fullPath))
            {
                throw new StoreException(
                    StoreErrorCode.Locked,
                    $"{_fullPath} is locked by this process. Close the other store that uses this directory.");
            }
        }
    }

    /// <summary>
    /// The kernel's lock goes first: whoever finds the path free in the set finds the file free too. It is given back by name, not by
    /// closing alone: a child process between its fork and its exec holds a copy of the handle.
    /// </summary>
    private void Release()
    {
        if (_handle is { } handle)
        {
            // Cannot fail for a handle that is open, and the close below would free the lock in any case.
            _ = PosixCalls.Lock(handle, PosixCalls.LockRelease);
            handle.Dispose();
            _handle = null;
        }

        lock (HeldHere)
        {
            HeldHere.Remove(_fullPath);
        }
    }
}
