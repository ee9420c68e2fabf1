using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <content>The change of the key that wraps the keys of the disk's files.</content>
public sealed partial class DatabaseDisk
{
    /// <summary>
    /// Reads the ring anew and wraps the keys of all files under the key that it calls current now; data are not written again. When this
    /// has returned, the older keys of the ring open nothing here any more and may go. The disk is read and written meanwhile. After a
    /// failure it may be called once more; the older keys have to stay until then.
    /// </summary>
    /// <exception cref="Model.KeystoneException">
    /// AccessDenied for a database without encryption, or a key that the ring lacks; ValidationFailed for a damaged ring; Io, DiskFull.
    /// </exception>
    public async ValueTask<RewrapSummary> RewrapAsync(CancellationToken cancellationToken = default)
    {
        using UseGate.Pass use = Enter();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            RewrapResult done = await _engine.RewrapAsync(progress: null, end.Token).ConfigureAwait(false);
            return new RewrapSummary(done.CurrentKeyId, done.Keys, done.RetiredKeyIds);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw EndedByClose();
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }
}
