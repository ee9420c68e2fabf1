using Keystone.Model;
using Keystone.Storage;
using Keystone.Storage.Jobs;

namespace Keystone.Database.Owner;

/// <content>
/// Opening and making. A disk is whole once its catalog has a first version: a creation that was interrupted before that is finished by
/// the next creation and refused by opening. Nobody was told of such a disk, and nothing can be on it.
/// </content>
public sealed partial class DatabaseDisk
{
    /// <summary>The epoch of the claims that a new disk makes.</summary>
    private const ulong FirstEpoch = 1;

    private enum DiskStart
    {
        Open,
        Create,
        OpenOrCreate,
    }

    private static async ValueTask<DatabaseDisk> StartAsync(string path, KeystoneDatabaseOptions options, DiskStart start)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        long started = options.Time.GetTimestamp();
        DiskEvents events = new(options.OnEvent);
        ThreadJobHost? ownedHost = options.JobHost is null ? new ThreadJobHost(options.Time) : null;
        StorageEngine? engine = null;
        bool isOpen = false;
        try
        {
            engine = StartEngine(path, options.ToStoreOptions(options.JobHost ?? ownedHost!, events.Hear), start);
            DatabaseDisk disk = new(engine, ownedHost, options, events);
            await disk.BeginAsync(start).ConfigureAwait(false);
            isOpen = true;
            events.TellOpened(options.Time.GetElapsedTime(started));
            return disk;
        }
        catch (StoreException failure)
        {
            throw StoreErrors.MapOpening(path, failure);
        }
        finally
        {
            if (!isOpen)
            {
                await CloseAsync(engine, ownedHost).ConfigureAwait(false);
            }
        }
    }

    private static StorageEngine StartEngine(string path, StoreOptions options, DiskStart start)
    {
        if (start == DiskStart.Open)
        {
            return StorageEngine.Open(path, options);
        }

        // A store that is there already may be a creation that was interrupted: only its catalog can tell.
        StoreException refusal;
        try
        {
            return StorageEngine.Create(path, options);
        }
        catch (StoreException failure) when (failure.Code == StoreErrorCode.AlreadyExists)
        {
            refusal = failure;
        }

        try
        {
            return StorageEngine.Open(path, options);
        }
        catch (StoreException failure) when (failure.Code == StoreErrorCode.NotFound)
        {
            throw new KeystoneException(KeystoneErrorCode.NotADatabase, refusal.Message, refusal);
        }
    }

    private async ValueTask BeginAsync(DiskStart start)
    {
        ReadClaims();
        ServeClaimed();
        bool isWhole = _catalog.TryLoad();
        if (isWhole && start == DiskStart.Create)
        {
            throw new KeystoneException(
                KeystoneErrorCode.ResourceInUse, $"{DirectoryPath} holds a database already. Open it, or choose another directory.");
        }

        if (!isWhole && start == DiskStart.Open)
        {
            throw new KeystoneException(
                KeystoneErrorCode.NotADatabase, $"{DirectoryPath} holds a database whose creation was interrupted. Create it again.");
        }

        if (!isWhole)
        {
            await FinishCreationAsync().ConfigureAwait(false);
        }

        await _catalog.FinishRemovalsAsync().ConfigureAwait(false);
        WitnessStreams();
        if (!_options.ServesAtOpen)
        {
            await SealAllAsync().ConfigureAwait(false);
        }

        foreach ((uint table, uint index) in _catalog.Filling)
        {
            StartBackfill(table, index);
        }

        if (_catalog.KeepsForATime)
        {
            StartSweeps();
        }
    }

    private async ValueTask FinishCreationAsync()
    {
        IEnumerable<int> owned = _options.OwnedStripes ?? Enumerable.Range(0, StripeCount);
        await _engine.ClaimAsync(owned.Select(stripe => new StripeClaim(stripe, FirstEpoch))).ConfigureAwait(false);
        ReadClaims();
        ServeClaimed();
        await _catalog.CreateAsync().ConfigureAwait(false);
    }

    private void ReadClaims()
    {
        for (int stripe = 0; stripe < _epochs.Length; stripe++)
        {
            Volatile.Write(ref _epochs[stripe], _engine.StateOf(stripe).Epoch);
        }
    }

    /// <summary>Takes every owned stripe into service: opening reads the catalog from one and finishes removals in all.</summary>
    private void ServeClaimed()
    {
        for (int stripe = 0; stripe < _epochs.Length; stripe++)
        {
            if (_epochs[stripe] != 0)
            {
                _engine.TryServe(new StripeClaim(stripe, _epochs[stripe]));
            }
        }
    }

    private async ValueTask SealAllAsync()
    {
        for (int stripe = 0; stripe < _epochs.Length; stripe++)
        {
            await _engine.SealAsync(stripe).ConfigureAwait(false);
        }
    }

    /// <summary>Gives back what an opening had that failed.</summary>
    private static async ValueTask CloseAsync(StorageEngine? engine, ThreadJobHost? ownedHost)
    {
        try
        {
            if (engine is not null)
            {
                await engine.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (StoreException dead) when (dead.Code == StoreErrorCode.JobFailed)
        {
            // A background job was dead, which was told when it died. The caller hears why the opening failed.
        }
        finally
        {
            if (ownedHost is not null)
            {
                await ownedHost.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
