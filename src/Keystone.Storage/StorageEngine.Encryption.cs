using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <content>
/// The change of the key that wraps the keys of files. New files are wrapped under what the ring called current when the store was opened
/// or last wrapped anew. Data are not written again: what changes is one manifest. An opening writes one anyway, so it does the same.
/// </content>
public sealed partial class StorageEngine
{
    private readonly SemaphoreSlim _rewrapping = new(1, 1);
    private StoreIdentity _identity;

    /// <summary>Names of the ring's keys under which something in the store may be wrapped; none when it is not encrypted.</summary>
    public IReadOnlyList<string> KeyIds => _identity.KeyIds;

    /// <summary>
    /// Wraps the keys of all files anew under the key that the ring calls current now. When it has returned, nothing in the store opens
    /// with an older key of the ring any more. It may be called while the store is read and written, and again if it was cut off
    /// anywhere: until it has returned, the ring has to have the older keys as well.
    /// </summary>
    /// <exception cref="StoreException">NotEncrypted; KeyMissing, KeyRingInvalid; Io, DiskFull: what was reached stays.</exception>
    public async Task<RewrapResult> RewrapAsync(IProgress<RewrapProgress>? progress = null, CancellationToken cancellation = default)
    {
        KeyVault vault = _vault
            ?? throw new StoreException(
                StoreErrorCode.NotEncrypted, $"{_directory} was made without encryption: there is nothing to wrap.");
        await _rewrapping.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // The identity names a key before anything is wrapped under it, and an old one until nothing is.
            string[] before = [.. _identity.KeyIds];
            RingLook look = new(vault);
            await _blocking.RunAsync(static look => ((RingLook)look).Run(), look).ConfigureAwait(false);
            KeyVault.RingKey next = vault.ReadCurrent(look.Ring);
            await WriteIdentityAsync(_identity.WithKeyId(next.KeyId)).ConfigureAwait(false);
            vault.Adopt(look.Ring, next);
            int keys = await RollManifestAsync(progress, cancellation).ConfigureAwait(false);
            string current = vault.CurrentKeyId;
            await WriteIdentityAsync(_identity with { KeyIds = [current] }).ConfigureAwait(false);
            return new RewrapResult(current, keys, [.. before.Where(id => id != current)]);
        }
        finally
        {
            _rewrapping.Release();
        }
    }

    private async Task<int> RollManifestAsync(IProgress<RewrapProgress>? progress, CancellationToken cancellation)
    {
        int total = 0;
        using CancellationTokenSource givenUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        CallerProgress<RewrapProgress> reports = new(progress, givenUp.Cancel);
        await SubmitAsync(done => _manifest.Submit(new KeyRewrap(
            (wrapped, of) =>
            {
                total = of;
                reports.Report(new RewrapProgress(wrapped, of));
            },
            done,
            givenUp.Token))).ConfigureAwait(false);
        reports.ThrowIfFailed();
        cancellation.ThrowIfCancellationRequested();
        return total;
    }

    private async Task WriteIdentityAsync(StoreIdentity identity)
    {
        await _blocking.RunAsync(
            static state =>
            {
                (StorageEngine engine, StoreIdentity identity) = ((StorageEngine, StoreIdentity))state;
                identity.Write(engine._options.FileSystem, engine._directory);
            },
            (this, identity)).ConfigureAwait(false);
        _identity = identity;
    }

    /// <summary>A look at where the keys of the ring come from, on a thread that may wait.</summary>
    private sealed class RingLook(KeyVault vault)
    {
        /// <summary>What was found.</summary>
        public IKeyRing Ring { get; private set; } = null!;

        public void Run() => Ring = vault.ReadRingAnew();
    }
}

/// <summary>How far wrapping keys anew is.</summary>
public readonly record struct RewrapProgress(int Keys, int KeyCount);

/// <summary>What wrapping keys anew did.</summary>
/// <param name="CurrentKeyId">The key of the ring under which everything is wrapped now.</param>
/// <param name="Keys">Keys that were wrapped.</param>
/// <param name="RetiredKeyIds">Keys of the ring that this store needs no more.</param>
public sealed record RewrapResult(string CurrentKeyId, int Keys, IReadOnlyList<string> RetiredKeyIds);
