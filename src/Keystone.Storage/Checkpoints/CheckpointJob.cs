using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Log;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Checkpoints;

/// <summary>
/// Copies a store that is open and written to into a directory of its own, where it opens as another store.
/// <para>
/// What enters: a target and the way to a plan. What leaves: a store with everything that was accepted before the plan was made, each batch
/// wholly or not at all. What always holds: the store that is copied is only read, and its writers are not stopped; the log is copied
/// first, since what is held of it counts against its bound; files that the plan names stay until the end; at any crash the target is a
/// whole store or none (<see cref="CheckpointTarget"/>).
/// </para>
/// <para>
/// The copy has an id of its own, and every checksum that binds bytes to a store is made anew under it:
/// </para>
/// <code>
///             taken over                                          made anew
/// IDENTITY    stripe count                                        store id, incarnation 0
/// CURRENT                                                         name, checksum
/// MANIFEST    claims, flushed sequences, drop marks, files        frame; counters; one segment, closed, or none
/// .log        numbers and bodies of the groups                    frames: id of the copy, generation 1, offset
/// .sst        the whole file: it is bound to its own file id      nothing
/// </code>
/// A copy of an encrypted store is encrypted under the same ring. A table keeps its key, which the new manifest holds, wrapped under
/// what is current; the log and the manifest of the copy have keys of their own.
/// </summary>
internal sealed class CheckpointJob(CheckpointSource source, string targetDirectory, UInt128 newStoreId)
    : StoryJob("checkpoint", JobPriority.Background)
{
    /// <summary>The copy is a new store: its log begins with the first generation.</summary>
    private const ulong Generation = 1;

    private readonly IFileSystem _files = source.Files;
    private readonly CheckpointTarget _target = new(source.Files, targetDirectory);
    private readonly long _begin = source.Time.GetTimestamp();

    /// <summary>What the log of the copy is sealed with; null in a store that is not encrypted.</summary>
    private readonly DataKey? _logKey = source.Vault?.NewKey();
    private Task<CheckpointPlan>? _planned;
    private StoreException? _failure;
    private bool _isEnding;

    /// <summary>What was made; null until it is whole.</summary>
    public CheckpointResult? Result { get; private set; }

    /// <summary>Hears of the end, once: of what went wrong, or null. Without a <see cref="Result"/> and a failure it was stopped.</summary>
    public required Action<StoreException?> OnEnd { get; init; }

    /// <summary>Hears how far the copy is, on the job's turn.</summary>
    public required Action<CheckpointProgress> OnProgress { get; init; }

    /// <summary>After the end: completes when nothing of the store is held any more, no plan either that came too late.</summary>
    public async Task LetGoAsync()
    {
        if (_planned is { } late)
        {
            _planned = null;
            await ((Task)late).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (late.IsCompletedSuccessfully)
            {
                late.Result.Dispose();
            }
        }
    }

    /// <summary>A copy that failed, or was stopped before it was whole, is removed; then the job is done.</summary>
    protected override IEnumerable<JobStep> Work()
    {
        _isEnding |= IsStopping;
        if (!_isEnding)
        {
            foreach (JobStep step in Make())
            {
                yield return step;
                _isEnding = IsStopping && !_target.IsStore;
                if (_isEnding)
                {
                    break;
                }
            }
        }

        if (!_isEnding)
        {
            yield break;
        }

        foreach (JobStep step in _target.Discard())
        {
            yield return step;
        }
    }

    /// <summary>
    /// Half a copy that cannot be removed is told by its mark at the next attempt; why it is half is what counts.
    /// </summary>
    protected override JobStep Recover(StoreException failure)
    {
        if (_isEnding)
        {
            return End();
        }

        _isEnding = true;
        _failure = failure;
        return JobStep.Again;
    }

    protected override JobStep End()
    {
        _target.Dispose();
        OnEnd(_failure);
        return JobStep.Done;
    }

    private IEnumerable<JobStep> Make()
    {
        foreach (JobStep step in _target.Take())
        {
            yield return step;
        }

        _planned = source.PlanAsync();
        if (!_planned.IsCompleted)
        {
            _planned.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => Handle?.Wake());
            while (!_planned.IsCompleted)
            {
                yield return JobStep.Sleep;
            }
        }

        Task<CheckpointPlan> planned = _planned;
        _planned = null;
        using CheckpointPlan plan = planned.GetAwaiter().GetResult();
        foreach (JobStep step in Copy(plan))
        {
            yield return step;
        }
    }

    private IEnumerable<JobStep> Copy(CheckpointPlan plan)
    {
        long segmentNumber = plan.State.Counters.FileNumber + 1;
        using LogCopy log = new(_files, source.Directory, source.StoreId, source.StripeCount, plan, source.Account);
        foreach (JobStep step in log.Run(() => OpenSegment(segmentNumber)))
        {
            yield return step;
        }

        plan.Log.Dispose();
        source.OnLogReleased();
        TableCopy tables = new(_files, source.Directory, _target.DirectoryPath, source.Account);
        foreach (JobStep step in CopyTables(plan, tables))
        {
            yield return step;
        }

        // The identity of the copy has to name the key under which its manifest is wrapped, also when the store changes keys meanwhile.
        KeyVault? vault = source.Vault?.AsOfNow();
        foreach (JobStep step in WriteManifest(ManifestOf(plan, log, segmentNumber), vault))
        {
            yield return step;
        }

        foreach (JobStep step in _target.Finish(IdentityOfCopy(vault)))
        {
            yield return step;
        }

        Result = new CheckpointResult
        {
            StoreId = newStoreId,
            Sequences = log.LastSequences,
            Files = plan.State.AddedFiles.Count,
            LinkedBytes = tables.LinkedBytes,
            CopiedBytes = tables.CopiedBytes,
            LogBytes = log.Bytes,
            Duration = source.Time.GetElapsedTime(_begin),
        };
    }

    private IEnumerable<JobStep> CopyTables(CheckpointPlan plan, TableCopy tables)
    {
        CheckpointProgress at = new(0, plan.State.AddedFiles.Count, 0, plan.State.AddedFiles.Sum(f => f.File.Meta.FileBytes));
        OnProgress(at);
        foreach ((_, _, FileRecord file) in plan.State.AddedFiles)
        {
            foreach (JobStep step in tables.Run(file.Meta.FileNumber, file.Meta.FileBytes))
            {
                yield return step;
            }

            at = at with { Files = at.Files + 1, Bytes = at.Bytes + file.Meta.FileBytes };
            OnProgress(at);
        }
    }

    /// <summary>A segment is as long as what is written to it: nothing is ever appended to the log of another life.</summary>
    private GroupWriter OpenSegment(long number)
    {
        IFile file = _files.Create(_target.PathOf(FileNames.Segment(number)));
        return new GroupWriter(file, long.MaxValue, newStoreId, Generation, GroupKind.Commit, _logKey);
    }

    private StoreIdentity IdentityOfCopy(KeyVault? vault)
    {
        StoreIdentity identity = new(newStoreId, source.StripeCount, Incarnation: 0);
        return vault is null ? identity : identity.WithKeyId(vault.CurrentKeyId);
    }

    private VersionEdit ManifestOf(CheckpointPlan plan, LogCopy log, long segmentNumber)
    {
        VersionEdit copy = new() { Counters = new ManifestCounters(segmentNumber + 1, Generation, plan.LastGroup) };
        copy.Claims.AddRange(plan.State.Claims);
        copy.FlushedThrough.AddRange(plan.State.FlushedThrough);
        copy.AddedFiles.AddRange(plan.State.AddedFiles);
        copy.AddedDrops.AddRange(plan.State.AddedDrops);
        HashSet<long> tables = [.. plan.State.AddedFiles.Select(f => f.File.Meta.FileNumber)];
        copy.Keys.AddRange(plan.State.Keys.Where(key => tables.Contains(key.FileNumber)));
        if (log.FirstGroup != 0)
        {
            copy.AddKey(segmentNumber, _logKey);
            copy.Segments.Add(new SegmentRecord(segmentNumber, Generation, log.FirstGroup, plan.LastGroup));
        }

        return copy;
    }

    /// <summary>The sync of the directory that brings the manifest into force covers the names of all files before it.</summary>
    private IEnumerable<JobStep> WriteManifest(VersionEdit copy, KeyVault? vault)
    {
        ManifestFile manifests = new(_files, _target.DirectoryPath, newStoreId, source.Account, vault);
        foreach (JobStep step in manifests.Create(copy.Counters.FileNumber, copy, source.ManifestBytesMin))
        {
            yield return step;
        }

        manifests.Writer!.Dispose();
    }
}
