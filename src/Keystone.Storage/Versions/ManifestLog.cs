using System.Runtime.InteropServices;
using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Log;

namespace Keystone.Storage.Versions;

/// <summary>
/// The one writer of the manifest: the only truth about files.
/// <para>
/// What enters: edits, from flush, compaction, claims and the preparation of segments. What leaves: edits that are durable, put
/// into force (<c>install</c>) in the order of the manifest, before their submitters hear of it. What always holds: edits that wait
/// together share one record and one sync; a failed write or sync poisons the store; a submitter has made durable whatever its edit
/// speaks of (the log through a memtable's last group, the files and their names) before it submits.
/// </para>
/// <para>
/// A full disk stalls the manifest only where it needs new room, at a roll: nothing depends on the new file yet, so it goes, the edits
/// wait, and a new one is tried later. An append needs no room: every block that it writes was filled and synced before CURRENT named the
/// file, and neither its size nor its place changes. A file system that gives rewritten blocks a new place may still refuse one; whether
/// the record is there is unknown then, as after any failed write, and the store is poisoned.
/// </para>
/// </summary>
internal sealed class ManifestLog : StoryJob, IDisposable
{
    private static readonly TimeSpan IdleDelay = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan FullDelay = TimeSpan.FromMilliseconds(250);

    private readonly IFileSystem _files;
    private readonly ManifestFile _manifests;
    private readonly ManifestState _state;
    private readonly Action<VersionEdit> _install;
    private readonly Poison _poison;
    private readonly Ballast _ballast;
    private readonly long _fileBytesMin;
    private readonly NativeBuffer _group;
    private readonly NativeBuffer _scratch;
    private readonly Lock _lock = new();
    private readonly List<(VersionEdit Edit, Action OnDurable)> _waiting = [];

    // The edits that are being made durable. They stay while a roll waits for room, and those that come meanwhile join them.
    private readonly List<(VersionEdit Edit, Action OnDurable)> _batch = [];
    private int _appliedCount;
    private ManifestTail _tail;
    private long _fileNumber;

    // The number of the new manifest from the first call for it until it is in force; else 0.
    private long _nextFileNumber;
    private ManifestCounters _counters;
    private bool _givesUpWhenFull;
    private KeyRewrap? _rewrap;
    private StoreException? _hindrance;

    /// <summary>Goes on with a manifest that recovery has just brought into force.</summary>
    public ManifestLog(
        IFileSystem files,
        ManifestFile manifests,
        ManifestState state,
        GroupWriter writer,
        long fileNumber,
        long fileBytesMin,
        MemoryAccount account,
        Action<VersionEdit> install,
        Poison poison,
        Ballast ballast)
        : base("manifest", JobPriority.Foreground)
    {
        _files = files;
        _manifests = manifests;
        _state = state;
        _fileNumber = fileNumber;
        _fileBytesMin = fileBytesMin;
        _install = install;
        _poison = poison;
        _ballast = ballast;
        _counters = state.Counters with { Group = 0 };
        _group = new NativeBuffer(account, NativeBuffer.AlignmentBytes);
        _scratch = new NativeBuffer(account, NativeBuffer.AlignmentBytes);
        _tail = new ManifestTail(writer, _group);
    }

    /// <summary>Why the last attempt at a new manifest failed; null when it did not. Read by anyone.</summary>
    public StoreException? Hindrance => Volatile.Read(ref _hindrance);

    /// <summary>A number for a new file that nobody has or had.</summary>
    public long NewFileNumber()
    {
        lock (_lock)
        {
            _counters = _counters with { FileNumber = _counters.FileNumber + 1 };
            return _counters.FileNumber;
        }
    }

    /// <summary>A generation above all that were given.</summary>
    public ulong NewGeneration()
    {
        lock (_lock)
        {
            _counters = _counters with { Generation = _counters.Generation + 1 };
            return _counters.Generation;
        }
    }

    /// <summary>
    /// Queues an edit. <paramref name="onDurable"/> runs on the manifest's turn when the edit is durable and in force; never after a
    /// poisoning.
    /// </summary>
    public void Submit(VersionEdit edit, Action onDurable)
    {
        lock (_lock)
        {
            _waiting.Add((edit, onDurable));
        }

        Handle?.Wake();
    }

    /// <summary>
    /// Everything that the manifest says, as one edit. On the manifest's turn only: by those whom it tells that their edit is durable. Its
    /// keys are the caller's own: they may be wrapped on another's turn.
    /// </summary>
    public VersionEdit WholeState()
    {
        VersionEdit whole = _state.ToEdit();
        whole.Counters = whole.Counters.Then(CountersNow());
        whole.Keys.Clear();
        whole.Keys.AddRange(_state.Keys.Select(key => key.Clone()));
        return whole;
    }

    /// <summary>
    /// Asks for a new manifest in which all keys are wrapped under the ring's current key. Of two requests the later one counts.
    /// </summary>
    public void Submit(KeyRewrap rewrap)
    {
        lock (_lock)
        {
            _rewrap = rewrap;
        }

        Handle?.Wake();
    }

    /// <summary>
    /// From here on a roll that a full disk hinders poisons the store instead of waiting for room: the store is about to close, and nobody
    /// could say when.
    /// </summary>
    public void GiveUpWhenFull()
    {
        Volatile.Write(ref _givesUpWhenFull, true);
        Handle?.Wake();
    }

    public void Dispose()
    {
        Abandon();
        _tail.Dispose();
        _group.Dispose();
        _scratch.Dispose();
    }

