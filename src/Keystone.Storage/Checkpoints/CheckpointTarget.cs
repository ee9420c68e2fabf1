using Keystone.Storage.Files;
using Keystone.Storage.Jobs;

namespace Keystone.Storage.Checkpoints;

/// <summary>
/// The directory that a store is copied into, from nothing to a whole store.
/// <code>
///    refused, or locked       CHECKPOINT            files, log, manifest, CURRENT       IDENTITY          CHECKPOINT removed
/// |------------------------|--------------------|------------------------------------|------------------|--------------------|
///    not touched              half a copy           half a copy                         a store           a store
/// </code>
/// Every bar is a sync of the directory. A crash leaves a directory without IDENTITY, which nobody opens, or a whole store. The next
/// attempt tells half a copy by its CHECKPOINT and begins it anew; a directory that holds anything else is refused and not changed. In a
/// store CHECKPOINT means nothing, and its first opening removes it.
/// </summary>
internal sealed class CheckpointTarget(IFileSystem files, string directory) : IDisposable
{
    private IDisposable? _lock;
    private bool _isMarked;

    public string DirectoryPath => directory;

    /// <summary>
    /// Whether the identity is there for good: from then on the directory is a whole store, and nothing of it is removed.
    /// </summary>
    public bool IsStore { get; private set; }

    public string PathOf(string name) => Path.Combine(directory, name);

    /// <summary>Takes the directory, making it if its parent exists, and clears what an earlier attempt left. One call a step.</summary>
    /// <exception cref="StoreException">AlreadyExists, when there is a store or anything else; Locked.</exception>
    public IEnumerable<JobStep> Take()
    {
        if (!files.DirectoryExists(directory))
        {
            files.CreateDirectory(directory);
            yield return JobStep.Again;
            files.SyncDirectory(Path.GetDirectoryName(directory) ?? directory);
            yield return JobStep.Again;
        }

        _ = NamesOfAttempt();
        yield return JobStep.Again;
        _lock = files.Lock(PathOf(FileNames.Lock));
        yield return JobStep.Again;

        // Another process may have come between the look and the lock.
        List<string> left = NamesOfAttempt();
        yield return JobStep.Again;
        _isMarked = left.Contains(FileNames.Checkpoint);
        if (!_isMarked)
        {
            files.Create(PathOf(FileNames.Checkpoint)).Dispose();
            _isMarked = true;
            yield return JobStep.Again;
        }

        foreach (string name in left.Where(IsPart))
        {
            files.Unlink(PathOf(name));
            yield return JobStep.Again;
        }

        files.SyncDirectory(directory);
        yield return JobStep.Again;
    }

    /// <summary>The files are there, synced and named: makes a store of them.</summary>
    public IEnumerable<JobStep> Finish(StoreIdentity identity)
    {
        identity.Write(files, directory);
        IsStore = true;
        yield return JobStep.Again;
        RemoveMark();
        yield return JobStep.Again;
    }

    /// <summary>Removes half a copy. What stays because this fails, the next attempt finds and removes.</summary>
    public IEnumerable<JobStep> Discard()
    {
        if (!_isMarked || IsStore)
        {
            yield break;
        }

        // An identity whose sync failed may be on the disk or not. As long as it may be, everything that it needs has to stay.
        if (files.FileExists(PathOf(FileNames.Identity)))
        {
            files.Unlink(PathOf(FileNames.Identity));
            yield return JobStep.Again;
            files.SyncDirectory(directory);
            yield return JobStep.Again;
        }

        foreach (string name in NamesOfAttempt().Where(IsPart))
        {
            files.Unlink(PathOf(name));
            yield return JobStep.Again;
        }

        // The mark goes when nothing is left that it has to explain.
        files.SyncDirectory(directory);
        yield return JobStep.Again;
        files.Unlink(PathOf(FileNames.Checkpoint));
        yield return JobStep.Again;
    }

    public void Dispose() => _lock?.Dispose();

    private void RemoveMark()
    {
        try
        {
            files.Unlink(PathOf(FileNames.Checkpoint));
            files.SyncDirectory(directory);
        }
        catch (StoreException)
        {
            // The store is whole with the mark or without it, and its first opening removes it.
        }
    }

    private static bool IsPart(string name) => FileNames.Parse(name, out _) is not (FileKind.Lock or FileKind.Checkpoint);

    /// <summary>The names in the directory, if there is nothing but what an attempt to copy may have left.</summary>
    private List<string> NamesOfAttempt()
    {
        List<string> names = [.. files.List(directory)];
        if (names.Contains(FileNames.Identity))
        {
            throw new StoreException(
                StoreErrorCode.AlreadyExists, $"{directory} holds a store already. Choose another directory for the copy.");
        }

        bool isAttempt = names.Contains(FileNames.Checkpoint);
        string? other = names.Find(name => isAttempt
            ? FileNames.Parse(name, out _) == FileKind.Foreign || files.DirectoryExists(PathOf(name))
            : name != FileNames.Lock);
        return other is null
            ? names
            : throw new StoreException(
                StoreErrorCode.AlreadyExists, $"{directory} is not empty: it holds {other}. A copy needs a directory of its own.");
    }
}
