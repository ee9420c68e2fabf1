using System.Buffers;
using Keystone.Storage.Reading;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <summary>Looks at a value that is lent for the length of the call.</summary>
/// <typeparam name="TState">What the caller hands through.</typeparam>
public delegate void ValueReader<in TState>(TState state, ReadOnlySpan<byte> value, ulong sequence)
    where TState : allows ref struct;

/// <content>Reads. Bytes are copied or lent, never given.</content>
public sealed partial class StorageEngine
{
    private const int IdleWalksMax = 64;

    // A slot holds a walk that nobody uses. Taken and filled by exchange; a processor begins at its own slot.
    private readonly StripeWalk?[] _idleWalks = new StripeWalk?[IdleWalksMax];

    /// <summary>Copies the value of a key, if the answer is in memory. Allocates nothing and takes no lock.</summary>
    /// <returns>NeedsDisk when the answer lies on the disk: ask <see cref="GetAsync"/>.</returns>
    public ReadResult TryGet(StripeClaim claim, ReadOnlySpan<byte> key, Span<byte> destination)
        => Get(claim, key, destination, snapshot: null, mayBlock: false);

    /// <summary>The same, and reads from the disk on this thread if need be. For callers whose threads may wait.</summary>
    /// <exception cref="StoreException">Io or Corrupt, naming file and offset.</exception>
    public ReadResult Get(StripeClaim claim, ReadOnlySpan<byte> key, Span<byte> destination, Snapshot? snapshot = null)
        => Get(claim, key, destination, snapshot, mayBlock: true);

    /// <summary>
    /// Lends the value of a key to <paramref name="reader"/>, if the answer is in memory (or at any rate, with
    /// <paramref name="mayBlock"/>).
    /// </summary>
    public ReadResult Read<TState>(
        StripeClaim claim,
        ReadOnlySpan<byte> key,
        TState state,
        ValueReader<TState> reader,
        Snapshot? snapshot = null,
        bool mayBlock = false)
        where TState : allows ref struct
    {
        if (!TryEnter(claim, snapshot, out View view, out ulong sequenceMax))
        {
            return new ReadResult(ReadStatus.NotServing, 0, 0);
        }

        PointResult result = default;
        try
        {
            if (PointRead.TryGet(view, key, sequenceMax, mayBlock || IsInMemory, ref result) == PointReadState.NeedsLoad)
            {
                return new ReadResult(ReadStatus.NeedsDisk, 0, 0);
            }

            if (!result.IsPut)
            {
                return new ReadResult(ReadStatus.NotFound, 0, result.Sequence);
            }

            reader(state, result.Value, result.Sequence);
            return new ReadResult(ReadStatus.Found, result.Value.Length, result.Sequence);
        }
        finally
        {
            result.Dispose();
            view.Release();
        }
    }

    /// <summary>
    /// Appends the value of a key to <paramref name="destination"/>. What lies on the disk is read on the disk's own threads.
    /// </summary>
    /// <exception cref="StoreException">Io or Corrupt, naming file and offset; Closed.</exception>
    public ValueTask<ReadResult> GetAsync(
        StripeClaim claim, ReadOnlyMemory<byte> key, IBufferWriter<byte> destination, Snapshot? snapshot = null)
    {
        ReadResult result = Read(claim, key.Span, destination, static (target, value, _) => target.Write(value), snapshot);
        return result.Status == ReadStatus.NeedsDisk
            ? GetFromDiskAsync(claim, key, destination, snapshot)
            : new ValueTask<ReadResult>(result);
    }

    /// <summary>
    /// Opens an iterator over the keys of a stripe from <paramref name="from"/> up to but not including <paramref name="to"/> (empty: the
    /// end), at the present moment or at a snapshot's.
    /// </summary>
    /// <returns>Null when the stripe is not in service here under this epoch.</returns>
    public StripeIterator? OpenIterator(
        StripeClaim claim, ReadOnlySpan<byte> from = default, ReadOnlySpan<byte> to = default, Snapshot? snapshot = null)
    {
        if (!TryEnter(claim, snapshot, out View view, out ulong sequenceMax))
        {
            return null;
        }

        StripeWalk walk = TakeIdleWalk() ?? new StripeWalk(this);
        return new StripeIterator(walk, walk.Open(view, sequenceMax, from, to));
    }

