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

    private readonly InputCursors _inputs = new();
    private readonly SstBuilder _builder = new(disk.Sst, disk.Account);
    private readonly SstBuilder _lastLevelBuilder = new(disk.LastLevelSst, disk.Account);
    private Stripe? _stripe;
    private int _failures;
    private readonly RoomWait _room = new(disk.Files, disk.Directory, time);

    // What the last plan takes at most.
    private long _roomBytes;

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
                _room.NoteWant();
                return JobStep.Again;
            case var _ when ++_failures < FailuresMax:
                return JobStep.Again;
            default:
                disk.Poison.Set(failure);
                return JobStep.Sleep;
        }
    }

    protected override IEnumerable<JobStep> Work()
    {
        while (!IsStopping)
        {
            if (!_room.MayTry(_roomBytes))
            {
                yield return JobStep.SleepFor(RoomWait.LookDelay);
                continue;
            }

            CompactionPlan? plan = null;
            _stripe = disk.Poison.IsSet ? null : queue.TryTake(out plan);
            if (_stripe is null || plan is null)
            {
                yield return JobStep.Sleep;
                continue;
            }

            _roomBytes = plan.InputBytes;
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
            _room.NoteDone();
            Count++;
            BytesRead += job.BytesRead;
            BytesWritten += job.BytesWritten;
            queue.Return(_stripe, failure: null);
            _stripe = null;
        }
    }
}
