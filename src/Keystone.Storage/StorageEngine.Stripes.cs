using System.Collections;
using Keystone.Storage.Encryption;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <content>Claims, the gate, and the installation of what the manifest says.</content>
public sealed partial class StorageEngine
{
    /// <summary>Claims that wait for the manifest. Guarded by itself.</summary>
    private readonly HashSet<TaskCompletionSource> _submitted = [];

    // On the manifest's turn: the stripes that the edit at hand touches.
    private readonly BitArray _touched;

    /// <summary>
    /// Makes claims of this disk durable: the stripes belong to it from here on, each under its epoch. An epoch only grows; the claim of
    /// an epoch that is in force already changes nothing.
    /// </summary>
    public async ValueTask ClaimAsync(IEnumerable<StripeClaim> claims)
    {
        VersionEdit edit = new();
        List<int> claimedBefore = [];
        foreach (StripeClaim claim in claims)
        {
            Stripe stripe = StripeAt(claim.Stripe);
            if (claim.Epoch < Math.Max(1, stripe.Epoch))
            {
                throw new StoreException(
                    StoreErrorCode.NotServing,
                    $"Stripe {claim.Stripe} is claimed under epoch {stripe.Epoch}; epoch {claim.Epoch} is not above it.");
            }

            if (claim.Epoch > stripe.Epoch)
            {
                edit.Claims.Add((claim.Stripe, claim.Epoch));
                if (stripe.Epoch > 0)
                {
                    claimedBefore.Add(claim.Stripe);
                }
            }
        }

        if (edit.Claims.Count > 0)
        {
            await LeaveAsync(claimedBefore).ConfigureAwait(false);
            await SubmitAsync(edit).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Replay skips what was written under another claim than the one in force. So everything that an older claim accepted is in files
    /// before the newer one takes its place.
    /// </summary>
    private async ValueTask LeaveAsync(List<int> stripes)
    {
        foreach (int stripe in stripes)
        {
            lock (_stripes[stripe].Writer)
            {
                _stripes[stripe].State = StripeState.Sealed;
            }
        }

        if (stripes.Count > 0)
        {
            await FlushAsync(stripes).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a stripe into service under the epoch of this disk's claim.</summary>
    /// <returns>False when the disk has no claim under this epoch.</returns>
    public bool TryServe(StripeClaim claim)
    {
        Stripe stripe = StripeAt(claim.Stripe);
        lock (stripe.Writer)
        {
            if (stripe.Epoch != claim.Epoch || claim.Epoch == 0 || _poison.IsSet)
            {
                return false;
            }

            stripe.State = StripeState.Serving;
            return true;
        }
    }

    /// <summary>
    /// Takes a stripe out of service. When this completes, everything that was accepted for it is durable and nothing more is.
    /// </summary>
    public async ValueTask SealAsync(int stripe)
    {
        Stripe at = StripeAt(stripe);
        lock (at.Writer)
        {
            if (at.State is not (StripeState.Serving or StripeState.Sealed))
            {
                return;
            }

            at.State = StripeState.Sealed;
        }

        // Whoever finds it sealed waits too: the first caller may not have come to its end yet.
        await _pipeline.JoinAsync(WriteDurability.Synced).ConfigureAwait(false);
    }

    /// <summary>Whether a stripe takes requests, and under which epoch this disk claims it (0: not at all).</summary>
    public (StripeState State, ulong Epoch) StateOf(int stripe)
    {
        Stripe at = StripeAt(stripe);
        lock (at.Writer)
        {
            return (_poison.IsSet && at.State == StripeState.Serving ? StripeState.Poisoned : at.State, at.Epoch);
        }
    }

    private Stripe StripeAt(int stripe)
        => (uint)stripe < (uint)_stripes.Length
            ? _stripes[stripe]
            : throw new StoreException(
                StoreErrorCode.LimitExceeded, $"Stripe {stripe} does not exist; the store has stripes 0 to {_stripes.Length - 1}.");

    private ValueTask SubmitAsync(VersionEdit edit, Action? onDurable = null)
        => SubmitAsync(done => _manifest.Submit(edit, () =>
        {
            onDurable?.Invoke();
            done();
        }));

    /// <summary>Asks the manifest for something and waits until it is done, or never will be.</summary>
    private async ValueTask SubmitAsync(Action<Action> submit)
    {
        TaskCompletionSource done = new();
        lock (_submitted)
        {
            _submitted.Add(done);
        }

        try
        {
            // It shows itself before it looks; who poisons or closes the store does so before looking for it.
            if (_poison.IsSet)
            {
                throw _poison.ToException();
            }

            if (Volatile.Read(ref _closing) != 0)
            {
                throw new StoreException(StoreErrorCode.Closed, "The store is closed. Open it again before changing what it has.");
            }

            submit(() => _options.JobHost.Post(new Completion(done)));
            await done.Task.ConfigureAwait(false);
        }
        finally
        {
            lock (_submitted)
            {
                _submitted.Remove(done);
            }
        }
    }

    /// <summary>The manifest will not answer any more: ends the waits for it.</summary>
    private void FailSubmitted(StoreException failure)
    {
        TaskCompletionSource[] waiting;
        lock (_submitted)
        {
            waiting = [.. _submitted];
        }

        foreach (TaskCompletionSource source in waiting)
        {
            _options.JobHost.Post(new Ending(source, failure));
        }
    }

    /// <summary>
    /// On the manifest's turn: puts a durable edit into force. New Views for the stripes that it changes, old files to their removal.
    /// </summary>
    private void Install(VersionEdit edit)
    {
        _touched.SetAll(false);
        edit.MarkStripes(_touched);
        for (int index = 0; index < _stripes.Length; index++)
        {
            if (!_touched[index])
            {
                continue;
            }

            Stripe stripe = _stripes[index];
            lock (stripe.Writer)
            {
                InstallClaims(stripe, edit);
                if (edit.ChangesFilesOf(index))
                {
                    StripeFiles files = FilesAfter(stripe.CurrentView.Files, edit, index);
                    stripe.Exchange(stripe.CurrentView.WithFiles(files, DropsAfter(stripe.CurrentView.Drops, edit, index)));
                }
            }
        }
    }

    /// <summary>Marks that a flush adds have been in the View since they were written; merged ones take the place of what goes.</summary>
    private static DropMark[] DropsAfter(DropMark[] before, VersionEdit edit, int stripe)
    {
        if (edit.RemovedDrops.Count == 0)
        {
            return before;
        }

        HashSet<ulong> removed = [.. edit.RemovedDrops.Where(d => d.Stripe == stripe).Select(d => d.Sequence)];
        IEnumerable<DropMark> merged =
            edit.AddedDrops.Where(d => d.Stripe == stripe && removed.Contains(d.Mark.Sequence)).Select(d => d.Mark);
        return [.. before.Where(mark => !removed.Contains(mark.Sequence)), .. merged];
    }

    private static void InstallClaims(Stripe stripe, VersionEdit edit)
    {
        foreach ((int claimed, ulong epoch) in edit.Claims)
        {
            if (claimed == stripe.Index)
            {
                stripe.Epoch = epoch;
                stripe.State = StripeState.Sealed;
            }
        }
    }

    /// <summary>
    /// Levels that the edit leaves alone stay the same arrays: an edit is made for every flush, and most touch one level.
    /// </summary>
    private StripeFiles FilesAfter(StripeFiles before, VersionEdit edit, int stripe)
    {
        LiveFile[][] levels = new LiveFile[StripeFiles.LevelCount][];
        for (int level = 0; level < levels.Length; level++)
        {
            levels[level] = LevelAfter(before, edit, stripe, level);
        }

        ulong flushedThrough = before.FlushedThrough;
        foreach ((int owner, ulong sequence) in edit.FlushedThrough)
        {
            flushedThrough = owner == stripe ? Math.Max(flushedThrough, sequence) : flushedThrough;
        }

        return new StripeFiles(levels, flushedThrough);
    }

    /// <summary>One level, with a reference taken to each of its files.</summary>
    private LiveFile[] LevelAfter(StripeFiles before, VersionEdit edit, int stripe, int level)
    {
        LiveFile[] files = before.Levels[level];
        int change = edit.FilesAddedTo(stripe, level) - edit.FilesRemovedFrom(stripe, level);
        if (change == 0 && edit.FilesAddedTo(stripe, level) == 0)
        {
            foreach (LiveFile file in files)
            {
                file.AddReference();
            }

            return files;
        }

        LiveFile[] after = new LiveFile[files.Length + change];
        int count = 0;
        foreach (LiveFile file in files)
        {
            if (!edit.Removes(stripe, level, file.Meta.FileNumber))
            {
                file.AddReference();
                after[count++] = file;
            }
        }

        foreach ((int owner, int target, FileRecord file) in edit.AddedFiles)
        {
            if (owner == stripe && target == level)
            {
                // A file that only changes its level keeps its reader and its cached blocks. One that is made here has its reference.
                LiveFile? same = FindFile(before, file.Meta.FileNumber);
                same?.AddReference();
                after[count++] = same ?? NewFile(file, edit.KeyOf(file.Meta.FileNumber));
            }
        }

        Invariant.Require(count == after.Length);
        return Sorted(after, level);
    }

    private static LiveFile? FindFile(StripeFiles files, long number)
    {
        foreach (LiveFile[] level in files.Levels)
        {
            foreach (LiveFile file in level)
            {
                if (file.Meta.FileNumber == number)
                {
                    return file;
                }
            }
        }

        return null;
    }

    /// <summary>Level 0 newest first, the others by key.</summary>
    private static LiveFile[] Sorted(LiveFile[] files, int level)
    {
        Array.Sort(files, level == 0
            ? static (a, b) => b.Meta.LastSequence.CompareTo(a.Meta.LastSequence)
            : static (a, b) => a.Meta.FirstKey.AsSpan().SequenceCompareTo(b.Meta.FirstKey));
        return files;
    }

    private LiveFile NewFile(FileRecord file, DataKey? key) => new(file, new SstReader(file.Meta, _cache, _handles, key), _onUnused);

    private sealed class Completion(TaskCompletionSource source) : IThreadPoolWorkItem
    {
        public void Execute() => source.TrySetResult();
    }
}
