using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <content>Copies of the disk, made while it is in use.</content>
public sealed partial class DatabaseDisk
{
    /// <summary>
    /// Copies the disk into a directory of its own, which opens as a database with the same tables, items and stripes and another disk id.
    /// What was answered before the call is in the copy. Nobody waits for it; table files are shared by hard links where the file system
    /// has them. After a crash the directory holds a whole copy or none, and can be given once more.
    /// </summary>
    /// <param name="path">The directory: created if its parent exists; it must be empty but for an unfinished copy.</param>
    /// <param name="progress">Hears how far the copy is. It must not block or throw.</param>
    /// <param name="cancellationToken">Ends the copy and removes what there is of it.</param>
    /// <exception cref="Model.KeystoneException">
    /// ResourceInUse for a directory that holds anything, ValidationFailed for one within the database, DatabaseLocked, Io, DiskFull.
    /// </exception>
    public async ValueTask<CheckpointSummary> CheckpointAsync(
        string path, IProgress<CheckpointPosition>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using UseGate.Pass use = Enter();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            CheckpointRelay? relay = progress is null ? null : new CheckpointRelay(progress);
            CheckpointResult made = await _engine.CheckpointAsync(path, relay, end.Token).ConfigureAwait(false);
            return new CheckpointSummary
            {
                DiskId = made.StoreId,
                Sequences = made.Sequences,
                Files = made.Files,
                LinkedBytes = made.LinkedBytes,
                CopiedBytes = made.CopiedBytes,
                LogBytes = made.LogBytes,
                Duration = made.Duration,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw EndedByClose();
        }
        catch (StoreException failure)
        {
            throw StoreErrors.MapCopy(failure);
        }
    }

    private sealed class CheckpointRelay(IProgress<CheckpointPosition> progress) : IProgress<CheckpointProgress>
    {
        public void Report(CheckpointProgress value)
            => progress.Report(new CheckpointPosition(value.Files, value.FileCount, value.Bytes, value.ByteCount));
    }
}
