using Keystone.Storage.Jobs;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// Runs compactions one after another; several workers share the stripes through one <see cref="CompactionQueue"/>. A full disk is
/// waited for, a failed write is tried again into new files, a damaged input takes its stripe out of compaction and keeps the files.
/// </summary>
internal sealed class CompactionWorker(Disk disk, CompactionQueue queue, ByteRate rate, TimeProvider time, string name)
    : StoryJob(name, JobPriority.Background)
{
    private const int FailuresMax = 3;

    /// <summary>
    /// A full disk is not asked for room again and again: each vain attempt writes until there is none left, so every wait is twice as
    /// long as the one before. Nothing cuts it short but the end of the store: a flush that came to its end shows that there was room for
    /// its table, and a merge needs more.
    /// </summary>
    private static readonly TimeSpan WantDelayMin = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan WantDelayMax = TimeSpan.FromSeconds(16);

    private readonly InputCursors _inputs = new();
    private readonly SstBuilder _builder = new(disk.Sst, disk.Account);
    private readonly SstBuilder _lastLevelBuilder = new(disk.LastLevelSst, disk.Account);
    private Stripe? _stripe;
    private int _failures;
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _wantDelay = WantDelayMin;

    // Before this moment, counted from the start, nothing is taken.
    private TimeSpan _restsUntil;

    public long BytesRead { get; private set; }

    public long BytesWritten { get; private set; }

    public long Count { get; private set; }

    protected override JobStep Recover(StoreException failure)
    {
        if (_stripe is { } stripe)
        {
            queue.Return(stripe, failure.Code == StoreErrorCode.Corrupt ? failure : null);
            _stripe = null;
        }

        if (disk.Poison.IsSet || IsStopping)
        {
            return IsStopping ? JobStep.Done : JobStep.Sleep;
        }

        switch (failure.Code)
        {
            case StoreErrorCode.Corrupt:
                return JobStep.Again;
            case var _ when disk.Ballast.NoteWant(failure):
                return JobStep.SleepFor(NextWantDelay());
            case var _ when ++_failures < FailuresMax:
                return JobStep.Again;
            default:
                disk.Poison.Set(failure);
                return JobStep.Sleep;
        }
    }

    private TimeSpan NextWantDelay()
    {
        TimeSpan delay = _wantDelay;
        _wantDelay = delay * 2 < WantDelayMax ? delay * 2 : WantDelayMax;
        _restsUntil = time.GetElapsedTime(_start) + delay;
        return delay;
    }

    protected override IEnumerable<JobStep> Work()
    {
        while (!IsStopping)
        {
            TimeSpan rest = _restsUntil - time.GetElapsedTime(_start);
            if (rest > TimeSpan.Zero)
            {
                yield return JobStep.SleepFor(rest);
                continue;
            }

            CompactionPlan? plan = null;
            _stripe = disk.Poison.IsSet ? null : queue.TryTake(out plan);
            if (_stripe is null || plan is null)
            {
                yield return JobStep.Sleep;
                continue;
            }

            CompactionJob job = new(disk, _stripe, plan, _inputs, _builder, _lastLevelBuilder);
            long moved = 0;
            foreach (JobStep step in job.Run(() => Handle))
            {
                TimeSpan pause = step == JobStep.Again ? rate.RestAfter(job.BytesWritten - moved) : TimeSpan.Zero;
                moved = job.BytesWritten;
                yield return pause > TimeSpan.Zero ? JobStep.SleepFor(pause) : step;
                if (IsStopping)
                {
                    break;
                }
            }

            _failures = 0;
            _wantDelay = WantDelayMin;
            Count++;
            BytesRead += job.BytesRead;
            BytesWritten += job.BytesWritten;
            queue.Return(_stripe, failure: null);
            _stripe = null;
        }
    }
}
