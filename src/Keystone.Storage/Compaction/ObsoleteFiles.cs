using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// Unlinks table files that no version holds any more. By then the record that dropped them is durable, because the version in force
/// held them until it was. A failed unlink is left to the next open, which removes what the manifest does not name.
/// </summary>
internal sealed class ObsoleteFiles(IFileSystem files, Action<StoreException> onFailure) : IJob
{
    private readonly Lock _lock = new();
    private readonly Queue<LiveFile> _unused = [];
    private bool _stopping;

    public string Name => "unlink";

    public JobPriority Priority => JobPriority.Background;

    public IJobHandle? Handle { get; set; }

    /// <summary>Takes over a file that nobody holds. May be called from any thread that lets go of a View.</summary>
    public void Add(LiveFile file)
    {
        lock (_lock)
        {
            _unused.Enqueue(file);
        }

        Handle?.Wake();
    }

    /// <summary>Lets the job end. Files that are let go of from here on stay on disk: the store is closing and still names them.</summary>
    public void Stop()
    {
        Volatile.Write(ref _stopping, true);
        Handle?.Wake();
    }

    /// <summary>After the job is done: frees what the readers of the remaining files hold. Their names stay.</summary>
    public void ReleaseReaders()
    {
        lock (_lock)
        {
            while (_unused.TryDequeue(out LiveFile? file))
            {
                file.Reader.Release();
            }
        }
    }

    public JobStep Step()
    {
        LiveFile? file;
        lock (_lock)
        {
            _unused.TryDequeue(out file);
        }

        if (file is null)
        {
            return Volatile.Read(ref _stopping) ? JobStep.Done : JobStep.Sleep;
        }

        file.Reader.Release();
        try
        {
            files.Unlink(file.Reader.Blocks.Path);
        }
        catch (StoreException failure)
        {
            onFailure(failure);
        }

        return JobStep.Again;
    }
}
