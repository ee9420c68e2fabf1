namespace Keystone.Database;

/// <summary>
/// Counts what is under way in something that will be closed, so that the close can wait for it. Used for a disk, whose memory must not go
/// while somebody reads, and for a table, whose writes must not outlive the drop of its items.
/// <para>
/// Any thread enters and leaves. The count is spread over cells, so that callers on different threads seldom meet; whoever enters goes
/// out through the same cell. What always holds: once <see cref="CloseAsync"/> has completed nothing is under way, and nothing begins.
/// </para>
/// </summary>
internal sealed class UseGate
{
    private const int CellCount = 8;

    /// <summary>Integers from one cell to the next: 128 bytes, so that two never share a cache line or a prefetched pair of them.</summary>
    private const int Stride = 32;

    private readonly int[] _cells = new int[(CellCount + 1) * Stride];

    /// <summary>
    /// One for all who close, and never on the thread of whoever goes out last: that may be one that the close waits for.
    /// </summary>
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _isClosed;

    /// <summary>Whether it is closed and nothing is under way.</summary>
    public bool IsDrained => _drained.Task.IsCompleted;

    /// <summary>Completes when it is closed and nothing is under way.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Begins a use. False when it is closed; then nothing was begun.</summary>
    public bool TryEnter(out Pass pass)
    {
        pass = new Pass(this, (1 + (Environment.CurrentManagedThreadId % CellCount)) * Stride);

        // The count goes up before the look: whoever closes looks at the counts afterwards.
        Interlocked.Increment(ref _cells[pass.Cell]);
        if (!_isClosed)
        {
            return true;
        }

        pass.Dispose();
        return false;
    }

    /// <summary>Lets nothing more begin, and completes when nothing is under way. May be called again, and by several at once.</summary>
    public Task CloseAsync()
    {
        _isClosed = true;
        Interlocked.MemoryBarrier();
        CompleteIfEmpty();
        return _drained.Task;
    }

    private void Exit(int cell)
    {
        Interlocked.Decrement(ref _cells[cell]);
        if (_isClosed)
        {
            CompleteIfEmpty();
        }
    }

    /// <summary>No cell is below zero and nobody new stays, so that each seen at zero, one after the other, means that all are.</summary>
    private void CompleteIfEmpty()
    {
        for (int cell = Stride; cell < _cells.Length; cell += Stride)
        {
            if (Volatile.Read(ref _cells[cell]) != 0)
            {
                return;
            }
        }

        _drained.TrySetResult();
    }

    /// <summary>One use. Disposing it, once, ends it.</summary>
    public readonly struct Pass(UseGate gate, int cell) : IDisposable
    {
        internal int Cell => cell;

        public void Dispose() => gate.Exit(cell);
    }
}
