using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Log;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>
/// Has a segment ready before the committer needs one, and takes back segments that nobody needs any more.
/// <para>
/// What enters: segments whose every batch is in table files. What leaves: spares, filled with zeros or with what an earlier use
/// left, synced, named in the directory and in the manifest under a new generation. What always holds: a segment is never grown or
/// truncated; a new generation is durable in the manifest before the first group is written under it; segments take groups in the
/// order of their generations. A full disk stalls the supply, not the store: the half-made file goes and a new one is tried later.
/// A store whose log is not kept wants no spares.
/// </para>
/// </summary>
internal sealed class SegmentSupply(
    IFileSystem files,
    string directory,
    UInt128 storeId,
    int segmentBytes,
    int sparesMin,
    ManifestLog manifest,
    Poison poison,
    Ballast ballast,
    KeyVault? vault = null) : StoryJob("segments", JobPriority.Foreground)
{
    /// <summary>How many unused segments are kept; beyond it they are removed.</summary>
    private const int SparesMax = 2;

    /// <summary>
    /// How much is filled in one call. Larger calls make larger folios in the page cache, and every later write of a group walks all
    /// blocks of the folio that it falls into.
    /// </summary>
    private const int FillBytesMax = 64 << 10;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly Queue<SegmentFile> _spares = [];
    private readonly Queue<SegmentRecord> _released = [];
    private Action? _onSpare;
    private StoreException? _hindrance;
    private bool _isNamed;

    /// <summary>Why the last attempt to have a spare ready failed; null when it did not.</summary>
    public StoreException? Hindrance => Volatile.Read(ref _hindrance);

    /// <summary>Called after a spare became ready, or could not be made.</summary>
    public void OnSpare(Action action) => _onSpare = action;

    /// <summary>A spare that recovery found or made. Before the job starts.</summary>
    public void AddSpare(SegmentFile spare) => _spares.Enqueue(spare);

    /// <summary>Takes the spare with the lowest generation. Null when none is ready: <see cref="OnSpare"/> tells when one is.</summary>
    public SegmentFile? TryTake()
    {
        SegmentFile? spare;
        lock (_lock)
        {
            _spares.TryDequeue(out spare);
        }

        // While there is none, one is being made, or the next attempt at it has its time: on a full disk whoever asks is told of every
        // failed attempt and asks again, and must not be the one who begins the next.
        if (spare is not null)
        {
            Handle?.Wake();
        }

        return spare;
    }

    /// <summary>Gives back a segment of which nothing is needed any more. The caller has closed it.</summary>
    public void Release(SegmentRecord segment)
    {
        lock (_lock)
        {
            _released.Enqueue(segment);
        }

        Handle?.Wake();
    }

    /// <summary>Closes the spares. After the job is done.</summary>
    public void CloseSpares()
    {
        while (_spares.TryDequeue(out SegmentFile? spare))
        {
            spare.Writer.Dispose();
        }
    }

    protected override JobStep Recover(StoreException failure)
    {
        if (!ballast.NoteWant(failure))
        {
            poison.Set(failure);
            return JobStep.Done;
        }

        Volatile.Write(ref _hindrance, failure);
        _onSpare?.Invoke();
        return IsStopping ? JobStep.Done : JobStep.SleepFor(RetryDelay);
    }

    protected override IEnumerable<JobStep> Work()
    {
        while (!IsStopping)
        {
            IEnumerable<JobStep>? task = poison.IsSet ? null : NextTask();
            if (task is null)
            {
                yield return JobStep.Sleep;
                continue;
            }

            foreach (JobStep step in task)
            {
                yield return step;
            }
        }
    }

    private IEnumerable<JobStep>? NextTask()
    {
        lock (_lock)
        {
            // It stays in the queue until the manifest knows what became of it, so that a step that failed is made again.
            if (_released.TryPeek(out SegmentRecord released))
            {
                return _spares.Count < SparesMax ? Recycle(released) : Remove(released);
            }

            return _spares.Count < sparesMin ? Make() : null;
        }
    }

    private IEnumerable<JobStep> Make()
    {
        long number = manifest.NewFileNumber();
        string path = Path.Combine(directory, FileNames.Segment(number));
        IFile file = files.Create(path);
        bool kept = false;
        try
        {
            yield return JobStep.Again;
            for (long offset = 0; offset < segmentBytes; offset += FillBytesMax)
            {
                file.WriteAll(offset, Zeros.Span[..(int)Math.Min(FillBytesMax, segmentBytes - offset)]);
                yield return JobStep.Again;
            }

            file.Sync();
            yield return JobStep.Again;
            files.SyncDirectory(directory);
            yield return JobStep.Again;
            kept = true;
            foreach (JobStep step in Enter(number, file))
            {
                yield return step;
            }
        }
        finally
        {
            if (!kept)
            {
                file.Dispose();
                files.TryUnlink(path);
            }
        }
    }

    private IEnumerable<JobStep> Recycle(SegmentRecord segment)
    {
        IFile file = files.Open(Path.Combine(directory, FileNames.Segment(segment.FileNumber)), writable: true);
        yield return JobStep.Again;
        if (!HasLength(file))
        {
            file.Dispose();
            foreach (JobStep step in Remove(segment))
            {
                yield return step;
            }

            yield break;
        }

        foreach (JobStep step in Enter(segment.FileNumber, file))
        {
            yield return step;
        }

        NoteHandled();
    }

    /// <summary>Whether a segment is as long as those of this life. A file that cannot be asked is closed.</summary>
    private bool HasLength(IFile file)
    {
        bool isAsked = false;
        try
        {
            bool hasLength = file.Length() == segmentBytes;
            isAsked = true;
            return hasLength;
        }
        finally
        {
            if (!isAsked)
            {
                file.Dispose();
            }
        }
    }

    /// <summary>Names the segment in the manifest under a new generation and offers it as a spare.</summary>
    private IEnumerable<JobStep> Enter(long number, IFile file)
    {
        ulong generation = manifest.NewGeneration();
        VersionEdit edit = new();
        DataKey? key = vault?.NewKey();
        edit.Segments.Add(new SegmentRecord(number, generation, 0, 0));
        edit.AddKey(number, key);
        foreach (JobStep step in Submit(edit))
        {
            yield return step;
        }

        if (!Volatile.Read(ref _isNamed))
        {
            file.Dispose();
            yield break;
        }

        GroupWriter writer = new(file, segmentBytes, storeId, generation, GroupKind.Commit, key);
        Volatile.Write(ref _hindrance, null);
        lock (_lock)
        {
            _spares.Enqueue(new SegmentFile(number, writer));
        }

        _onSpare?.Invoke();
    }

    private IEnumerable<JobStep> Remove(SegmentRecord segment)
    {
        VersionEdit edit = new();
        edit.RemovedSegments.Add(segment.FileNumber);
        foreach (JobStep step in Submit(edit))
        {
            yield return step;
        }

        // What the manifest may still name has to stay: a store that lacks it does not open.
        if (Volatile.Read(ref _isNamed))
        {
            NoteHandled();
            files.Unlink(Path.Combine(directory, FileNames.Segment(segment.FileNumber)));
            yield return JobStep.Again;
        }
    }

    private void NoteHandled()
    {
        lock (_lock)
        {
            _released.TryDequeue(out _);
        }
    }

    /// <summary>Ends when the edit is durable, or when it never will be known to be: then <c>_isNamed</c> stays false.</summary>
    private IEnumerable<JobStep> Submit(VersionEdit edit)
    {
        Volatile.Write(ref _isNamed, false);
        manifest.Submit(edit, () =>
        {
            Volatile.Write(ref _isNamed, true);
            Handle?.Wake();
        });
        while (!Volatile.Read(ref _isNamed) && !poison.IsSet)
        {
            yield return JobStep.Sleep;
        }
    }
}
