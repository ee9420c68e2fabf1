using Keystone.Database.Owner;
using Keystone.Database.Routing;
using Keystone.Model;
using Keystone.Model.Maintenance;
using Keystone.Model.Requests;

namespace Keystone.Database;

/// <summary>
/// A Keystone database in this process, in one directory: the disk with all its stripes, and the router in front of it.
/// <code>
/// await using KeystoneDatabase database = KeystoneDatabase.OpenOrCreate("/var/lib/shop");
/// await database.CreateTableAsync("orders", new KeySchema("customer").WithSort("number", KeyType.Number));
/// await database.PutItemAsync("orders", Item.Of(("customer", "ann"), ("number", 7), ("total", 12.5m)));
/// Item? order = await database.GetItemAsync("orders", "ann", 7);
/// </code>
/// One process opens a directory at a time. All calls may run at once from any thread; none waits for the disk on its caller's thread but
/// those that open. Disposing waits for the calls under way.
/// </summary>
public sealed class KeystoneDatabase : IKeystoneDatabase, IKeystoneMaintenance
{
    /// <summary>Stands for the directory that a database in memory has not.</summary>
    private const string MemoryPath = "memory";

    private readonly DiskKeeper _keeper;

    /// <summary>
    /// The router of the disk that was asked for last, null before the first call. Any thread replaces it by one of the present disk.
    /// </summary>
    private volatile Routing? _routing;

    /// <summary>
    /// Asks nothing of the keeper: a disk that failed right after its opening is being opened anew, and is somebody's to close.
    /// </summary>
    private KeystoneDatabase(DiskKeeper keeper)
    {
        _keeper = keeper;
    }

    /// <summary>The disk beneath: its stripes and its maintenance. Another one after the database was opened anew by itself.</summary>
    /// <exception cref="KeystoneException">
    /// StripeUnavailable while it is being opened anew; Closed when that was given up after it had been closed.
    /// </exception>
    public DatabaseDisk Disk => _keeper.Disk;

    private TableRouter Router
    {
        get
        {
            DatabaseDisk disk = Disk;
            Routing? routing = _routing;
            if (routing is null || !ReferenceEquals(routing.Disk, disk))
            {
                _routing = routing = Routing.To(disk);
            }

            return routing.Router;
        }
    }

    /// <summary>Opens a database, on this thread: after a crash it reads the log.</summary>
    /// <exception cref="KeystoneException">
    /// NotADatabase, DatabaseLocked, NewerFormat, Corrupt, Io; ValidationFailed for an option.
    /// </exception>
    public static KeystoneDatabase Open(string path, KeystoneDatabaseOptions? options = null)
        => OpenAsync(path, options).AsTask().GetAwaiter().GetResult();

    /// <summary>Makes a database, on this thread. The directory is made too if its parent exists, and must be empty if it exists.</summary>
    /// <exception cref="KeystoneException">
    /// ResourceInUse if there is a database already, NotADatabase if the directory holds anything else.
    /// </exception>
    public static KeystoneDatabase Create(string path, KeystoneDatabaseOptions? options = null)
        => CreateAsync(path, options).AsTask().GetAwaiter().GetResult();

    /// <summary>Opens a database, on this thread, and makes it first if there is none.</summary>
    public static KeystoneDatabase OpenOrCreate(string path, KeystoneDatabaseOptions? options = null)
        => OpenOrCreateAsync(path, options).AsTask().GetAwaiter().GetResult();

    /// <summary>Makes a database that lives in memory alone, and is gone when it is closed.</summary>
    /// <exception cref="KeystoneException">ValidationFailed for an option.</exception>
    public static KeystoneDatabase CreateInMemory(KeystoneDatabaseOptions? options = null)
        => Create(MemoryPath, (options ?? KeystoneDatabaseOptions.Default) with { InMemory = true });

    /// <inheritdoc cref="Open"/>
    public static async ValueTask<KeystoneDatabase> OpenAsync(string path, KeystoneDatabaseOptions? options = null)
        => new(await KeepAsync(path, options, DatabaseDisk.OpenAsync).ConfigureAwait(false));

    /// <inheritdoc cref="Create"/>
    public static async ValueTask<KeystoneDatabase> CreateAsync(string path, KeystoneDatabaseOptions? options = null)
        => new(await KeepAsync(path, options, DatabaseDisk.CreateAsync).ConfigureAwait(false));

    /// <inheritdoc cref="OpenOrCreate"/>
    public static async ValueTask<KeystoneDatabase> OpenOrCreateAsync(string path, KeystoneDatabaseOptions? options = null)
        => new(await KeepAsync(path, options, DatabaseDisk.OpenOrCreateAsync).ConfigureAwait(false));

