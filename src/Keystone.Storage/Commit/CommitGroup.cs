using Keystone.Storage.Buffers;
using Keystone.Storage.Log;

namespace Keystone.Storage.Commit;

/// <summary>
/// The batches that go to the log together: their bytes, the stripes that they move, the callers who wait. Filled under the
/// committer's lock while it is open, owned by the holder of the committer's role once it is taken.
/// </summary>
internal sealed class CommitGroup : IDisposable
{
    private const int BytesKept = 256 << 10;

    private readonly int _bytesMax;
    private readonly int[] _touched;
    private readonly bool[] _isTouched;
    private int _touchedCount;
    private int _applying;

    // Set when a batch has failed between its numbers and its memtables. Written before the batch counts as applied.
    private bool _isBroken;

    // A batch is being written. Under the lock while the group is open; it stays when the writing failed.
    private bool _isTorn;

    public CommitGroup(int stripeCount, int bytesMax, MemoryAccount account)
    {
        _bytesMax = bytesMax;
        Bytes = new NativeBuffer(account, NativeBuffer.AlignmentBytes);
        Bytes.Append(GroupHeader.Bytes);
        _touched = new int[stripeCount];
        _isTouched = new bool[stripeCount];
        LastByStripe = new ulong[stripeCount];
    }

    /// <summary>Room for the header, then the parts.</summary>
    public NativeBuffer Bytes { get; }

    /// <summary>Grows by one from group to group, whether it is written or not. In memory only.</summary>
    public ulong Ticket { get; set; }

    /// <summary>Whether a caller wants it on stable storage.</summary>
    public bool NeedsSync { get; set; }

    public List<CommitWaiter> Waiters { get; } = [];

    public int BodyBytes => Bytes.Length - GroupHeader.Bytes;

    /// <summary>Whether there is anything to do for it. A group may have waiters and no batch: they wait for what came before.</summary>
    public bool IsEmpty => BodyBytes == 0 && Waiters.Count == 0;

    public ReadOnlySpan<int> TouchedStripes => _touched.AsSpan(0, _touchedCount);

    /// <summary>The newest sequence by stripe; of touched stripes only.</summary>
    public ulong[] LastByStripe { get; }

    /// <summary>Whether every batch in it has reached its memtables.</summary>
    public bool IsApplied => Volatile.Read(ref _applying) == 0;

    /// <summary>Whether a batch of this size may join. The first batch of a group may be larger than a group.</summary>
    public bool HasRoom(int bytes) => BodyBytes == 0 || BodyBytes + bytes <= _bytesMax;

    public void Touch(int stripe, ulong lastSequence)
    {
        if (!_isTouched[stripe])
        {
            _isTouched[stripe] = true;
            _touched[_touchedCount++] = stripe;
        }

        LastByStripe[stripe] = lastSequence;
    }

    /// <summary>
    /// Whether every batch in it is whole, in its bytes and, once <see cref="IsApplied"/>, in its memtables. A group that is not must
    /// neither be written nor be published: a defect met one of its batches behind its numbers.
    /// </summary>
    public bool IsWhole => !_isTorn && !Volatile.Read(ref _isBroken);

    /// <summary>Under the lock: a batch takes numbers and writes its bytes from here on, and is to be in its memtables later.</summary>
    public void BeginBatch()
    {
        _isTorn = true;
        Interlocked.Increment(ref _applying);
    }

    /// <summary>Under the lock: the batch's bytes are complete.</summary>
    public void EndBytes() => _isTorn = false;

    /// <summary>The batch is in its memtables, or never will be.</summary>
    public void EndBatch(bool isWhole)
    {
        if (!isWhole)
        {
            Volatile.Write(ref _isBroken, true);
        }

        Interlocked.Decrement(ref _applying);
    }

    /// <summary>Makes it an empty open group again.</summary>
    public void Reset(ulong ticket)
    {
        Invariant.Require(IsApplied);
        foreach (int stripe in TouchedStripes)
        {
            _isTouched[stripe] = false;
        }

        _touchedCount = 0;
        Bytes.ShrinkTo(Math.Max(BytesKept, Bytes.Capacity / 2));
        Bytes.Append(GroupHeader.Bytes);
        Waiters.Clear();
        _isBroken = false;
        _isTorn = false;
        NeedsSync = false;
        Ticket = ticket;
    }

    public void Dispose() => Bytes.Dispose();
}
