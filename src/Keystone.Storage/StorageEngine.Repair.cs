using Keystone.Storage.Files;
using Keystone.Storage.Repair;

namespace Keystone.Storage;

/// <content>The salvage of what is readable in a damaged directory.</content>
public sealed partial class StorageEngine
{
    /// <summary>
    /// Reads what can be read of a damaged store into a new one, and lists what cannot: for a store that does not open any more, and for
    /// one whose verification found damage. The damaged directory is not changed. The newest version of each key that was found wins, by
    /// its sequence. Blocks while it works. Of an encrypted store nothing can be read whose key stood in a damaged record of the manifest;
    /// after an opening that is the first record for nearly all files.
    /// </summary>
    /// <param name="sourceDirectory">The damaged store. No process may have it open.</param>
    /// <param name="targetDirectory">Created if its parent exists; it must hold nothing but what an unfinished attempt left.</param>
    /// <param name="options">Files, budgets and the layout of new table files.</param>
    /// <param name="repair">What the damaged directory may not say.</param>
    /// <param name="progress">Hears how far the repair is.</param>
    /// <param name="cancellation">Ends the repair between stripes and removes what there is of the new store.</param>
    /// <exception cref="StoreException">
    /// NotFound when there is nothing of a store; Locked; AlreadyExists for the target; LimitExceeded when the count of stripes is lost;
    /// KeyMissing, KeyWrong or NotEncrypted for the key ring.
    /// </exception>
    public static RepairResult Repair(
        string sourceDirectory,
        string targetDirectory,
        StoreOptions options,
        RepairOptions? repair = null,
        IProgress<RepairProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        options.Check();
        string source = Path.GetFullPath(sourceDirectory);
        IFileSystem files = options.FileSystem;
        if (!files.DirectoryExists(source))
        {
            throw new StoreException(StoreErrorCode.NotFound, $"{source} is no directory. Check the path.");
        }

        string target = Path.GetFullPath(targetDirectory);
        RequireOutside(source, target);
        RepairSettings settings = new(
            files,
            options.Sst,
            options.NewId,
            PoolBytes(options),
            options.ManifestBytesMin,
            options.OpenFilesMax,
            options.NewVault(),
            repair ?? new RepairOptions());

        // A directory without its lock file has none made in it: nobody can have it open.
        string lockPath = Path.Combine(source, FileNames.Lock);
        using IDisposable? storeLock = files.FileExists(lockPath) ? files.Lock(lockPath) : null;
        using RepairWork work = new(source, target, settings);
        return work.Run(progress, cancellation);
    }
}
