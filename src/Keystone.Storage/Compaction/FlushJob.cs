using Keystone.Storage.Entries;
using Keystone.Storage.Jobs;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// Writes the sealed buffers of some stripes into table files of level 0, one file a stripe, and one directory sync and one manifest
/// record for all of them.
/// <para>
/// Requires that everything in these buffers is published and durable in the log: no manifest record is ahead of the log, and no
/// version may go that a reader between its number and its publication could still need. The record says through which group the log is
/// durable.
/// </para>
/// </summary>
internal sealed class FlushJob(
    Disk disk, IReadOnlyList<Stripe> stripes, ulong logDurableThrough, BufferCursors cursors, SstBuilder builder)
{
    private readonly List<SstWriter> _writers = [];

    public long BytesWritten { get; private set; }

    /// <summary>Does the work, one blocking call a step. Disposing an unfinished run removes what it wrote.</summary>
    public IEnumerable<JobStep> Run(Func<IJobHandle?> handle)
    {
        try
        {
            VersionEdit edit = new() { LogDurableThrough = logDurableThrough };
            foreach (Stripe stripe in stripes)
            {
                foreach (JobStep step in WriteTable(stripe, edit))
                {
                    yield return step;
                }
            }

            disk.Files.SyncDirectory(disk.Directory);
            yield return JobStep.Again;
            _writers.ForEach(w => w.Keep());
            foreach (JobStep step in JobWaits.For(disk.Manifest, edit, disk.Poison, handle))
            {
                yield return step;
            }
        }
        finally
        {
            _writers.ForEach(w => w.Dispose());
        }
    }

    private IEnumerable<JobStep> WriteTable(Stripe stripe, VersionEdit edit)
    {
        View view = stripe.AcquireView();
        try
        {
            if (view.Sealed.Length == 0)
            {
                yield break;
            }

            ulong flushedThrough = view.Sealed[0].LastSequence;
            edit.FlushedThrough.Add((stripe.Index, flushedThrough));
            AddDrops(stripe.Index, view.Sealed, edit);
            if (view.Sealed.All(b => b.Table.EntryCount == 0))
            {
                yield break;
            }

            SstWriter writer = new(
                disk.Files, disk.Directory, disk.Manifest.NewFileNumber(), disk.NewFileId(), builder, disk.Vault?.NewKey());
            _writers.Add(writer);
            yield return JobStep.Again;
            EntryCursor cursor = cursors.Open(view.Sealed);
            using VersionRule rule = new(disk.Snapshots.SequencesOf(stripe.Index), view.DropsUpTo(flushedThrough));
            for (CursorState state = cursor.SeekFirst(); state == CursorState.Entry; state = cursor.Next())
            {
                if (rule.Keeps(cursor.Key, cursor.Stamp, nothingDeeper: false))
                {
                    writer.Add(cursor.Key, cursor.Stamp, cursor.Value);
                    if (writer.WantsWrite)
                    {
                        writer.Write();
                        yield return JobStep.Again;
                    }
                }
            }

            if (writer.EntryCount == 0)
            {
                // A table of which nothing was kept is not a file; its writer removes it.
                _writers.Remove(writer);
                writer.Dispose();
                yield break;
            }

            foreach (JobStep step in writer.Finish())
            {
                yield return step;
            }

            BytesWritten += writer.BytesWritten;
            edit.AddFile(stripe.Index, 0, writer, rule.DropsThrough);
        }
        finally
        {
            cursors.Reset();
            view.Release();
        }
    }

    /// <summary>The marks that entered with these buffers, oldest first.</summary>
    private static void AddDrops(int stripe, WriteBuffer[] buffers, VersionEdit edit)
    {
        for (int i = buffers.Length - 1; i >= 0; i--)
        {
            foreach (DropMark mark in buffers[i].Drops)
            {
                edit.AddedDrops.Add((stripe, mark));
            }
        }
    }
}
