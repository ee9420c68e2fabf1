namespace Keystone.Storage;

/// <summary>Something that happened in the background and that an operator may want to know.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Message">A sentence for a log.</param>
/// <param name="Failure">The failure behind it, if there was one.</param>
/// <param name="Job">With <see cref="StoreEventKind.JobFailed"/>, the name of the job.</param>
public sealed record StoreEvent(StoreEventKind Kind, string Message, StoreException? Failure = null, string? Job = null);

/// <summary>Kinds of <see cref="StoreEvent"/>.</summary>
public enum StoreEventKind
{
    /// <summary>The store is open; says what recovery did.</summary>
    Opened = 0,

    /// <summary>A log or manifest write failed, or a job that writes need is dead; writes are refused from now on.</summary>
    Poisoned = 1,

    /// <summary>
    /// A background job ended with an error that nobody foresaw, and does nothing any more. The store has to be opened anew.
    /// </summary>
    JobFailed = 2,

    /// <summary>A background job met a failure that it goes on from.</summary>
    JobHindered = 3,

    /// <summary>The disk is full: the room that was put by for this is given back. Space on the disk should be freed.</summary>
    BallastReleased = 4,

    /// <summary>The disk has room again, and some of it was put by anew.</summary>
    BallastMade = 5,
}
