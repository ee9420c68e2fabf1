using Keystone.Model;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <content>Flush, compaction, verification, figures.</content>
public sealed partial class DatabaseDisk
{
    /// <summary>Completes when everything that was accepted, buffered writes too, survives the loss of power.</summary>
    public ValueTask SyncAsync() => MappedAsync(engine => engine.SyncAsync());

    /// <summary>Moves everything that was written into table files.</summary>
    public ValueTask FlushAsync() => MappedAsync(engine => new ValueTask(engine.FlushAsync()));

    /// <summary>Flushes, then merges the files of every stripe. Progress counts stripes.</summary>
    public ValueTask CompactAsync(IProgress<int>? progress = null, CancellationToken cancellationToken = default)
        => MappedAsync(engine => new ValueTask(engine.CompactAsync(progress, cancellationToken)));

    /// <summary>
    /// Reads every block of every table file and checks it. Answers what is damaged, each naming file and offset; nothing is changed.
    /// </summary>
    public async ValueTask<IReadOnlyList<KeystoneException>> VerifyAsync(
        IProgress<VerificationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using UseGate.Pass use = Enter();
        try
        {
            IProgress<VerifyProgress>? inner = progress is null ? null : new Relay(progress);
            IReadOnlyList<StoreException> damages = await _engine.VerifyAsync(inner, cancellationToken).ConfigureAwait(false);
            return [.. damages.Select(StoreErrors.Map)];
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }

    /// <summary>Figures of the moment.</summary>
    public DatabaseStatistics Statistics()
    {
        using UseGate.Pass use = Enter();
        return DatabaseStatistics.Of(_engine.Statistics(), _catalog.Current);
    }

    private async ValueTask MappedAsync(Func<StorageEngine, ValueTask> work)
    {
        using UseGate.Pass use = Enter();
        try
        {
            await work(_engine).ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
    }

    /// <summary>Unlike <see cref="Progress{T}"/>, tells in order and on the thread that works.</summary>
    private sealed class Relay(IProgress<VerificationProgress> target) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value)
            => target.Report(new VerificationProgress(value.Stripes, value.StripeCount, value.Files, value.Bytes));
    }
}
