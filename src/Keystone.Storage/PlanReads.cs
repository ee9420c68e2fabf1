using Keystone.Storage.Reading;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <summary>What a plan's keys hold at the moment of the decision. Valid during <see cref="IWritePlan.Decide"/> only.</summary>
public sealed class PlanReads
{
    private Slot[] _slots = [];
    private Stripe[] _stripes = [];

    internal int Count { get; private set; }

    /// <summary>
    /// The newest value of a key that the plan named. False when the key does not exist; the sequence is then that of its removal, or 0.
    /// </summary>
    public unsafe bool TryGet(int read, out ReadOnlySpan<byte> value, out ulong sequence)
    {
        ref PointResult result = ref _slots[read].Result;
        sequence = result.Sequence;
        value = result.IsPut ? result.Value : default;
        return result.IsPut;
    }

    /// <summary>The sequence that the next operation in a stripe gets. Requires a stripe that the plan named.</summary>
    public ulong NextSequenceOf(int stripe)
    {
        Invariant.Require(_stripes[stripe].Writer.IsHeldByCurrentThread);
        return _stripes[stripe].LastSequence + 1;
    }

    /// <summary>A decision begins, under the writers of its stripes.</summary>
    internal void Begin(Stripe[] stripes) => _stripes = stripes;

    internal void Prepare(int count)
    {
        if (_slots.Length < count)
        {
            _slots = new Slot[count];
        }

        Count = count;
    }

    /// <summary>
    /// Reads a key under the writer of its stripe, where the View cannot be exchanged. False when the answer lies on disk: then
    /// <see cref="Fetch"/> it without the writer and try again. A fetched answer counts as long as the files are the same ones.
    /// </summary>
    internal bool TryRead(int read, View view, ReadOnlySpan<byte> key)
    {
        ref Slot slot = ref _slots[read];
        slot.Result.Dispose();
        PointReadState state = PointRead.TryGetInMemory(view, key, ulong.MaxValue, ref slot.Result);
        if (state != PointReadState.NeedsLoad)
        {
            return true;
        }

        if (slot.Fetched is { } fetched && ReferenceEquals(fetched.Files, view.Files))
        {
            PointRead.Settle(view, key, ulong.MaxValue, fetched.Result, ref slot.Result);
            return true;
        }

        slot.IsMissing = PointRead.TryGetInFiles(view, key, ulong.MaxValue, mayBlock: false, ref slot.Result) == PointReadState.NeedsLoad;
        return !slot.IsMissing;
    }

    /// <summary>Reads what the last attempt lacked, from the disk. On a thread that may block.</summary>
    internal void Fetch(IWritePlan plan, Func<int, Stripe> stripeOf)
    {
        for (int read = 0; read < Count; read++)
        {
            if (_slots[read].IsMissing)
            {
                _slots[read].Fetched?.Dispose();
                _slots[read].Fetched = null;
                _slots[read].Fetched = Fetched.From(stripeOf(plan.ClaimAt(read).Stripe).AcquireView(), plan.KeyAt(read));
                _slots[read].IsMissing = false;
            }
        }
    }

    internal void Clear()
    {
        for (int read = 0; read < Count; read++)
        {
            _slots[read].Result.Dispose();
            _slots[read].Fetched?.Dispose();
            _slots[read] = default;
        }
    }

    private struct Slot
    {
        public PointResult Result;
        public Fetched? Fetched;
        public bool IsMissing;
    }

    /// <summary>An answer from files, pinned with the View that it came from.</summary>
    private sealed class Fetched : IDisposable
    {
        private readonly View _view;
        private PointResult _result;

        private Fetched(View view) => _view = view;

        public StripeFiles Files => _view.Files;

        public ref readonly PointResult Result => ref _result;

        /// <summary>Takes over the reference to the View, and gives it back when the read fails.</summary>
        public static Fetched From(View view, ReadOnlySpan<byte> key)
        {
            Fetched fetched = new(view);
            bool isRead = false;
            try
            {
                PointRead.TryGetInFiles(view, key, ulong.MaxValue, mayBlock: true, ref fetched._result);
                isRead = true;
                return fetched;
            }
            finally
            {
                if (!isRead)
                {
                    fetched.Dispose();
                }
            }
        }

        public void Dispose()
        {
            _result.Dispose();
            _view.Release();
        }
    }
}
