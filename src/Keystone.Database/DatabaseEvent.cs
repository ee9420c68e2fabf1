using Keystone.Storage;

namespace Keystone.Database;

/// <summary>Something that happened in the background and that an operator may want to know.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Message">A sentence for a log.</param>
/// <param name="Failure">The failure behind it, if there was one.</param>
/// <param name="Job">The name of the background job that it happened to, if it was one.</param>
public sealed record DatabaseEvent(DatabaseEventKind Kind, string Message, Exception? Failure = null, string? Job = null)
{
    internal static DatabaseEvent Of(StoreEvent happened) => new(
        happened.Kind switch
        {
            StoreEventKind.Poisoned => DatabaseEventKind.Poisoned,
            StoreEventKind.JobFailed => DatabaseEventKind.JobFailed,
            StoreEventKind.BallastReleased => DatabaseEventKind.BallastReleased,
            StoreEventKind.BallastMade => DatabaseEventKind.BallastMade,
            _ => DatabaseEventKind.JobHindered,
        },
        happened.Message,
        happened.Failure,
        happened.Job);
}

/// <summary>Kinds of <see cref="DatabaseEvent"/>.</summary>
public enum DatabaseEventKind
{
    /// <summary>
    /// The disk is open; says what recovery did and how long opening took: files and log, not what came before in the process.
    /// </summary>
    Opened = 0,

    /// <summary>A write to log or manifest failed, or a job that writes need is dead; writes are refused from now on.</summary>
    Poisoned = 1,

    /// <summary>A background job is dead: what it did is not done any more until the disk is opened anew.</summary>
    JobFailed = 2,

    /// <summary>A background job met a failure that it goes on from.</summary>
    JobHindered = 3,

    /// <summary>The disk is full: the room that was put by for this is given back. Space on the disk should be freed.</summary>
    BallastReleased = 4,

    /// <summary>The disk has room again, and some of it was put by anew.</summary>
    BallastMade = 5,

    /// <summary>
    /// After a failure the disk is closed and opened anew; calls fail as retryable meanwhile. An attempt that failed is told, too.
    /// </summary>
    Reopening = 6,

    /// <summary>The disk failed once more than it may be opened anew within an hour. The process should end.</summary>
    GivenUp = 7,
}
