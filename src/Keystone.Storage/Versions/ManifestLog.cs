using Keystone.Storage.Buffers;
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
/// </summary>
internal sealed class ManifestLog : IJob, IDisposable
{
    private static readonly TimeSpan IdleDelay = TimeSpan.FromMilliseconds(100);

    private readonly IFileSystem _files;
    private readonly ManifestFile _manifests;
    private readonly ManifestState _state;
    private readonly Action<VersionEdit> _install;
    private readonly Poison _poison;
    private readonly long _fileBytesMin;
    private readonly NativeBuffer _group;
    private readonly NativeBuffer _scratch;
    private readonly Lock _lock = new();
    private readonly List<(VersionEdit Edit, Action OnDurable)> _waiting = [];
    private GroupWriter _writer;
    private long _fileNumber;
    private ulong _recordNumber = 1;
    private ulong _syncedThrough = 1;
    private ulong _claimedThrough;
    private ManifestCounters _counters;
    private bool _stopping;
    private IEnumerator<JobStep>? _work;

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
        Poison poison)
    {
        _files = files;
        _manifests = manifests;
        _state = state;
        _writer = writer;
        _fileNumber = fileNumber;
        _fileBytesMin = fileBytesMin;
        _install = install;
        _poison = poison;
        _counters = state.Counters with { Group = 0 };
        _group = new NativeBuffer(account, NativeBuffer.AlignmentBytes);
        _scratch = new NativeBuffer(account, NativeBuffer.AlignmentBytes);
    }

    public string Name => "manifest";

    public JobPriority Priority => JobPriority.Foreground;

    /// <summary>Set once the job is started; wakes it.</summary>
    public IJobHandle? Handle { get; set; }

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

    /// <summary>Queues an edit. <paramref name="onDurable"/> runs on the manifest's turn when the edit is durable and in force; never after a poisoning.</summary>
    public void Submit(VersionEdit edit, Action onDurable)
    {
        lock (_lock)
        {
            _waiting.Add((edit, onDurable));
        }

        Handle?.Wake();
    }

    /// <summary>Lets the job end once nothing waits.</summary>
    public void Stop()
    {
        _stopping = true;
        Handle?.Wake();
    }

    public JobStep Step()
    {
        try
        {
            _work ??= Work().GetEnumerator();
            return _work.MoveNext() ? _work.Current : JobStep.Done;
        }
        catch (StoreException failure)
        {
            _poison.Set(failure);
            return JobStep.Done;
        }
    }

    public void Dispose()
    {
        _work?.Dispose();
        _writer.Dispose();
        _group.Dispose();
        _scratch.Dispose();
    }

    private IEnumerable<JobStep> Work()
    {
        bool isRested = false;
        while (true)
        {
            List<(VersionEdit Edit, Action OnDurable)> batch = TakeWaiting();
            if (batch.Count == 0)
            {
                if ((_stopping || isRested) && !IsCovered)
                {
                    CoverLastRecord();
                    yield return JobStep.Again;

                    // A wake that came during the call ended with it, so what was submitted then has to be looked for again.
                    continue;
                }

                if (_stopping)
                {
                    yield break;
                }

                isRested = !IsCovered;
                yield return isRested ? JobStep.SleepFor(IdleDelay) : JobStep.Sleep;
                continue;
            }

            isRested = false;

            EncodeRecord(batch);
            if (_writer.Fits(_group.Length - GroupHeader.Bytes))
            {
                ulong number = ++_recordNumber;
                _claimedThrough = _syncedThrough;
                _writer.Write(_group, number, _claimedThrough);
                yield return JobStep.Again;
                _writer.Sync();
                _syncedThrough = number;
                yield return JobStep.Again;
                batch.ForEach(b => _state.Apply(b.Edit));
            }
            else
            {
                batch.ForEach(b => _state.Apply(b.Edit));
                foreach (JobStep step in Roll())
                {
                    yield return step;
                }
            }

            batch.ForEach(b => _install(b.Edit));
            batch.ForEach(b => b.OnDurable());
        }
    }

    /// <summary>Whether some record says of the last synced one that it was synced. There is always room for one more empty record.</summary>
    private bool IsCovered => _claimedThrough >= _syncedThrough;

    /// <summary>
    /// A manifest that rests or closes says of its last record that it was synced, so that damage to it is told from a torn tail. The
    /// empty record that says so is not synced itself and needs no cover.
    /// </summary>
    private void CoverLastRecord()
    {
        if (!IsCovered && _writer.Fits(0))
        {
            _group.Clear();
            _group.Append(GroupHeader.Bytes);
            _writer.Write(_group, ++_recordNumber, _syncedThrough);
        }

        _claimedThrough = _syncedThrough;
    }

    /// <summary>Writes the whole state, these edits included, into a new manifest and unlinks the old one.</summary>
    private IEnumerable<JobStep> Roll()
    {
        long number = NewFileNumber();
        VersionEdit whole = _state.ToEdit();
        whole.Counters = whole.Counters.Then(CountersNow());
        foreach (JobStep step in _manifests.Create(number, whole, _fileBytesMin))
        {
            yield return step;
        }

        _writer.Dispose();
        string old = _manifests.PathOf(_fileNumber);
        _writer = _manifests.Writer ?? throw new InvalidOperationException("A created manifest has a writer.");
        _fileNumber = number;
        _recordNumber = 1;
        _syncedThrough = 1;
        _claimedThrough = 0;
        _files.Unlink(old);
        yield return JobStep.Again;
    }

    private void EncodeRecord(List<(VersionEdit Edit, Action OnDurable)> batch)
    {
        _group.Clear();
        _group.Append(GroupHeader.Bytes);
        foreach ((VersionEdit edit, _) in batch)
        {
            edit.Counters = edit.Counters.Then(CountersNow());
            VersionEditFormat.Encode(edit, _group, _scratch);
        }
    }

    private List<(VersionEdit Edit, Action OnDurable)> TakeWaiting()
    {
        lock (_lock)
        {
            List<(VersionEdit Edit, Action OnDurable)> taken = [.. _waiting];
            _waiting.Clear();
            return taken;
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
