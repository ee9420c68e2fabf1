namespace Keystone.Storage.Versions;

/// <summary>
/// One stripe of the disk in memory: its gate, its writer, its numbers and its current View. An empty one costs less than a kilobyte.
/// <para>
/// <see cref="Writer"/> guards everything that decides an order: the gate, the next sequence, the active buffer and the exchange of
/// the View. It is never held across I/O. Readers take no lock: they read the gate, then the View, then the published sequence.
/// </para>
/// </summary>
internal sealed class Stripe
{
    private View _view;
    private long _state;

    public Stripe(int index, ulong epoch, ulong lastSequence, View view)
    {
        Index = index;
        Epoch = epoch;
        LastSequence = lastSequence;
        _view = view;
        _state = (long)(epoch == 0 ? StripeState.Absent : StripeState.Sealed);
    }

    public int Index { get; }

    /// <summary>
    /// Taken to check, number and order batches of this stripe. Writers of several stripes take them in ascending order of index.
    /// </summary>
    public Lock Writer { get; } = new();

    /// <summary>The epoch of this disk's claim, 0 without one. Changed under the writer.</summary>
    public ulong Epoch { get; set; }

    /// <summary>The newest sequence given out. Changed under the writer.</summary>
    public ulong LastSequence { get; set; }

    /// <summary>The number of the newest group that may hold a batch of this stripe. Changed under the writer.</summary>
    public ulong LastGroup { get; set; }

    /// <summary>Changed under the writer, read by anyone.</summary>
    public StripeState State
    {
        get => (StripeState)Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, (long)value);
    }

    /// <summary>The View in force. Only under the writer, where it cannot be exchanged.</summary>
    public View CurrentView => _view;

    /// <summary>Whether requests under this epoch may pass.</summary>
    public bool Admits(ulong epoch) => State == StripeState.Serving && Epoch == epoch;

    /// <summary>Takes a reference to the current View. Never blocks: a View that is gone has been replaced already.</summary>
    public View AcquireView()
    {
        while (true)
        {
            View view = Volatile.Read(ref _view);
            if (view.TryAddReference())
            {
                return view;
            }
        }
    }

    /// <summary>Puts another View in force and gives back the reference to the old one. Under the writer.</summary>
    public void Exchange(View view)
    {
        Invariant.Require(Writer.IsHeldByCurrentThread);
        View old = _view;
        Volatile.Write(ref _view, view);
        old.Release();
    }
}
