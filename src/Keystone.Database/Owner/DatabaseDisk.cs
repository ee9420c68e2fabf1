using Keystone.Database.Catalog;
using Keystone.Database.Streams;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Maintenance;
using Keystone.Model.Schema;
using Keystone.Storage;
using Keystone.Storage.Jobs;

namespace Keystone.Database.Owner;

/// <summary>
/// The tables of one disk: the owner's side of every operation, for the stripes that the disk owns.
/// <para>
/// What enters: requests for stripes, under their epochs, from a router in this process or from the grain that hosts the stripe. What
/// leaves: items, versions, pages. What always holds: the owner decides, so validation, limits and conditions are checked here, whoever
/// sent the request; what is answered is as durable as the database was asked to be; a stripe answers only while it is in service; a
/// table that goes takes no write any more when its items are dropped. All members may be called at once from any thread.
/// </para>
/// <para>
/// The story of a put: <see cref="WriteAsync"/>, <c>KeySchema.KeyOf</c>, <see cref="StripeHash.Of"/>, <c>StoredItem.Write</c>,
/// <c>StorageEngine.PutAsync</c>. With a condition: <c>DecidedWrite.Decide</c> under the stripe's writer.
/// </para>
/// </summary>
public sealed partial class DatabaseDisk : IStripeOperations, IStripeTransactions, IKeystoneMaintenance, IAsyncDisposable
{
    private readonly StorageEngine _engine;
    private readonly ThreadJobHost? _ownedHost;
    private readonly KeystoneDatabaseOptions _options;
    private readonly ItemLimits _limits;
    private readonly ExpressionCache _expressions = new();
    private readonly WriteDurability _durability;
    private readonly DiskCatalog _catalog;
    private readonly DiskEvents _events;

    /// <summary>The epoch of this disk's claim for each stripe, 0 for none. Written when claims are; read by everyone.</summary>
    private readonly ulong[] _epochs;

    /// <summary>Open while the disk is. The engine frees the memory that readers look at, so every operation goes through it.</summary>
    private readonly UseGate _gate = new();

    private DatabaseDisk(StorageEngine engine, ThreadJobHost? ownedHost, KeystoneDatabaseOptions options, DiskEvents events)
    {
        _engine = engine;
        _events = events;
        _ownedHost = ownedHost;
        _options = options;
        _limits = options.Limits;
        _durability = options.WriteDurability;
        _epochs = new ulong[engine.StripeCount];
        _tokenCursors = new byte[]?[engine.StripeCount];
        _streamClock = new StreamClock(options.Time);
        _catalog = new DiskCatalog(engine, options, _epochs, _gate, events)
        {
            OnFilling = StartBackfill,
            OnKept = StartSweeps,
        };
    }

    /// <summary>The stripes of the database, owned or not.</summary>
    public int StripeCount => _engine.StripeCount;

    /// <summary>The random id of the disk.</summary>
    public UInt128 DiskId => _engine.StoreId;

    /// <summary>Grows by one with every opening of the disk.</summary>
    public ulong Incarnation => _engine.Incarnation;

    /// <summary>The directory.</summary>
    public string DirectoryPath => _engine.DirectoryPath;

    /// <summary>The limits that the disk was opened with.</summary>
    public ItemLimits Limits => _limits;

    /// <summary>The catalog of tables, or this disk's copy of it.</summary>
    public ICatalog Catalog => _catalog;

    /// <summary>
    /// Why the disk has to wait and try again, such as that it is full; null while nothing hinders it. Cheap enough for a probe.
    /// </summary>
    public string? Hindrance => _engine.Hindrance?.Message;

    /// <summary>Whether its keeper opens it anew when it has failed: then refusals are retryable.</summary>
    internal bool WillReopen
    {
        get => _events.WillReopen;
        set => _events.WillReopen = value;
    }

    /// <summary>The engine beneath, for tests.</summary>
    internal StorageEngine Engine => _engine;

    /// <summary>Opens a disk. Blocks the thread while the log is read, then takes the stripes into service if the options say so.</summary>
    /// <exception cref="KeystoneException">
    /// NotADatabase, DatabaseLocked, NewerFormat, Corrupt, Io; ValidationFailed for an option.
    /// </exception>
    public static ValueTask<DatabaseDisk> OpenAsync(string path, KeystoneDatabaseOptions? options = null)
        => StartAsync(path, options ?? KeystoneDatabaseOptions.Default, DiskStart.Open);

    /// <summary>Makes a disk in a directory of its own, which is created if its parent exists, and opens it.</summary>
    /// <exception cref="KeystoneException">
    /// ResourceInUse if there is a database already, NotADatabase if the directory holds anything else.
    /// </exception>
    public static ValueTask<DatabaseDisk> CreateAsync(string path, KeystoneDatabaseOptions? options = null)
        => StartAsync(path, options ?? KeystoneDatabaseOptions.Default, DiskStart.Create);

    /// <summary>Opens a disk, and makes it first if there is none.</summary>
    public static ValueTask<DatabaseDisk> OpenOrCreateAsync(string path, KeystoneDatabaseOptions? options = null)
        => StartAsync(path, options ?? KeystoneDatabaseOptions.Default, DiskStart.OpenOrCreate);

    /// <summary>Waits for the calls under way and closes the files. Calls that come later fail as closed.</summary>
    /// <exception cref="KeystoneException">Internal, when a background job was dead; everything was given back nevertheless.</exception>
    public async ValueTask DisposeAsync()
    {
        // Maintenance may take long, and nobody needs it to end for the close.
        await _closing.CancelAsync().ConfigureAwait(false);
        await _gate.CloseAsync().ConfigureAwait(false);
        try
        {
            await EndChoresAsync().ConfigureAwait(false);
        }
        finally
        {
            await CloseEngineAsync().ConfigureAwait(false);
        }
    }

    /// <summary>For what is answered from memory and would be answered after the close, too.</summary>
    internal void RequireOpen() => Enter().Dispose();

    private async ValueTask CloseEngineAsync()
    {
        try
        {
            await _engine.DisposeAsync().ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            throw StoreErrors.Map(failure);
        }
        finally
        {
            if (_ownedHost is not null)
            {
                await _ownedHost.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private CatalogTable TableOf(StripeTarget target)
    {
        CatalogSnapshot catalog = _catalog.Current;
        CatalogTable? table = catalog.Find(target.TableId);
        if (table is { TakesItems: true })
        {
            return table;
        }

        if (table is null && target.CatalogVersion > catalog.Version)
        {
            throw new KeystoneException(
                KeystoneErrorCode.StripeUnavailable,
                $"The request is from catalog version {target.CatalogVersion}; this disk still has version {catalog.Version}. Try again.")
            {
                Stripe = target.Stripe,
            };
        }

        throw KeystoneException.TableNotFound(table?.Name ?? $"of id {target.TableId}");
    }

    private StripeClaim ClaimOf(StripeTarget target)
    {
        if ((uint)target.Stripe >= (uint)_epochs.Length)
        {
            throw KeystoneException.Validation(
                $"Stripe {target.Stripe} does not exist; the database has stripes 0 to {_epochs.Length - 1}");
        }

        return new StripeClaim(target.Stripe, target.Epoch == 0 ? Volatile.Read(ref _epochs[target.Stripe]) : target.Epoch);
    }

    /// <summary>Begins an operation. Disposing what it returns ends it.</summary>
    private UseGate.Pass Enter() => _gate.TryEnter(out UseGate.Pass pass) ? pass : throw StoreErrors.Closed(_events.WillReopen);
}
