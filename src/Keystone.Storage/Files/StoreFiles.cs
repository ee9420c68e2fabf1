namespace Keystone.Storage.Files;

/// <summary>
/// The file system as one open store uses it: after a sync of its directory has failed, none succeeds.
/// <para>
/// A failed sync may have dropped names that were to become durable, and those of other jobs among them; the next sync would succeed
/// without them, and a manifest record would name files that the next power loss takes. So syncs of the directory come one at a time,
/// and every one after a failure fails with it: no job can go on from names that may be lost, and the store is poisoned. Want of room or
/// of descriptors is met before anything is synced and drops nothing. The next life of the store begins with new files and an object of
/// its own.
/// </para>
/// <para>
/// A file that cannot be opened or created for want of descriptors has changed nothing; if the store can give some back, the call is made
/// once more. Everything else, and every other directory, goes through as it is. Any thread may call.
/// </para>
/// </summary>
internal sealed class StoreFiles(IFileSystem files, string directory) : IFileSystem
{
    private readonly Lock _directorySync = new();
    private StoreException? _failure;

    /// <summary>Closes what is open and idle; false when there was nothing. Set before the first call.</summary>
    public Func<bool> GiveBackDescriptors { get; set; } = static () => false;

    /// <inheritdoc/>
    public IFile Create(string path)
    {
        try
        {
            return files.Create(path);
        }
        catch (StoreException failure) when (failure.Code == StoreErrorCode.TooManyOpenFiles && GiveBackDescriptors())
        {
            return files.Create(path);
        }
    }

    /// <inheritdoc/>
    public IFile Open(string path, bool writable)
    {
        try
        {
            return files.Open(path, writable);
        }
        catch (StoreException failure) when (failure.Code == StoreErrorCode.TooManyOpenFiles && GiveBackDescriptors())
        {
            return files.Open(path, writable);
        }
    }

    /// <inheritdoc/>
    public bool FileExists(string path) => files.FileExists(path);

    /// <inheritdoc/>
    public bool DirectoryExists(string path) => files.DirectoryExists(path);

    /// <inheritdoc/>
    public void CreateDirectory(string path) => files.CreateDirectory(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string path) => files.List(path);

    /// <inheritdoc/>
    public void Rename(string source, string target) => files.Rename(source, target);

    /// <inheritdoc/>
    public bool TryLink(string source, string target) => files.TryLink(source, target);

    /// <inheritdoc/>
    public void Unlink(string path) => files.Unlink(path);

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        if (path != directory)
        {
            files.SyncDirectory(path);
            return;
        }

        lock (_directorySync)
        {
            if (_failure is not null)
            {
                throw new StoreException(_failure.Code, $"A sync of the directory has failed before: {_failure.Message}", _failure);
            }

            try
            {
                files.SyncDirectory(path);
            }
            catch (StoreException failure) when (failure.Code is not (StoreErrorCode.DiskFull or StoreErrorCode.TooManyOpenFiles))
            {
                _failure = failure;
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public IDisposable Lock(string path) => files.Lock(path);

    /// <inheritdoc/>
    public long FreeBytes(string path) => files.FreeBytes(path);
}
