using Keystone.Storage;

namespace Keystone.Database;

/// <summary>Something that happened in the background and that an operator may want to know.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Message">A sentence for a log.</param>
/// <param name="Failure">The failure behind it, if there was one.</param>
public sealed record DatabaseEvent(DatabaseEventKind Kind, string Message, Exception? Failure = null)
{
    internal static DatabaseEvent Of(StoreEvent happened) => new(
        happened.Kind == StoreEventKind.Poisoned ? DatabaseEventKind.Poisoned : DatabaseEventKind.JobFailed,
        happened.Message,
        happened.Failure);
}

/// <summary>Kinds of <see cref="DatabaseEvent"/>.</summary>
public enum DatabaseEventKind
{
    /// <summary>The disk is open; says what recovery did and how long opening took: files and log, not what came before in the process.</summary>
    Opened = 0,

    /// <summary>A write to log or manifest failed; writes are refused from now on.</summary>
    Poisoned = 1,

    /// <summary>A background job met a failure.</summary>
    JobFailed = 2,
}
