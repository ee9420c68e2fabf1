using Keystone.Storage.Files;

namespace Keystone.Storage.Sst;

/// <summary>
/// The open handles of files of entries, bounded, so that a store works with few descriptors. An open handle is pinned without a lock
/// while a read runs; a closed file is opened again, and an idle handle that was not used since the hand came by is closed for it.
/// <para>
/// What always holds: no more handles are open than the capacity or, if that is more, than reads run at this moment. A handle that is
/// pinned while its file is dropped or unlinked stays usable until it is let go.
/// </para>
/// </summary>
internal sealed class HandleCache(IFileSystem files, string directory, int capacity = HandleCache.CapacityDefault) : IDisposable
{
    public const int CapacityDefault = 512;

    private readonly Lock _lock = new();
    private readonly List<OpenHandle> _idleOrBusy = [];
    private int _hand;
    private int _open;

    public int Capacity { get; } = capacity;

    /// <summary>Handles that are open, or about to be.</summary>
    public int OpenCount => Volatile.Read(ref _open);

    /// <summary>
    /// The open handle of a file, pinned for the caller, who lets it go with <see cref="OpenHandle.Unpin"/>. May open the file.
    /// </summary>
    public OpenHandle Pin(SstHandle handle)
    {
        OpenHandle? open = handle.Open;
        if (open != null && open.TryPin())
        {
            open.IsUsed = true;
            return open;
        }

        return OpenAndPin(handle);
    }

    /// <summary>The path of a file, made once.</summary>
    public string PathOf(SstHandle handle) => handle.Path ??= FileNames.SstPath(directory, handle.FileNumber);

    /// <summary>Closes a file's handle as soon as nobody reads from it.</summary>
    public void Close(SstHandle handle)
    {
        lock (_lock)
        {
            if (handle.Open is { } open)
            {
                Forget(open);
                open.Unpin();
            }
        }
    }

    /// <summary>
    /// Closes every handle that nobody reads from: the process has no descriptor left, and somebody needs one more than a later read does.
    /// Returns whether there was one.
    /// </summary>
    public bool TryCloseIdle()
    {
        bool hasClosed = false;
        lock (_lock)
        {
            for (int i = _idleOrBusy.Count - 1; i >= 0; i--)
            {
                OpenHandle open = _idleOrBusy[i];
                if (open.TryCloseIdle())
                {
                    Forget(open);
                    hasClosed = true;
                }
            }
        }

        return hasClosed;
    }

    /// <summary>Closes all. Handles that are pinned are closed when they are let go.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            while (_idleOrBusy.Count > 0)
            {
                OpenHandle open = _idleOrBusy[^1];
                Forget(open);
                open.Unpin();
            }
        }
    }

    internal void Closed() => Interlocked.Decrement(ref _open);

    private OpenHandle OpenAndPin(SstHandle handle)
    {
        lock (_lock)
        {
            if (handle.Open is { } other && other.TryPin())
            {
                return other;
            }

            CloseIdleOnes();
            Interlocked.Increment(ref _open);
        }

        // The file is opened outside of the lock: other files' readers do not wait for it. Its place is reserved above.
        IFile file;
        try
        {
            file = files.Open(PathOf(handle), writable: false);
        }
        catch (StoreException)
        {
            Closed();
            throw;
        }

        return Publish(handle, new OpenHandle(this, handle, file));
    }

    private OpenHandle Publish(SstHandle handle, OpenHandle opened)
    {
        lock (_lock)
        {
            if (handle.Open is { } other && other.TryPin())
            {
                opened.Unpin();
                return other;
            }

            // When every handle was busy this one is beyond the capacity: it is closed after its use.
            if (OpenCount <= Capacity)
            {
                Invariant.Require(opened.TryPin());
                handle.Open = opened;
                _idleOrBusy.Add(opened);
            }

            return opened;
        }
    }

    /// <summary>Makes room for one more, if any handle is idle. Two rounds: the first may only take marks of use away.</summary>
    private void CloseIdleOnes()
    {
        int visitsLeft = 2 * _idleOrBusy.Count;
        while (_open >= Capacity && visitsLeft-- > 0 && _idleOrBusy.Count > 0)
        {
            _hand = (_hand + 1) % _idleOrBusy.Count;
            OpenHandle open = _idleOrBusy[_hand];
            if (open.IsUsed)
            {
                open.IsUsed = false;
            }
            else if (open.TryCloseIdle())
            {
                Forget(open);
            }
        }
    }

    private void Forget(OpenHandle open)
    {
        open.Owner.Open = null;
        _idleOrBusy.Remove(open);
    }
}

/// <summary>A file's place in the <see cref="HandleCache"/>: its number and, while there is one, its open handle.</summary>
internal sealed class SstHandle(long fileNumber)
{
    private OpenHandle? _open;

    public long FileNumber { get; } = fileNumber;

    /// <summary>Null until somebody asked for it. Two who ask at once make it twice.</summary>
    internal string? Path { get; set; }

    internal OpenHandle? Open
    {
        get => Volatile.Read(ref _open);
        set => Volatile.Write(ref _open, value);
    }
}

/// <summary>
/// An open file and how many use it. The count starts at one and can be raised only from above zero; at zero the file is closed.
/// </summary>
internal sealed class OpenHandle(HandleCache cache, SstHandle owner, IFile file)
{
    private int _count = 1;

    public IFile File { get; } = file;

    internal SstHandle Owner { get; } = owner;

    internal bool IsUsed { get; set; }

    public bool TryPin()
    {
        int count = Volatile.Read(ref _count);
        while (count > 0)
        {
            int seen = Interlocked.CompareExchange(ref _count, count + 1, count);
            if (seen == count)
            {
                return true;
            }

            count = seen;
        }

        return false;
    }

    public void Unpin()
    {
        int left = Interlocked.Decrement(ref _count);
        Invariant.Require(left >= 0);
        if (left == 0)
        {
            CloseFile();
        }
    }

    /// <summary>Closes the file if only the cache holds it.</summary>
    internal bool TryCloseIdle()
    {
        if (Interlocked.CompareExchange(ref _count, 0, 1) != 1)
        {
            return false;
        }

        CloseFile();
        return true;
    }

    private void CloseFile()
    {
        File.Dispose();
        cache.Closed();
    }
}
