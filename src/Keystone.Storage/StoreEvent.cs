namespace Keystone.Storage;

/// <summary>Something that happened in the background and that an operator may want to know.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Message">A sentence for a log.</param>
/// <param name="Failure">The failure behind it, if there was one.</param>
public sealed record StoreEvent(StoreEventKind Kind, string Message, StoreException? Failure = null);

/// <summary>Kinds of <see cref="StoreEvent"/>.</summary>
public enum StoreEventKind
{
    /// <summary>The store is open; says what recovery did.</summary>
    Opened = 0,

    /// <summary>A log or manifest write failed; writes are refused from now on.</summary>
    Poisoned = 1,

    /// <summary>A background job met a failure that it goes on from.</summary>
    JobFailed = 2,
}
