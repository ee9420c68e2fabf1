using Keystone.Model;
using Keystone.Model.Maintenance;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <content>Flush, compaction, verification, figures.</content>
public sealed partial class DatabaseDisk
{
    /// <summary>A part of a verification ends with the file that reaches this: well below what a caller waits for.</summary>
    private const long VerifyBytes = 64L << 20;

    /// <summary>So long a call waits for a compaction: well below the time after which a grain call is given up.</summary>
    private static readonly TimeSpan CompactPatience = TimeSpan.FromSeconds(5);

    /// <summary>The newest compaction of each stripe that was asked for; its own lock.</summary>
    private readonly Dictionary<int, Task> _compactions = [];

    /// <summary>Cancelled when the disk begins to close.</summary>
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Completes when everything that was accepted, buffered writes too, survives the loss of power.</summary>
    public ValueTask SyncAsync() => MappedAsync(engine => engine.SyncAsync());

    /// <summary>Moves everything that was written into table files.</summary>
    public ValueTask FlushAsync() => MappedAsync(engine => new ValueTask(engine.FlushAsync()));

    /// <inheritdoc/>
    public ValueTask<DatabaseLayout> GetLayoutAsync(CancellationToken cancellationToken = default)
    {
        RequireOpen();
        return new ValueTask<DatabaseLayout>(new DatabaseLayout(StripeCount, _catalog.Current.Tables.Count));
    }

    /// <inheritdoc/>
    public ValueTask<StripeStatistics> GetStripeStatisticsAsync(int stripe, CancellationToken cancellationToken = default)
    {
        RequireStripe(stripe);
        using UseGate.Pass use = Enter();
        StoreStripeStatistics figures = _engine.StatisticsOf(stripe);
        return new ValueTask<StripeStatistics>(new StripeStatistics
        {
            Stripe = stripe,
            DiskId = DiskId,
            Files = figures.Files,
            FileBytes = figures.FileBytes,
            FileEntries = figures.FileEntries,
            MemoryEntries = figures.MemoryEntries,
            MemoryBytes = figures.MemoryBytes,
            DiskLogBytes = _engine.LogBytes,
        });
    }

    /// <inheritdoc/>
    public async ValueTask<StripeVerification> VerifyStripeAsync(
        int stripe, long afterFile = 0, CancellationToken cancellationToken = default)
    {
        RequireStripe(stripe);
        using UseGate.Pass use = Enter();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            StripeVerifyPart part = await _engine.VerifyAsync(stripe, afterFile, VerifyBytes, end.Token).ConfigureAwait(false);
            return new StripeVerification(
                part.Files, part.Bytes, [.. part.Damages.Select(damage => damage.Message)], part.LastFile, part.IsComplete);
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

    /// <inheritdoc/>
    public async ValueTask<bool> TryCompactStripeAsync(int stripe, CancellationToken cancellationToken = default)
    {
        RequireStripe(stripe);
        using UseGate.Pass use = Enter();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await CompactionOf(stripe).WaitAsync(CompactPatience, _options.Time, end.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw EndedByClose();
        }
        catch (TimeoutException)
        {
            // It goes on.
            return false;
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

    private KeystoneException EndedByClose() => _events.WillReopen
        ? StoreErrors.Reopening()
        : new(KeystoneErrorCode.Closed, "The database was closed before this was done. Open it and ask again.");

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

    /// <summary>
    /// The compaction of a stripe that is under way, or a new one. Whoever asks again waits for the same work: on a stripe that is written
    /// to all the time, every new beginning would find something new to merge.
    /// </summary>
    private Task CompactionOf(int stripe)
    {
        lock (_compactions)
        {
            Task? running = _compactions.GetValueOrDefault(stripe);
            return running is { IsCompleted: false } ? running : _compactions[stripe] = _engine.CompactAsync(stripe);
        }
    }

    private void RequireStripe(int stripe) => ClaimOf(new StripeTarget(stripe, 0, 0));
}