    /// <summary>
    /// Reads what can be read of a damaged database into a new one, on this thread, and lists what cannot. The damaged directory is not
    /// changed, and no process may have it open. Of each item the newest version that was found is taken.
    /// </summary>
    /// <param name="path">The damaged directory.</param>
    /// <param name="target">The directory for the new database; it must be empty or not there.</param>
    /// <param name="options">Budgets, and the stripes that the disk owns where its claims are lost.</param>
    /// <param name="stripeCount">The stripes of the database, where its identity is lost.</param>
    /// <param name="progress">Hears how many stripes are done.</param>
    /// <param name="cancellationToken">Ends the repair and removes what there is of the new database.</param>
    /// <exception cref="KeystoneException">
    /// NotADatabase, DatabaseLocked, NewerFormat; ResourceInUse for the target; ValidationFailed when the count of stripes is lost.
    /// </exception>
    public static Task<RepairSummary> RepairAsync(
        string path,
        string target,
        KeystoneDatabaseOptions? options = null,
        int? stripeCount = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
        => DiskRepair.RunAsync(path, target, options ?? KeystoneDatabaseOptions.Default, stripeCount, progress, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CreateTableResult> CreateTableAsync(CreateTableRequest request, CancellationToken cancellationToken = default)
        => Router.CreateTableAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DescribeTableResult> DescribeTableAsync(DescribeTableRequest request, CancellationToken cancellationToken = default)
    {
        Disk.RequireOpen();
        return Router.DescribeTableAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ListTablesResult> ListTablesAsync(ListTablesRequest request, CancellationToken cancellationToken = default)
    {
        Disk.RequireOpen();
        return Router.ListTablesAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<UpdateTableResult> UpdateTableAsync(UpdateTableRequest request, CancellationToken cancellationToken = default)
        => Router.UpdateTableAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DeleteTableResult> DeleteTableAsync(DeleteTableRequest request, CancellationToken cancellationToken = default)
        => Router.DeleteTableAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PutItemResult> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
        => Router.PutItemAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<UpdateItemResult> UpdateItemAsync(UpdateItemRequest request, CancellationToken cancellationToken = default)
        => Router.UpdateItemAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<GetItemResult> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default)
        => Router.GetItemAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DeleteItemResult> DeleteItemAsync(DeleteItemRequest request, CancellationToken cancellationToken = default)
        => Router.DeleteItemAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<QueryResult> QueryPageAsync(QueryRequest request, CancellationToken cancellationToken = default)
        => Router.QueryPageAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ScanResult> ScanPageAsync(ScanRequest request, CancellationToken cancellationToken = default)
        => Router.ScanPageAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BatchGetItemsResult> BatchGetItemsAsync(BatchGetItemsRequest request, CancellationToken cancellationToken = default)
        => Router.BatchGetItemsAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BatchWriteItemsResult> BatchWriteItemsAsync(
        BatchWriteItemsRequest request, CancellationToken cancellationToken = default)
        => Router.BatchWriteItemsAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TransactWriteItemsResult> TransactWriteItemsAsync(
        TransactWriteItemsRequest request, CancellationToken cancellationToken = default)
        => Router.TransactWriteItemsAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TransactGetItemsResult> TransactGetItemsAsync(
        TransactGetItemsRequest request, CancellationToken cancellationToken = default)
        => Router.TransactGetItemsAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<GetShardIteratorResult> GetShardIteratorAsync(
        GetShardIteratorRequest request, CancellationToken cancellationToken = default)
        => Router.GetShardIteratorAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<GetRecordsResult> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
        => Router.GetRecordsAsync(request, cancellationToken);

    /// <summary>Completes when everything that was accepted, buffered writes too, survives the loss of power.</summary>
    public ValueTask SyncAsync() => Disk.SyncAsync();

    /// <inheritdoc cref="DatabaseDisk.FlushAsync"/>
    public ValueTask FlushAsync() => Disk.FlushAsync();

    /// <inheritdoc cref="DatabaseDisk.CheckpointAsync"/>
    public ValueTask<CheckpointSummary> CheckpointAsync(
        string path, IProgress<CheckpointPosition>? progress = null, CancellationToken cancellationToken = default)
        => Disk.CheckpointAsync(path, progress, cancellationToken);

    /// <inheritdoc cref="DatabaseDisk.RewrapAsync"/>
    public ValueTask<RewrapSummary> RewrapAsync(CancellationToken cancellationToken = default) => Disk.RewrapAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DatabaseLayout> GetLayoutAsync(CancellationToken cancellationToken = default)
        => Disk.GetLayoutAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StripeStatistics> GetStripeStatisticsAsync(int stripe, CancellationToken cancellationToken = default)
        => Disk.GetStripeStatisticsAsync(stripe, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StripeVerification> VerifyStripeAsync(
        int stripe, long afterFile = 0, CancellationToken cancellationToken = default)
        => Disk.VerifyStripeAsync(stripe, afterFile, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> TryCompactStripeAsync(int stripe, CancellationToken cancellationToken = default)
        => Disk.TryCompactStripeAsync(stripe, cancellationToken);

    /// <summary>Figures of the moment.</summary>
    public DatabaseStatistics Statistics() => Disk.Statistics();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _keeper.DisposeAsync();

    private static ValueTask<DiskKeeper> KeepAsync(
        string path, KeystoneDatabaseOptions? options, Func<string, KeystoneDatabaseOptions, ValueTask<DatabaseDisk>> open)
        => DiskKeeper.OpenAsync(path, options ?? KeystoneDatabaseOptions.Default, open, Nobody.Instance);

    private sealed record Routing(DatabaseDisk Disk, TableRouter Router)
    {
        public static Routing To(DatabaseDisk disk) => new(disk, new TableRouter(disk.Catalog, disk, disk.StripeCount, disk.Limits, disk));
    }

    /// <summary>Calls find the present disk by themselves, and take every stripe into service with its opening.</summary>
    private sealed class Nobody : IDiskUser
    {
        public static Nobody Instance { get; } = new();

        public void OnRetired()
        {
        }

        public ValueTask OnOpenedAsync(DatabaseDisk disk) => ValueTask.CompletedTask;

        public void OnGivenUp()
        {
        }
    }
}
