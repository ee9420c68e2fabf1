namespace Keystone.Storage.Versions;

/// <summary>
/// Set once, when a write or sync of the log or the manifest has failed: from then on nobody knows what a later sync would mean, so
/// every write is refused and reads are served from the last good Views. The death of a job that writes need sets it too. Only opening
/// the store anew ends it.
/// </summary>
internal sealed class Poison(Action<StoreException> onPoisoned)
{
    private StoreException? _cause;

    public bool IsSet => Volatile.Read(ref _cause) is not null;

    /// <summary>What went wrong first; null while all is well.</summary>
    public StoreException? Cause => Volatile.Read(ref _cause);

    /// <summary>Sets the poison. Only the first cause counts.</summary>
    public void Set(StoreException cause)
    {
        if (Interlocked.CompareExchange(ref _cause, cause, null) is null)
        {
            onPoisoned(cause);
        }
    }

    /// <summary>The error that refused writes end with.</summary>
    public StoreException ToException()
        => new(
            StoreErrorCode.Poisoned,
            $"The store refuses writes since this happened: {Cause?.Message} It takes writes again once it is opened anew.",
            Cause);
}
