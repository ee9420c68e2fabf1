using Keystone.Storage.Buffers;
using Keystone.Storage.Compaction;
using Keystone.Storage.Memory;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;
using Xunit;

namespace Keystone.Tests.Storage.Compaction;

/// <summary>Who asks for a stripe to be compacted waits for what was there, and for nothing that comes later.</summary>
public sealed class CompactionQueueTests : IDisposable
{
    private readonly ChunkPool _pool = new(new MemoryAccount("write buffers"), 1 << 20, hugePages: false);
    private readonly ViewCount _views = new(static () => { });
    private readonly Stripe _stripe;
    private readonly CompactionQueue _queue;

    public CompactionQueueTests()
    {
        _stripe = new Stripe(0, 1, 0, NewView(FilesOf(flushedThrough: 20, FileOf(1, 1, 10), FileOf(2, 11, 20))));
        _queue = new CompactionQueue([_stripe], new SnapshotList(new PublishedSequences(1), TimeProvider.System), new CompactionOptions());
    }

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void A_requested_compaction_does_not_chase_what_was_flushed_after_the_request()
    {
        bool isDone = false;
        _queue.Request(_stripe, failure => isDone = failure is null);
        Assert.Same(_stripe, _queue.TryTake(out CompactionPlan? plan));
        Assert.Equal(2, plan!.Inputs.Length);
        Install(FilesOf(flushedThrough: 30, FileOf(4, 21, 30)), sorted: FileOf(3, 1, 20));
        _queue.Return(_stripe, failure: null);
        Assert.Null(_queue.TryTake(out _));
        Assert.True(isDone);
    }

    [Fact]
    public void A_later_request_is_not_answered_by_the_end_of_an_earlier_one()
    {
        List<int> done = [];
        _queue.Request(_stripe, _ => done.Add(1));
        Install(FilesOf(flushedThrough: 30, FileOf(4, 21, 30)), sorted: FileOf(3, 1, 20));
        _queue.Request(_stripe, _ => done.Add(2));
        Assert.Same(_stripe, _queue.TryTake(out CompactionPlan? plan));
        Assert.Equal(4, Assert.Single(plan!.Inputs).Meta.FileNumber);
        Assert.Equal([1], done);
        Install(FilesOf(flushedThrough: 30), sorted: FileOf(5, 1, 30));
        _queue.Return(_stripe, failure: null);
        Assert.Null(_queue.TryTake(out _));
        Assert.Equal([1, 2], done);
    }

    private void Install(StripeFiles level0, LiveFile sorted)
    {
        LiveFile[][] levels = [.. level0.Levels];
        levels[^1] = [sorted];
        lock (_stripe.Writer)
        {
            _stripe.Exchange(NewView(new StripeFiles(levels, level0.FlushedThrough)));
        }
    }

    private View NewView(StripeFiles files) => new(new WriteBuffer(_pool), [], files, [], _views);

    private static StripeFiles FilesOf(ulong flushedThrough, params LiveFile[] level0)
        => new([level0, [], [], [], [], [], []], flushedThrough);

    private static LiveFile FileOf(long number, ulong firstSequence, ulong lastSequence)
    {
        SstMeta meta = new()
        {
            FileNumber = number,
            FileId = (UInt128)number,
            FileBytes = 1000,
            FirstKey = "a"u8.ToArray(),
            LastKey = "z"u8.ToArray(),
            FirstSequence = firstSequence,
            LastSequence = lastSequence,
            EntryCount = 10,
            DeleteCount = 0,
            DataBytes = 500,
            Footer = [],
        };
        return new LiveFile(new FileRecord(meta, DropsThrough: 0), reader: null!, static _ => { });
    }
}
