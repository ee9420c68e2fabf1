using Keystone.Storage.Compaction;
using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <content>
/// The background jobs: their start, what becomes of the store when one of them dies, their end.
/// <para>
/// A job turns every failure that can be foreseen into a state of the store. What it throws all the same is a defect: the job is dead
/// then and told of at once. If writes need it, the store is poisoned, so that nobody waits for what will not come; reads go on. The
/// close gives back lock, memory and handles in every case, and throws the death of a job afterwards.
/// </para>
/// </content>
public sealed partial class StorageEngine
{
    /// <summary>One for each job: ends after the job has ended and its death, if it died, was dealt with.</summary>
    private readonly Dictionary<IJobHandle, Task> _ends = [];

    private Death? _death;

    /// <summary>The name of the first background job that ended with an error; null while all is well. Cheap enough for a probe.</summary>
    public string? FailedJob => Volatile.Read(ref _death)?.Job;

    /// <summary>
    /// Finishes what was accepted, ends the background jobs and closes the files. Memtables are not flushed: the log has them. Iterators
    /// that are still open may be read on from what is in memory; native memory goes when the last of them is disposed.
    /// </summary>
    /// <exception cref="StoreException">JobFailed, when a background job died; everything was given back nevertheless.</exception>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
        {
            return;
        }

        try
        {
            await EndJobsAsync().ConfigureAwait(false);
        }
        finally
        {
            Free();
        }

