using System.Runtime.ExceptionServices;

namespace Keystone.Storage.Jobs;

/// <summary>
/// Tells a caller's progress from a turn of the engine. What it throws must not end the job that tells it: it is kept, ends the caller's
/// own work through <paramref name="onFailure"/>, and comes out of the caller's own call.
/// </summary>
internal sealed class CallerProgress<T>(IProgress<T>? progress, Action onFailure)
{
    private ExceptionDispatchInfo? _failure;

    /// <summary>On one thread at a time.</summary>
    public void Report(T value)
    {
        if (progress is null || Volatile.Read(ref _failure) is not null)
        {
            return;
        }

        try
        {
            progress.Report(value);
        }
        catch (Exception failure)
        {
            Volatile.Write(ref _failure, ExceptionDispatchInfo.Capture(failure));
            onFailure();
        }
    }

    /// <summary>Throws what the caller's code threw.</summary>
    public void ThrowIfFailed() => Volatile.Read(ref _failure)?.Throw();
}