    protected override JobStep Recover(StoreException failure)
    {
        if (!MayRollLater(failure))
        {
            _poison.Set(failure);
            return JobStep.Done;
        }

        Volatile.Write(ref _hindrance, failure);
        _ballast.NoteWant(failure);
        return JobStep.Again;
    }

    /// <summary>Whether the failure is one of want, met by a manifest that nobody depends on yet.</summary>
    private bool MayRollLater(StoreException failure)
        => _nextFileNumber != 0
        && failure.IsWant
        && !_manifests.IsInDoubt
        && !Volatile.Read(ref _givesUpWhenFull);

    /// <summary>Ends when the job is told to and nothing waits.</summary>
    protected override IEnumerable<JobStep> Work()
    {
        if (_nextFileNumber != 0)
        {
            foreach (JobStep step in AwaitRoom())
            {
                yield return step;
            }
        }

        bool isRested = false;
        while (true)
        {
            TakeWaiting();
            if (_batch.Count == 0 && Volatile.Read(ref _rewrap) is { } rewrap)
            {
                foreach (JobStep step in Rewrap(rewrap))
                {
                    yield return step;
                }

                continue;
            }

            if (_batch.Count == 0)
            {
                if ((IsStopping || isRested) && !_tail.IsCovered)
                {
                    _tail.Cover();
                    yield return JobStep.Again;

                    // A wake that came during the call ended with it, so what was submitted then has to be looked for again.
                    continue;
                }

                if (IsStopping)
                {
                    yield break;
                }

                isRested = !_tail.IsCovered;
                yield return isRested ? JobStep.SleepFor(IdleDelay) : JobStep.Sleep;
                continue;
            }

            isRested = false;

            // Edits that a roll has taken into the state already cannot go back to being a record.
            bool isRecord = _appliedCount == 0 && TryEncodeRecord();
            foreach (JobStep step in isRecord ? Append() : Roll())
            {
                yield return step;
            }

            _batch.ForEach(b => _install(b.Edit));
            _batch.ForEach(b => b.OnDurable());
            _batch.Clear();
            _appliedCount = 0;
        }
    }

    private IEnumerable<JobStep> Append()
    {
        _tail.Write();
        yield return JobStep.Again;
        _tail.Sync();
        yield return JobStep.Again;
        ApplyBatch();
    }

    /// <summary>Gives back the room of a new manifest that could not be finished, and waits. A failure here is not one of want.</summary>
    private IEnumerable<JobStep> AwaitRoom()
    {
        long failed = _nextFileNumber;
        _nextFileNumber = 0;
        foreach (JobStep step in _manifests.Discard(failed))
        {
            yield return step;
        }

        yield return JobStep.SleepFor(FullDelay);
    }

    /// <summary>Writes the whole state, these edits included, into a new manifest and unlinks the old one.</summary>
    private IEnumerable<JobStep> Roll()
    {
        ApplyBatch();
        long number = NewFileNumber();
        VersionEdit whole = WholeState();
        _nextFileNumber = number;
        foreach (JobStep step in _manifests.Create(number, whole, _fileBytesMin))
        {
            yield return step;
        }

        _nextFileNumber = 0;
        Volatile.Write(ref _hindrance, null);
        _tail.Dispose();
        string old = _manifests.PathOf(_fileNumber);
        _tail = new ManifestTail(_manifests.Writer ?? throw new InvalidOperationException("A created manifest has a writer."), _group);
        _fileNumber = number;
        _files.Unlink(old);
        yield return JobStep.Again;
    }

    /// <summary>
    /// A roll writes all keys down. They are wrapped before it, a few a step, so that nobody waits long behind them; what a cancelled
    /// request wrapped counts with the next record that names it. The request stays until it is done: a roll may fail for want of room.
    /// </summary>
    private IEnumerable<JobStep> Rewrap(KeyRewrap rewrap)
    {
        FileKey[] keys = [.. _state.Keys];
        for (int done = 0; done < keys.Length; done += KeyRewrap.KeysPerStep)
        {
            if (rewrap.Cancellation.IsCancellationRequested)
            {
                End(rewrap);
                yield break;
            }

            _manifests.WrapKeys(keys.AsSpan(done, Math.Min(KeyRewrap.KeysPerStep, keys.Length - done)));
            rewrap.OnProgress(done, keys.Length);
            yield return JobStep.Again;
        }

        foreach (JobStep step in Roll())
        {
            yield return step;
        }

        rewrap.OnProgress(keys.Length, keys.Length);
        End(rewrap);
    }

    private void End(KeyRewrap rewrap)
    {
        Interlocked.CompareExchange(ref _rewrap, null, rewrap);
        rewrap.OnDone();
    }

    /// <summary>Whether the manifest has room for the record.</summary>
    private bool TryEncodeRecord()
    {
        _group.Clear();
        _group.Append(GroupHeader.Bytes);
        foreach ((VersionEdit edit, _) in _batch)
        {
            edit.Counters = edit.Counters.Then(CountersNow());
            _manifests.WrapKeys(CollectionsMarshal.AsSpan(edit.Keys));
            VersionEditFormat.Encode(edit, _group, _scratch);
        }

        return _tail.Fits();
    }

    private void ApplyBatch()
    {
        for (; _appliedCount < _batch.Count; _appliedCount++)
        {
            _state.Apply(_batch[_appliedCount].Edit);
        }
    }

    private void TakeWaiting()
    {
        lock (_lock)
        {
            _batch.AddRange(_waiting);
            _waiting.Clear();
        }
    }

    private ManifestCounters CountersNow()
    {
        lock (_lock)
        {
            return _counters;
        }
    }
}
