using Keystone.Storage.Entries;
using Keystone.Storage.Jobs;
using Keystone.Storage.Reading;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// Merges the files of one plan into new ones, one blocking call a step. The inputs stay until the manifest record that replaces them
/// is durable and the last View that holds them is gone. A damaged input ends the job with an error and changes nothing.
/// </summary>
internal sealed class CompactionJob(
    Disk disk, Stripe stripe, CompactionPlan plan, InputCursors inputs, SstBuilder builder, SstBuilder lastLevelBuilder)
{
    private readonly List<SstWriter> _writers = [];
    private SstWriter? _current;

    public long BytesRead => plan.InputBytes;

    public long BytesWritten
    {
        get
        {
            long bytes = 0;
            foreach (SstWriter writer in _writers)
            {
                bytes += writer.BytesWritten;
            }

            return bytes;
        }
    }

    public IEnumerable<JobStep> Run(Func<IJobHandle?> handle)
    {
        View view = stripe.AcquireView();
        try
        {
            VersionEdit edit = new();
            foreach (JobStep step in plan.IsMove && view.Drops.Length == 0 ? Move(edit) : Merge(view, edit))
            {
                yield return step;
            }

            disk.Files.SyncDirectory(disk.Directory);
            yield return JobStep.Again;
            TendDrops(edit);
            _writers.ForEach(w => w.Keep());
            foreach (JobStep step in JobWaits.For(disk.Manifest, edit, disk.Poison, handle))
            {
                yield return step;
            }
        }
        finally
        {
            _writers.ForEach(w => w.Dispose());
            view.Release();
        }
    }

    /// <summary>A file that meets nothing below goes down as it is.</summary>
    private IEnumerable<JobStep> Move(VersionEdit edit)
    {
        edit.RemovedFiles.Add((stripe.Index, plan.Level, plan.Inputs[0].Meta.FileNumber));
        edit.AddedFiles.Add((stripe.Index, plan.TargetLevel, plan.Inputs[0].Record));
        yield break;
    }

    private IEnumerable<JobStep> Merge(View view, VersionEdit edit)
    {
        using VersionRule rule = new(disk.Snapshots.SequencesOf(stripe.Index), view.DropsUpTo(view.Files.FlushedThrough));
        try
        {
            // A file that is dropped as a whole is not read.
            inputs.Open(plan.Level, Wanted(plan.Inputs, rule), Wanted(plan.Overlapped, rule), disk.Account);
            foreach (JobStep step in Copy(inputs.Merged, rule, view))
            {
                yield return step;
            }
        }
        finally
        {
            inputs.Merged.Reset();
        }

        foreach (JobStep step in EndOutput(isLast: true))
        {
            yield return step;
        }

        Remove(plan.Inputs, plan.Level, edit);
        Remove(plan.Overlapped, plan.TargetLevel, edit);
        foreach (SstWriter writer in _writers)
        {
            edit.AddFile(stripe.Index, plan.TargetLevel, writer, rule.DropsThrough);
        }
    }

    private void Remove(LiveFile[] files, int level, VersionEdit edit)
    {
        foreach (LiveFile file in files)
        {
            edit.RemovedFiles.Add((stripe.Index, level, file.Meta.FileNumber));
        }
    }

    private IEnumerable<JobStep> Copy(MergeCursor cursor, VersionRule rule, View view)
    {
        SstBuilder output = IsLastLevel(view.Files) ? lastLevelBuilder : builder;
        bool isFirst = true;
        while (true)
        {
            CursorState state = isFirst ? cursor.SeekFirst() : cursor.Next();
            if (state == CursorState.NeedsLoad)
            {
                cursor.Load();
                yield return JobStep.Again;
                continue;
            }

            if (state == CursorState.End)
            {
                yield break;
            }

            isFirst = false;
            if (!Keeps(cursor, rule, view.Files))
            {
                continue;
            }

            if (NeedsOutput(cursor))
            {
                foreach (JobStep step in ChangeOutput(output))
                {
                    yield return step;
                }
            }

            _current!.Add(cursor.Key, cursor.Stamp, cursor.Value);
            if (_current.WantsWrite)
            {
                _current.Write();
                yield return JobStep.Again;
            }
        }
    }

    /// <summary>Only of a removal it matters whether an older version may lie deeper, so only then the levels are looked at.</summary>
    private bool Keeps(MergeCursor cursor, VersionRule rule, StripeFiles files)
    {
        ulong stamp = cursor.Stamp;
        return rule.Keeps(cursor.Key, stamp, EntryStamp.Kind(stamp) == EntryKind.Delete && NothingDeeper(files, cursor.Key));
    }

    /// <summary>An output ends when it is large enough, but never between two versions of a key: those stay in one file.</summary>
    private bool NeedsOutput(MergeCursor cursor)
        => _current is null || (_current.FileBytesEstimate >= plan.FileBytesTarget && !_current.EndsWith(cursor.Key));

    private IEnumerable<JobStep> ChangeOutput(SstBuilder output)
    {
        foreach (JobStep step in EndOutput(isLast: false))
        {
            yield return step;
        }

        _current = new SstWriter(
            disk.Files, disk.Directory, disk.Manifest.NewFileNumber(), disk.NewFileId(), output, disk.Vault?.NewKey());
        _writers.Add(_current);
        yield return JobStep.Again;
    }

    private IEnumerable<JobStep> EndOutput(bool isLast)
    {
        if (_current is { } writer)
        {
            Invariant.Require(isLast || writer.EntryCount > 0);
            foreach (JobStep step in writer.Finish())
            {
                yield return step;
            }

            _current = null;
        }
    }

    private static LiveFile[] Wanted(LiveFile[] files, VersionRule rule)
        => !rule.HasDrops
            ? files
            : Array.FindAll(files, f => !rule.DropsAll(f.Meta.FirstKey, f.Meta.LastKey, f.Meta.FirstSequence, f.Meta.LastSequence));

    /// <summary>Whether no file stands below the outputs.</summary>
    private bool IsLastLevel(StripeFiles files) => Array.TrueForAll(files.Levels[(plan.TargetLevel + 1)..], level => level.Length == 0);

    private bool NothingDeeper(StripeFiles files, ReadOnlySpan<byte> key)
    {
        for (int level = plan.TargetLevel + 1; level < StripeFiles.LevelCount; level++)
        {
            if (StripeFiles.Find(files.Levels[level], key) >= 0)
            {
                return false;
            }
        }

        // A compaction within one level leaves the files of deeper levels and of level 0 where they are; what lies above is newer.
        return true;
    }

    /// <summary>
    /// A drop mark goes when nothing that it covers is left: no file beyond this compaction's inputs, no output, no buffer, no snapshot
    /// below it. Of those that stay some may become one. A mark must be in the manifest to be taken out of it, and only the job that has
    /// the stripe takes any out.
    /// </summary>
    private void TendDrops(VersionEdit edit)
    {
        View now = stripe.AcquireView();
        try
        {
            if (now.Drops.Length > 0)
            {
                TendDrops(now, edit);
            }
        }
        finally
        {
            now.Release();
        }
    }

    private void TendDrops(View now, VersionEdit edit)
    {
        // Read after the View: a snapshot that is not among them yet is above everything that the View has flushed.
        ulong[] snapshots = disk.Snapshots.SequencesOf(stripe.Index);
        HashSet<long> gone = [.. edit.RemovedFiles.Select(f => f.FileNumber)];
        List<FileRecord> left =
        [
            .. now.Files.Levels.SelectMany(l => l).Select(f => f.Record).Where(f => !gone.Contains(f.Meta.FileNumber)),
            .. edit.AddedFiles.Select(f => f.File),
        ];
        DropMark[] flushed = now.DropsUpTo(now.Files.FlushedThrough);
        DropMark[] needed = Array.FindAll(
            flushed,
            mark => left.Exists(f => f.MayHold(mark))
                || HoldsOlder(now, mark.Sequence)
                || Array.Exists(snapshots, s => s < mark.Sequence));
        List<DropMark> merged = DropMerge.Merge(needed, snapshots, left);
        edit.RemovedDrops.AddRange(flushed.Except(merged).Select(mark => (stripe.Index, mark.Sequence)));
        edit.AddedDrops.AddRange(merged.Except(flushed).Select(mark => (stripe.Index, mark)));
    }

    private static bool HoldsOlder(View view, ulong sequence)
        => IsOlder(view.Active, sequence) || Array.Exists(view.Sealed, b => IsOlder(b, sequence));

    private static bool IsOlder(WriteBuffer buffer, ulong sequence)
        => buffer.Table.EntryCount > 0 && buffer.Table.FirstSequence < sequence;
}
