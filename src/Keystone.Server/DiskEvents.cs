using Keystone.Database;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keystone.Server;

/// <summary>
/// Hears what happens on the disk in the background: writes it to the log, and makes the server unready when the store or one of its jobs
/// has failed, until the disk was opened anew. Called from the disk's own threads.
/// </summary>
internal sealed partial class DiskEvents
{
    private readonly ServerState _state;

    public DiskEvents(ServerState state) => _state = state;

    /// <summary>Where events are written. Set before the disk is opened.</summary>
    public ILogger Log { get; set; } = NullLogger.Instance;

    /// <summary>Something happened.</summary>
    public void Hear(DatabaseEvent happened)
    {
        switch (happened.Kind)
        {
            case DatabaseEventKind.Opened:
                _state.StoreIsPoisoned = false;
                _state.DeadJob = null;
                _state.StoreIsReopening = false;
                LogOpened(Log, happened.Message);
                break;
            case DatabaseEventKind.Poisoned:
                _state.StoreIsPoisoned = true;
                LogPoisoned(Log, happened.Failure, happened.Message);
                break;
            case DatabaseEventKind.JobFailed:
                _state.DeadJob = happened.Job;
                LogDead(Log, happened.Failure, happened.Message);
                break;
            case DatabaseEventKind.Reopening:
                _state.StoreIsReopening = true;
                LogReopening(Log, happened.Failure, happened.Message);
                break;
            case DatabaseEventKind.GivenUp:
                _state.StoreIsReopening = false;
                LogDead(Log, happened.Failure, happened.Message);
                break;
            default:
                LogHindered(Log, happened.Failure, happened.Message);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Message}")]
    private static partial void LogOpened(ILogger log, string message);

    [LoggerMessage(2, LogLevel.Critical, "Writes are refused until the disk is opened anew: {Message}")]
    private static partial void LogPoisoned(ILogger log, Exception? exception, string message);

    [LoggerMessage(3, LogLevel.Warning, "{Message}")]
    private static partial void LogHindered(ILogger log, Exception? exception, string message);

    [LoggerMessage(5, LogLevel.Warning, "{Message}")]
    private static partial void LogReopening(ILogger log, Exception? exception, string message);

    [LoggerMessage(4, LogLevel.Critical, "{Message}")]
    private static partial void LogDead(ILogger log, Exception? exception, string message);
}
