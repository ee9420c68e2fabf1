using Keystone.Storage.Commit;
using Keystone.Storage.Jobs;
using Keystone.Storage.Memory;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// Moves memtables into files when the budgets say so or somebody asks, and lets go of the log segments that are no longer needed.
/// One flush at a time for the disk.
/// <para>
/// Order: seal the buffers under the writers, wait until all of their batches are published and durable, write the tables, sync the
/// directory, one manifest record, then release segments and stalled writers. A full disk is waited for; a failed write is tried again
/// into new files, three times running, then the store is poisoned.
/// </para>
/// </summary>
internal sealed class FlushWorker(
    Disk disk,
    ChunkPool pool,
    FlushBudgets budgets,
    CommitPipeline pipeline,
    LogSegments segments,
    SegmentSupply supply,
    Committer committer,
    WriteStall stall) : StoryJob("flush", JobPriority.Background)
{
    private const int FailuresMax = 3;

    private static readonly TimeSpan DiskFullDelay = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly List<(Stripe[] Stripes, Action<StoreException?> OnDone)> _requests = [];
    private readonly Dictionary<Stripe, ulong> _wanted = [];
    private readonly BufferCursors _cursors = new();
    private readonly SstBuilder _builder = new(disk.Sst, disk.Account);
    private List<(Stripe[] Stripes, Action<StoreException?> OnDone)> _served = [];
    private StoreException? _end;
    private StoreException? _hindrance;
    private int _failures;

    // Below this use of the pool no memtable can have become large since the worker last looked. Written by the worker, read by anybody.
    private long _largeFromBytes = (long)(budgets.BufferBytesMax * FlushBudgets.LargeShare);

    /// <summary>Called when files were added.</summary>
    public Action? OnFlushed { get; set; }

    public long BytesWritten { get; private set; }

    public long FlushCount { get; private set; }

    /// <summary>Why the last flush has to be made again; null when it came to its end.</summary>
    public StoreException? Hindrance => Volatile.Read(ref _hindrance);

    /// <summary>How full the fuller of the two budgets is.</summary>
    public double Fill => Math.Max(pool.UsedBytes / (double)budgets.BufferBytesMax, LogFill);

    private double LogFill => (segments.Bytes - 1) / (double)budgets.LogBytesMax;

    /// <summary>Lets the worker look at the budgets if they say that there is something to do.</summary>
    public void Consider()
    {
        if (Fill >= FlushBudgets.StartShare || pool.UsedBytes >= Volatile.Read(ref _largeFromBytes))
        {
            Handle?.Wake();
        }
    }

    /// <summary>
    /// Flushes what these stripes hold by now, whatever the budgets say. <paramref name="onDone"/> gets what went wrong, or null.
    /// </summary>
    public void Request(Stripe[] stripes, Action<StoreException?> onDone)
    {
        StoreException? end;
        lock (_lock)
        {
            end = _end;
            if (end is null)
            {
                _requests.Add((stripes, onDone));
            }
        }

        if (end is not null)
        {
            onDone(end);
            return;
        }

        Handle?.Wake();
    }

    protected override JobStep Recover(StoreException failure)
    {
        bool isPoisoned = disk.Poison.IsSet || failure.Code is StoreErrorCode.Poisoned or StoreErrorCode.Closed;
        if (!isPoisoned && disk.Ballast.NoteWant(failure))
        {
            Volatile.Write(ref _hindrance, failure);
            return IsStopping ? Give(failure) : JobStep.SleepFor(DiskFullDelay);
        }

        if (!isPoisoned && ++_failures < FailuresMax)
        {
            return JobStep.Again;
        }

        if (!isPoisoned)
        {
            disk.Poison.Set(failure);
        }

        return Give(failure);
    }

    private JobStep Give(StoreException failure)
    {
        if (disk.Poison.IsSet || IsStopping)
        {
            EndWith(failure);
        }

        // What was asked for meanwhile has used up its wake, so the next step looks for it.
        Answer(failure);
        return IsStopping ? JobStep.Done : JobStep.Again;
    }

    /// <summary>No flush will be done any more: tells whoever waits for one, and whoever asks from here on.</summary>
    public void EndWith(StoreException failure)
    {
        lock (_lock)
        {
            _end ??= failure;
            _served.AddRange(_requests);
            _requests.Clear();
        }

        Answer(failure);
    }

    protected override IEnumerable<JobStep> Work()
    {
        while (true)
        {
            List<Stripe> stripes = disk.Poison.IsSet ? [] : Choose();
            if (stripes.Count > 0)
            {
                foreach (JobStep step in Flush(stripes))
                {
                    yield return step;
                }

                continue;
            }

            // A log can be full of what is in files already: when an earlier life left it so, or when the last of a segment was flushed
            // before the segment was full. Then no flush would ever come to make room, and writers would wait for ever. Once such segments
            // are gone another one is the oldest, and what it holds may be due.
            if (ReleaseSegments())
            {
                continue;
            }

            if (disk.Poison.IsSet)
            {
                EndWith(disk.Poison.ToException());
            }

            Answer(failure: null);
            if (IsStopping)
            {
                EndWith(new StoreException(StoreErrorCode.Closed, "The store was closed before the flush was done."));
                yield break;
            }

            yield return JobStep.Sleep;
        }
    }

    /// <summary>Stripes that were asked for come first, as long as they have something that is in no file.</summary>
    private List<Stripe> Choose()
    {
        lock (_lock)
        {
            _requests.ForEach(r => Want(r.Stripes));
            _served.AddRange(_requests);
            _requests.Clear();
        }

        List<Stripe> asked = [.. _wanted.Where(w => !IsFlushedThrough(w.Key, w.Value)).Select(w => w.Key).Take(FlushBudgets.StripesMax)];
        if (asked.Count > 0 || IsStopping)
        {
            return asked;
        }

        NoteLargest();
        return FlushPicker.Pick(disk.Stripes, budgets, pool.UsedBytes, segments.Bytes, segments.OldestLastGroup);
    }

    /// <summary>
    /// A look at every stripe is not worth taking after every group: the largest memtable needs so many bytes more to be flushed for its
    /// size, and the pool shows them. What is freed meanwhile can only put the look off, at most to the start of an ordinary flush.
    /// </summary>
    private void NoteLargest()
    {
        long used = pool.UsedBytes;
        long lacking = (long)(budgets.BufferBytesMax * FlushBudgets.LargeShare) - disk.Stripes.Max(FlushPicker.BufferBytes);
        Volatile.Write(ref _largeFromBytes, used + Math.Max(0, lacking));
    }

    /// <summary>What is written after the request is not waited for, or a store under load would never be done.</summary>
    private void Want(Stripe[] stripes)
    {
        foreach (Stripe stripe in stripes)
        {
            lock (stripe.Writer)
            {
                _wanted[stripe] = stripe.LastSequence;
            }
        }
    }

    private static bool IsFlushedThrough(Stripe stripe, ulong sequence)
    {
        View view = stripe.AcquireView();
        bool isFlushed = view.Files.FlushedThrough >= sequence;
        view.Release();
        return isFlushed;
    }

    private void Answer(StoreException? failure)
    {
        _wanted.Clear();
        List<(Stripe[] Stripes, Action<StoreException?> OnDone)> served = _served;
        _served = [];
        served.ForEach(r => r.OnDone(failure));
    }

    private IEnumerable<JobStep> Flush(List<Stripe> stripes)
    {
        stripes.ForEach(Seal);
        foreach (JobStep step in JobWaits.For(pipeline.JoinAsync(WriteDurability.Synced), () => Handle))
        {
            yield return step;
        }

        FlushJob job = new(disk, stripes, committer.LastGroupDurable, _cursors, _builder);
        foreach (JobStep step in job.Run(() => Handle))
        {
            yield return step;
        }

        _failures = 0;
        Volatile.Write(ref _hindrance, null);
        BytesWritten += job.BytesWritten;
        FlushCount++;
        ReleaseSegments();
        OnFlushed?.Invoke();
    }

    private void Seal(Stripe stripe)
    {
        lock (stripe.Writer)
        {
            if (!stripe.CurrentView.Active.IsEmpty)
            {
                stripe.Exchange(stripe.CurrentView.WithSealedActive(new WriteBuffer(pool)));
            }
        }
    }

    /// <summary>
    /// Gives back the segments below the oldest group that some memtable may need. Before it learns of the new use of those that go, the
    /// manifest learns which groups all of them hold, so that replay always knows with which number the oldest one begins. Returns whether
    /// there were any.
    /// </summary>
    private bool ReleaseSegments()
    {
        ulong needed = committer.LastGroupWritten + 1;
        foreach (Stripe stripe in disk.Stripes)
        {
            needed = Math.Min(needed, FlushPicker.OldestGroup(stripe) ?? needed);
        }

        List<SegmentRecord> released = disk.Poison.IsSet ? [] : segments.TakeBelow(needed);
        stall.NoteRoom();
        if (released.Count == 0)
        {
            return false;
        }

        VersionEdit edit = new() { Counters = new ManifestCounters(0, 0, committer.LastGroupWritten) };
        edit.Segments.AddRange(released);
        edit.Segments.AddRange(segments.RecordsInUse());
        disk.Manifest.Submit(edit, () => { });
        released.ForEach(supply.Release);
        return true;
    }
}