        if (_death is { } death)
        {
            throw death.Failure;
        }
    }

    /// <summary>When a job cannot be started, those that were are ended and everything is given back: nobody else could do it.</summary>
    private void StartOrFree()
    {
        bool isStarted = false;
        try
        {
            Start();
            isStarted = true;
        }
        finally
        {
            if (!isStarted)
            {
                DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        }
    }

    private void Start()
    {
        _manifest.Handle = Start(_manifest, _poison.Set);
        _supply.Handle = Start(_supply, _poison.Set);
        _committer.OnPublished = OnPublished;
        _committer.Handle = Start(_committer, OnCommitterDied);
        _pipeline.AskForFlush = () => _flush.Request(_stripes, _ => { });
        _stall.OnWait = () => _flush.Handle?.Wake();
        _stall.Handle = Start(_stall, _poison.Set);
        _obsolete.Handle = Start(_obsolete, static _ => { });
        if (!IsInMemory)
        {
            _ballast.Handle = Start(_ballast, static _ => { });
        }

        foreach (CompactionWorker compactor in _compactors)
        {
            compactor.Handle = Start(compactor, _compactions.FailAll);
        }

        _flush.OnFlushed = WakeCompactors;
        _flush.Handle = Start(_flush, OnFlushDied);
        _snapshots.OnReleased = WakeCompactors;
        _blocking.Start(worker => Start(worker, _blocking.NoteDeath));

        // What a job asked for before it had its handle could not wake it.
        IJobHandle[] started = [_manifest.Handle, _supply.Handle, _committer.Handle, _stall.Handle, _obsolete.Handle, _flush.Handle];
        foreach (IJobHandle handle in started)
        {
            handle.Wake();
        }

        WakeCompactors();
    }

    private IJobHandle Start(IJob job, Action<StoreException> onDeath)
    {
        IJobHandle handle = _options.JobHost.Start(job);
        _ends.Add(handle, WatchAsync(job.Name, handle, onDeath));
        return handle;
    }

    private async Task WatchAsync(string job, IJobHandle handle, Action<StoreException> onDeath)
    {
        await handle.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (handle.Completion.Exception?.InnerException is not { } thrown)
        {
            return;
        }

        StoreException failure = new(
            StoreErrorCode.JobFailed,
            $"The background job {job} of {_directory} ended with an error that nobody foresaw: {thrown.GetType().Name}: {thrown.Message} "
                + "The store has to be opened anew.",
            thrown);
        _ = Interlocked.CompareExchange(ref _death, new Death(job, failure), null);
        try
        {
            Report(StoreEventKind.JobFailed, failure.Message, failure, job);
        }
        finally
        {
            // Those who wait for the job hear of its end whatever a listener does.
            onDeath(failure);
        }
    }

    /// <summary>Whoever waits for a group, or joined one before the poison was set, hears that nothing comes of it.</summary>
    private void OnCommitterDied(StoreException failure)
    {
        _poison.Set(failure);
        WaitForWriters();
        _committer.Abandon(_poison.ToException());
    }

    /// <summary>When this returns, whoever was let through before the poison is in the queue, and everybody else has seen it.</summary>
    private void WaitForWriters()
    {
        foreach (Stripe stripe in _stripes)
        {
            lock (stripe.Writer)
            {
            }
        }

        lock (_queue.Lock)
        {
        }
    }

    private void OnFlushDied(StoreException failure)
    {
        _poison.Set(failure);
        _flush.EndWith(_poison.ToException());
    }

    private async Task EndJobsAsync()
    {
        _pipeline.Close();
        _committer.GiveUpWhenFull();
        _manifest.GiveUpWhenFull();
        await EndCheckpointsAsync().ConfigureAwait(false);
        _stall.Stop();
        _blocking.Stop();
        foreach (IJobHandle? reader in _blocking.Handles)
        {
            await EndOf(reader);
        }

        _flush.Stop();
        await EndOf(_flush.Handle);
        foreach (CompactionWorker compactor in _compactors)
        {
            compactor.Stop();
            await EndOf(compactor.Handle);
        }

        _compactions.FailAll(new StoreException(StoreErrorCode.Closed, "The store was closed before the compaction was done."));
        _committer.Stop();
        await EndOf(_committer.Handle);
        _supply.Stop();
        await EndOf(_supply.Handle);
        _manifest.Stop();
        await EndOf(_manifest.Handle);
        FailSubmitted(new StoreException(StoreErrorCode.Closed, "The store was closed before the claim was durable."));
        _obsolete.Stop();
        await EndOf(_obsolete.Handle);
        if (_ballast.Handle is { } ballast)
        {
            _ballast.Stop();
            await EndOf(ballast);
        }

        await EndOf(_stall.Handle);
    }

    /// <summary>Waits until the job has ended, in whatever way: the others have to end too. One that was never started has.</summary>
    private System.Runtime.CompilerServices.ConfiguredTaskAwaitable EndOf(IJobHandle? handle)
        => (handle is null ? Task.CompletedTask : _ends[handle]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void OnPublished()
    {
        _flush.Consider();
        _stall.Evaluate();
    }

    private void OnFileLeft(StoreException failure)
        => Report(StoreEventKind.JobHindered, "A table file could not be removed; the next open removes it.", failure, _obsolete.Name);

    private void WakeCompactors()
    {
        foreach (CompactionWorker compactor in _compactors)
        {
            compactor.Handle?.Wake();
        }
    }

    private void OnPoisoned(StoreException cause)
    {
        Report(StoreEventKind.Poisoned, $"The store refuses writes from now on: {cause.Message}", cause);
        _stall.NoteRoom();
        _compactions.FailAll(_poison.ToException());
        FailSubmitted(_poison.ToException());
        foreach (IJobHandle? handle in new[] { _manifest.Handle, _supply.Handle, _committer.Handle, _flush.Handle })
        {
            handle?.Wake();
        }

        WakeCompactors();
    }

    private void Free()
    {
        try
        {
            // Whoever comes late finds an empty View and the gate closed.
            ViewCount closed = new(static () => { });
            foreach (Stripe stripe in _stripes)
            {
                lock (stripe.Writer)
                {
                    stripe.Exchange(new View(new WriteBuffer(_pool), [], StripeFiles.Empty(), [], closed));
                }
            }

            _views.Remove();
            _committer.Dispose();
            _queue.Dispose();
            _segments.Current.Writer.Dispose();
            _supply.CloseSpares();
            _manifest.Dispose();
        }
        finally
        {
            _lock.Dispose();
        }
    }

    /// <summary>After the close, by whoever lets go of the last View.</summary>
    private void FreeMemory()
    {
        while (TakeIdleWalk() is { } walk)
        {
            walk.Free();
        }

        _obsolete.ReleaseReaders();
        _cache.Dispose();
        _handles.Dispose();
        _pool.Dispose();
        _memory?.Dispose();
    }

    private sealed record Death(string Job, StoreException Failure);
}
