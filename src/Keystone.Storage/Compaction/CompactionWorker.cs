using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// Runs compactions one after another; several workers share the stripes through one <see cref="CompactionQueue"/>. A full disk is
/// waited for, a failed write is tried again into new files, a damaged input takes its stripe out of compaction and keeps the files.
/// </summary>
internal sealed class CompactionWorker(Disk disk, CompactionQueue queue, ByteRate rate, string name) : IJob
{
    private const int FailuresMax = 3;

    private static readonly TimeSpan DiskFullDelay = TimeSpan.FromMilliseconds(250);

    private readonly InputCursors _inputs = new();
    private IEnumerator<JobStep>? _work;
    private Stripe? _stripe;
    private int _failures;
    private bool _stopping;

    public string Name => name;

    public JobPriority Priority => JobPriority.Background;

    public IJobHandle? Handle { get; set; }

    public long BytesRead { get; private set; }

    public long BytesWritten { get; private set; }

    public long Count { get; private set; }

    public void Stop()
    {
        Volatile.Write(ref _stopping, true);
        Handle?.Wake();
    }

    public JobStep Step()
    {
        // The first step may come before whoever started the job has noted its handle; a wait begun without it would miss its wake.
        if (Handle is null)
        {
            return JobStep.Again;
        }

        try
        {
            _work ??= Work().GetEnumerator();
            return _work.MoveNext() ? _work.Current : JobStep.Done;
        }
        catch (StoreException failure)
        {
            return Recover(failure);
        }
    }

    private JobStep Recover(StoreException failure)
    {
        _work?.Dispose();
        _work = null;
        if (_stripe is { } stripe)
        {
            queue.Return(stripe, failure.Code == StoreErrorCode.Corrupt ? failure : null);
            _stripe = null;
        }

        if (disk.Poison.IsSet || Volatile.Read(ref _stopping))
        {
            return Volatile.Read(ref _stopping) ? JobStep.Done : JobStep.Sleep;
        }

        switch (failure.Code)
        {
            case StoreErrorCode.Corrupt:
                return JobStep.Again;
            case StoreErrorCode.DiskFull:
                disk.Ballast.NoteFull();
                return JobStep.SleepFor(DiskFullDelay);
            case StoreErrorCode.TooManyOpenFiles:
                return JobStep.SleepFor(DiskFullDelay);
            case var _ when ++_failures < FailuresMax:
                return JobStep.Again;
            default:
                disk.Poison.Set(failure);
                return JobStep.Sleep;
        }
    }

    private IEnumerable<JobStep> Work()
    {
        while (!Volatile.Read(ref _stopping))
        {
            CompactionPlan? plan = null;
            _stripe = disk.Poison.IsSet ? null : queue.TryTake(out plan);
            if (_stripe is null || plan is null)
            {
                yield return JobStep.Sleep;
                continue;
            }

            CompactionJob job = new(disk, _stripe, plan, _inputs);
            long moved = 0;
            foreach (JobStep step in job.Run(() => Handle))
            {
                TimeSpan rest = step == JobStep.Again ? rate.RestAfter(job.BytesWritten - moved) : TimeSpan.Zero;
                moved = job.BytesWritten;
                yield return rest > TimeSpan.Zero ? JobStep.SleepFor(rest) : step;
                if (Volatile.Read(ref _stopping))
                {
                    break;
                }
            }

            _failures = 0;
            Count++;
            BytesRead += job.BytesRead;
            BytesWritten += job.BytesWritten;
            queue.Return(_stripe, failure: null);
            _stripe = null;
        }
    }
}
