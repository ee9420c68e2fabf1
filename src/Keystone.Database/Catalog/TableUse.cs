namespace Keystone.Database.Catalog;

/// <summary>
/// Counts the writes that are under way in one table on this disk, so that its removal can wait for them: what is written after the
/// range drop would stay for ever. Any thread enters and leaves; the catalog's writer closes it once.
/// </summary>
internal sealed class TableUse
{
    private int _count;
    private volatile bool _isClosed;
    private volatile TaskCompletionSource? _drained;

    /// <summary>Begins a write. False when the table goes; then nothing was begun.</summary>
    public bool TryEnter()
    {
        // The count goes up before the look: whoever closes first looks at the count afterwards.
        Interlocked.Increment(ref _count);
        if (!_isClosed)
        {
            return true;
        }

        Exit();
        return false;
    }

    /// <summary>Ends a write.</summary>
    public void Exit()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            _drained?.TrySetResult();
        }
    }

    /// <summary>Lets no more writes begin, and completes when none is under way.</summary>
    public Task CloseAsync()
    {
        TaskCompletionSource drained = new();
        _drained = drained;
        _isClosed = true;
        if (Interlocked.Add(ref _count, 0) == 0)
        {
            drained.TrySetResult();
        }

        return drained.Task;
    }
}
