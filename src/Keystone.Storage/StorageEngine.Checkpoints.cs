using Keystone.Storage.Checkpoints;
using Keystone.Storage.Commit;
using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <content>Copies of the store, made while it is written to.</content>
public sealed partial class StorageEngine
{
    /// <summary>Checkpoints that are made at a time; each has a job of its own.</summary>
    private const int CheckpointsMax = 4;

    /// <summary>The checkpoints under way and their ends. Guarded by itself, and so is whether more may begin.</summary>
    private readonly Dictionary<CheckpointJob, Task> _checkpoints = [];

    private bool _takesCheckpoints = true;

    /// <summary>
    /// Copies the store into a directory of its own, where it opens as a store with another id. Whatever was acknowledged before the call,
    /// as synced or as buffered, is in the copy; a batch over several stripes is in it wholly or not at all. Writers are not stopped. Table
    /// files are shared by hard links where the file system has them, else copied. After a crash the directory holds a whole store or none.
    /// </summary>
    /// <param name="targetDirectory">Created if its parent exists. It must hold nothing but what an unfinished attempt left.</param>
    /// <param name="progress">
    /// Hears how far the copy is. It must not block; what it throws ends the copy and comes out of this call.
    /// </param>
    /// <param name="cancellation">Ends the copy and removes what there is of it.</param>
    /// <exception cref="StoreException">
    /// AlreadyExists for a directory in use; NotFound, Locked, Io or DiskFull for the target; Corrupt for a damaged log; LimitExceeded
    /// for a target within the store, too many at a time or a store in memory, which has no files to copy; Poisoned; Closed.
    /// </exception>
    public async Task<CheckpointResult> CheckpointAsync(
        string targetDirectory, IProgress<CheckpointProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (_memory is not null)
        {
            throw new StoreException(
                StoreErrorCode.LimitExceeded, "A store in memory has no files to copy. Read its entries and write them to another store.");
        }

        string target = Path.GetFullPath(targetDirectory);
        RequireOutside(_directory, target);
        TaskCompletionSource done = new();
        using CancellationTokenSource givenUp = new();
        CallerProgress<CheckpointProgress> reports = new(progress, givenUp.Cancel);
        CheckpointJob job = new(NewCheckpointSource(), target, _options.NewId())
        {
            OnEnd = failure => _options.JobHost.Post(new Ending(done, failure)),
            OnProgress = reports.Report,
        };
        cancellation.ThrowIfCancellationRequested();
        StartCheckpoint(job, done);
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static job => ((CheckpointJob)job!).Stop(), job);
        using CancellationTokenRegistration failed = givenUp.Token.UnsafeRegister(static job => ((CheckpointJob)job!).Stop(), job);
        await done.Task.ConfigureAwait(false);
        reports.ThrowIfFailed();
        if (job.Result is { } result)
        {
            return result;
        }

        cancellation.ThrowIfCancellationRequested();
        throw new StoreException(StoreErrorCode.Closed, "The store was closed before its copy was whole; half of it was removed.");
    }

    private CheckpointSource NewCheckpointSource() => new()
    {
        Files = _options.FileSystem,
        Directory = _directory,
        StoreId = StoreId,
        StripeCount = StripeCount,
        ManifestBytesMin = _options.ManifestBytesMin,
        Time = _options.JobHost.Time,
        Vault = _vault,
        Account = Accounts.Compaction,
        PlanAsync = PlanCheckpointAsync,
        OnLogReleased = () => _flush.Handle?.Wake(),
    };

    private void StartCheckpoint(CheckpointJob job, TaskCompletionSource done)
    {
        lock (_checkpoints)
        {
            if (!_takesCheckpoints)
            {
                throw new StoreException(StoreErrorCode.Closed, "The store is closed. Open it again before copying it.");
            }

            if (_checkpoints.Count == CheckpointsMax)
            {
                throw new StoreException(
                    StoreErrorCode.LimitExceeded,
                    $"{CheckpointsMax} checkpoints of {_directory} are being made, which is the most. Wait for one of them to end.");
            }

            IJobHandle handle = _options.JobHost.Start(job);
            job.Handle = handle;
            _checkpoints.Add(job, Task.CompletedTask);
            Task end = EndCheckpointAsync(job, handle, done);
            if (!end.IsCompleted)
            {
                _checkpoints[job] = end;
            }
        }
    }

    private async Task EndCheckpointAsync(CheckpointJob job, IJobHandle handle, TaskCompletionSource done)
    {
        try
        {
            await WatchAsync(job.Name, handle, failure => _options.JobHost.Post(new Ending(done, failure))).ConfigureAwait(false);
            await job.LetGoAsync().ConfigureAwait(false);
        }
        finally
        {
            lock (_checkpoints)
            {
                _checkpoints.Remove(job);
            }
        }
    }

    /// <summary>Before the jobs that a checkpoint waits for end. Nobody else reads the files of a store that is closed.</summary>
    private async Task EndCheckpointsAsync()
    {
        KeyValuePair<CheckpointJob, Task>[] running;
        lock (_checkpoints)
        {
            _takesCheckpoints = false;
            running = [.. _checkpoints];
        }

        foreach ((CheckpointJob job, Task end) in running)
        {
            job.Stop();
            await end.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// The log is held first, so that no segment goes that the state still needs. The sync makes durable what was accepted by now. State,
    /// files and last group are taken together on the manifest's turn: it installs edits there and nowhere else.
    /// </summary>
    private async Task<CheckpointPlan> PlanCheckpointAsync()
    {
        LogHold hold = _segments.Hold();
        Captured captured = new();
        try
        {
            await _pipeline.JoinAsync(WriteDurability.Synced).ConfigureAwait(false);
            await SubmitAsync(new VersionEdit(), () => captured.Set(Capture(hold))).ConfigureAwait(false);
            return captured.Take();
        }
        catch (StoreException)
        {
            captured.Abandon();
            hold.Dispose();
            throw;
        }
    }

    private CheckpointPlan Capture(LogHold hold)
    {
        VersionEdit state = _manifest.WholeState();
        List<StripeFiles> files = [];
        foreach (Stripe stripe in _stripes)
        {
            View view = stripe.AcquireView();
            if (view.Files.FileCount > 0)
            {
                view.Files.AddReference();
                files.Add(view.Files);
            }

            view.Release();
        }

        return new CheckpointPlan(state, _committer.LastGroupDurable, files, hold);
    }

    private static void RequireOutside(string store, string target)
    {
        if (target != store && target.StartsWith(store + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new StoreException(
                StoreErrorCode.LimitExceeded,
                $"{target} lies within the store {store}. Choose a directory outside of it, which does not go with the store.");
        }
    }

    /// <summary>A plan between the manifest's turn and whoever waits for it, who may have given up meanwhile.</summary>
    private sealed class Captured
    {
        private readonly Lock _lock = new();
        private CheckpointPlan? _plan;
        private bool _isAbandoned;

        public void Set(CheckpointPlan plan)
        {
            lock (_lock)
            {
                if (!_isAbandoned)
                {
                    _plan = plan;
                    return;
                }
            }

            plan.Dispose();
        }

        public CheckpointPlan Take()
        {
            lock (_lock)
            {
                return _plan ?? throw new InvalidOperationException("The manifest has had its turn, so there is a plan.");
            }
        }

        public void Abandon()
        {
            lock (_lock)
            {
                _isAbandoned = true;
                _plan?.Dispose();
            }
        }
    }
}
