using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <content>Flush, compaction, verification, figures.</content>
public sealed partial class StorageEngine
{
    /// <summary>Moves everything that was written so far into table files.</summary>
    public Task FlushAsync() => FlushAsync(Enumerable.Range(0, _stripes.Length));

    /// <summary>Moves what was written so far to these stripes into table files.</summary>
    public Task FlushAsync(IEnumerable<int> stripes)
    {
        TaskCompletionSource done = new();
        _flush.Request([.. stripes.Select(StripeAt)], failure => _options.JobHost.Post(new Ending(done, failure)));
        return done.Task;
    }

    /// <summary>
    /// Flushes, then merges every stripe into one sorted level; what nobody can see goes with the merge. A stripe that lies in its last
    /// level already is left as it is, also when a snapshot that kept older versions there is gone by now. What is flushed after a stripe's
    /// turn has begun is not waited for. <paramref name="progress"/> gets the stripes done.
    /// </summary>
    public async Task CompactAsync(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        await FlushAsync().ConfigureAwait(false);
        int finished = 0;
        foreach (Stripe stripe in _stripes)
        {
            cancellation.ThrowIfCancellationRequested();
            TaskCompletionSource done = new();
            _compactions.Request(stripe, failure => _options.JobHost.Post(new Ending(done, failure)));
            WakeCompactors();
            await done.Task.ConfigureAwait(false);
            progress?.Report(++finished);
        }
    }

    /// <summary>Completes when no flush or compaction is due any more. For measurements and tests.</summary>
    public async Task SettleAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        TaskCompletionSource done = new();
        _compactions.RequestIdle(failure => _options.JobHost.Post(new Ending(done, failure)));
        WakeCompactors();
        await done.Task.ConfigureAwait(false);
    }

    /// <summary>
    /// Reads every block of every table file and checks checksums, order and counts, on the disk's own threads. Returns what was found
    /// damaged; nothing is changed.
    /// </summary>
    public async Task<IReadOnlyList<StoreException>> VerifyAsync(
        IProgress<VerifyProgress>? progress = null, CancellationToken cancellation = default)
    {
        List<StoreException> damages = [];
        VerifyProgress at = new(0, _stripes.Length, 0, 0);
        for (int stripe = 0; stripe < _stripes.Length; stripe++)
        {
            StripeVerifyPart part = await VerifyAsync(stripe, afterFile: 0, cancellation: cancellation).ConfigureAwait(false);
            damages.AddRange(part.Damages);
            at = at with { Files = at.Files + part.Files, Bytes = at.Bytes + part.Bytes };
            at = at with { Stripes = at.Stripes + 1 };
            progress?.Report(at);
        }

        return damages;
    }

    /// <summary>
    /// Why flush, manifest or log have to wait and try again, such as a full disk; null while nothing hinders them. Cheap enough for a
    /// probe.
    /// </summary>
    public StoreException? Hindrance => _manifest.Hindrance ?? _flush.Hindrance ?? _supply.Hindrance;

    /// <summary>Figures of the moment.</summary>
    public StoreStatistics Statistics()
    {
        int[] filesByLevel = new int[StripeFiles.LevelCount];
        long[] bytesByLevel = new long[StripeFiles.LevelCount];
        long entries = 0;
        long memoryEntries = 0;
        int usedStripes = 0;
        foreach (Stripe stripe in _stripes)
        {
            View view = stripe.AcquireView();
            for (int level = 0; level < StripeFiles.LevelCount; level++)
            {
                filesByLevel[level] += view.Files.Levels[level].Length;
                bytesByLevel[level] += view.Files.Levels[level].Sum(f => f.Meta.FileBytes);
                entries += view.Files.Levels[level].Sum(f => f.Meta.EntryCount);
            }

            long buffered = view.Active.Table.EntryCount + view.Sealed.Sum(b => (long)b.Table.EntryCount);
            memoryEntries += buffered;
            usedStripes += buffered > 0 || view.Files.FileCount > 0 ? 1 : 0;
            view.Release();
        }

        return new StoreStatistics
        {
            StripeCount = _stripes.Length,
            UsedStripes = usedStripes,
            FilesByLevel = filesByLevel,
            BytesByLevel = bytesByLevel,
            FileEntries = entries,
            MemoryEntries = memoryEntries,
            WriteBufferBytes = _pool.UsedBytes,
            LogBytes = _segments.Bytes,
            BlockCacheBytes = _cache.Bytes,
            BlockCacheMisses = _cache.Misses,
            OpenTableFiles = _handles.OpenCount,
            Groups = _committer.Counters.Groups,
            Syncs = _committer.Counters.Syncs,
            LogBytesWritten = _committer.Counters.Bytes,
            Flushes = _flush.FlushCount,
            FlushBytesWritten = _flush.BytesWritten,
            Compactions = _compactors.Sum(c => c.Count),
            CompactionBytesRead = _compactors.Sum(c => c.BytesRead),
            CompactionBytesWritten = _compactors.Sum(c => c.BytesWritten),
            StalledWrites = _stall.WaitCount,
            BallastBytes = _ballast.HeldBytes,
            BallastReleases = _ballast.ReleaseCount,
            Hindrance = Hindrance?.Message,
            Snapshots = _snapshots.Count,
            OldestSnapshotAge = _snapshots.OldestAge,
            IsPoisoned = _poison.IsSet,
            FailedJob = FailedJob,
        };
    }

    /// <summary>The newest sequence of a stripe. For tests.</summary>
    internal ulong LastSequenceOf(int stripe)
    {
        lock (StripeAt(stripe).Writer)
        {
            return _stripes[stripe].LastSequence;
        }
    }

    private sealed class Ending(TaskCompletionSource source, StoreException? failure) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            if (failure is null)
            {
                source.TrySetResult();
            }
            else
            {
                source.TrySetException(failure);
            }
        }
    }

    private sealed class Verification(SstReader reader, Buffers.MemoryAccount account, CancellationToken cancellation)
    {
        public StoreException? Damage { get; private set; }

        public void Run()
        {
            using SstVerifier verifier = reader.Verify(account);
            try
            {
                while (!cancellation.IsCancellationRequested && verifier.Step())
                {
                }
            }
            catch (StoreException damage) when (damage.Code is StoreErrorCode.Corrupt or StoreErrorCode.NotFound)
            {
                // A file that the manifest names and the directory has not is damage, too.
                Damage = damage;
            }
        }
    }
}

/// <summary>How far a verification is.</summary>
public readonly record struct VerifyProgress(int Stripes, int StripeCount, int Files, long Bytes);