    /// <summary>Holds the present moment of all stripes. Dispose it soon: it keeps old versions from going.</summary>
    public Snapshot TakeSnapshot() => _snapshots.Take(_stripes.Length);

    internal ValueTask RunBlockingAsync(Action<object> work, object state) => _blocking.RunAsync(work, state);

    internal void Return(StripeWalk walk)
    {
        int first = Thread.GetCurrentProcessorId();
        for (int i = 0; i < IdleWalksMax && Volatile.Read(ref _closing) == 0; i++)
        {
            ref StripeWalk? slot = ref _idleWalks[(int)((uint)(first + i) % IdleWalksMax)];
            if (Volatile.Read(ref slot) is null && Interlocked.CompareExchange(ref slot, walk, null) is null)
            {
                return;
            }
        }

        walk.Free();
    }

    private StripeWalk? TakeIdleWalk()
    {
        int first = Thread.GetCurrentProcessorId();
        for (int i = 0; i < IdleWalksMax; i++)
        {
            ref StripeWalk? slot = ref _idleWalks[(int)((uint)(first + i) % IdleWalksMax)];
            if (Volatile.Read(ref slot) is not null && Interlocked.Exchange(ref slot, null) is { } walk)
            {
                return walk;
            }
        }

        return null;
    }

    private ReadResult Get(StripeClaim claim, ReadOnlySpan<byte> key, Span<byte> destination, Snapshot? snapshot, bool mayBlock)
    {
        if (!TryEnter(claim, snapshot, out View view, out ulong sequenceMax))
        {
            return new ReadResult(ReadStatus.NotServing, 0, 0);
        }

        PointResult result = default;
        try
        {
            if (PointRead.TryGet(view, key, sequenceMax, mayBlock || IsInMemory, ref result) == PointReadState.NeedsLoad)
            {
                return new ReadResult(ReadStatus.NeedsDisk, 0, 0);
            }

            if (!result.IsPut)
            {
                return new ReadResult(ReadStatus.NotFound, 0, result.Sequence);
            }

            ReadStatus status = result.Value.TryCopyTo(destination) ? ReadStatus.Found : ReadStatus.DestinationTooSmall;
            return new ReadResult(status, result.Value.Length, result.Sequence);
        }
        finally
        {
            result.Dispose();
            view.Release();
        }
    }

    /// <summary>
    /// The gate, then the View, then the sequence. The View is taken first: what is published while it is being taken lies in it, or was
    /// written after this read began. The gate is looked at again once the View is held.
    /// </summary>
    private bool TryEnter(StripeClaim claim, Snapshot? snapshot, out View view, out ulong sequenceMax)
    {
        Stripe stripe = StripeAt(claim.Stripe);
        ulong? moment = snapshot?.SequenceOf(claim.Stripe);
        view = stripe.AcquireView();
        if (!stripe.Admits(claim.Epoch) || Volatile.Read(ref _closing) != 0)
        {
            view.Release();
            sequenceMax = 0;
            return false;
        }

        sequenceMax = moment ?? _published[claim.Stripe];
        return true;
    }

    private async ValueTask<ReadResult> GetFromDiskAsync(
        StripeClaim claim, ReadOnlyMemory<byte> key, IBufferWriter<byte> destination, Snapshot? snapshot)
    {
        DiskRead read = new(this, claim, key, destination, snapshot);
        await _blocking.RunAsync(static state => ((DiskRead)state).Run(), read).ConfigureAwait(false);
        return read.Result;
    }

    private sealed class DiskRead(
        StorageEngine engine, StripeClaim claim, ReadOnlyMemory<byte> key, IBufferWriter<byte> destination, Snapshot? snapshot)
    {
        public ReadResult Result { get; private set; }

        public void Run()
            => Result = engine.Read(
                claim, key.Span, destination, static (target, value, _) => target.Write(value), snapshot, mayBlock: true);
    }
}
