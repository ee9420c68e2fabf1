using Keystone.Database;
using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Orleans.Silo.Placement;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Keystone.Orleans.Silo.Nodes;

/// <summary>
/// Keeps this silo's disk for the grains of its stripes.
/// <para>
/// What enters: the directory and the options of the disk; from stripe grains, the word to take a stripe or to seal it. What leaves: the
/// open disk. What always holds: the disk is open before the silo is active and before any provider starts, so a disk that cannot be
/// opened keeps the silo from starting; it is closed at the silo's stop, when the grains are gone; a stripe is in service only from the
/// activation of its grain to its deactivation, but a stripe whose grain goes because the silo does stays in service until the disk
/// closes, so that the last writes of other grains succeed.
/// </para>
/// <para>
/// A disk that fails is closed and opened anew by its keeper. Meanwhile no stripe is in service and calls fail as retryable; the grains
/// stay, and the stripes that they have taken are in service again with the next incarnation. When the disk fails too often, the host
/// of the silo is stopped: another process, or another machine, may have more luck.
/// </para>
/// <para>Grains never open or close files: their activation and deactivation are cut off after 30 s, and recovery may take longer.</para>
/// </summary>
internal sealed partial class NodeHost : ILifecycleParticipant<ISiloLifecycle>, IDiskUser
{
    /// <summary>Just before the application's services, which may need the database when they start.</summary>
    public const int OpenStage = ServiceLifecycleStage.ApplicationServices - 100;

    /// <summary>How often within an hour a disk is opened anew, unless the options say otherwise.</summary>
    private const int ReopensPerHourMax = 3;

    /// <summary>Stands for the directory that a database in memory has not.</summary>
    private const string MemoryPath = "memory";

    /// <summary>When the members are known and this silo is not yet one of them: a silo that is refused here leaves no trace.</summary>
    private const int CheckStage = ServiceLifecycleStage.RuntimeGrainServices + 50;

    private readonly KeystoneSiloOptions _options;
    private readonly StripeMap _map;
    private readonly string _node;
    private readonly IClusterMembershipService _membership;
    private readonly Namesakes _namesakes;
    private readonly IHostApplicationLifetime? _application;
    private readonly ILogger<NodeHost> _logger;

    /// <summary>Which stripes their grains have taken. Written by those grains.</summary>
    private readonly bool[] _taken;

    /// <summary>
    /// Which of them are in service on the disk that is open now. Written by their grains and when the disk changes, both under the lock of
    /// the array; read by every router of the silo without one.
    /// </summary>
    private readonly bool[] _serving;

    private DiskKeeper? _keeper;
    private volatile bool _isStopping;
    private volatile bool _isClosed;

    public NodeHost(
        IOptions<KeystoneSiloOptions> options,
        IOptions<SiloOptions> silo,
        StripeMap map,
        IClusterMembershipService membership,
        Namesakes namesakes,
        ILogger<NodeHost> logger,
        IHostApplicationLifetime? application = null)
    {
        _options = options.Value;
        _node = silo.Value.SiloName;
        _map = map;
        _membership = membership;
        _namesakes = namesakes;
        _logger = logger;
        _application = application;
        _taken = new bool[map.StripeCount];
        _serving = new bool[map.StripeCount];
        OwnedStripes = map.StripesOf(_node);
    }

    /// <summary>The open disk. Requires that the silo has come past <see cref="OpenStage"/>.</summary>
    /// <exception cref="KeystoneException">StripeUnavailable while the disk is being opened anew.</exception>
    public DatabaseDisk Disk => Keeper.Disk;

    /// <summary>Whether the disk is open now; for figures, which are asked for at any time.</summary>
    public bool IsOpen => DiskOrNull is not null;

    /// <summary>The disk if it is open now.</summary>
    public DatabaseDisk? DiskOrNull => _isClosed ? null : Volatile.Read(ref _keeper)?.DiskOrNull;

    /// <summary>Whether the disk has failed so often that nobody opens it anew any more.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Why the disk has to wait and try again, such as that it is full; null while nothing hinders it.</summary>
    public string? Hindrance => DiskOrNull?.Hindrance;

    /// <summary>The stripes that this silo owns.</summary>
    public IReadOnlyList<int> OwnedStripes { get; }

    /// <summary>How many of them are in service.</summary>
    public int ServingCount => OwnedStripes.Count(IsServing);

    /// <summary>Whether a stripe is served by this silo, so that it can be called without a message.</summary>
    public bool IsServing(int stripe) => (uint)stripe < (uint)_serving.Length && Volatile.Read(ref _serving[stripe]);

    /// <summary>Takes a stripe into service. False if this disk does not own it under the map's epoch, or has failed.</summary>
    public bool TryTake(int stripe)
    {
        lock (_serving)
        {
            if (_map.OwnerOf(stripe) != _node || Keeper.DiskOrNull is not { } disk || !disk.TryServe(stripe, _map.Epoch))
            {
                return false;
            }

            _taken[stripe] = true;
            Volatile.Write(ref _serving[stripe], true);
            return true;
        }
    }

    /// <summary>Seals a stripe whose grain goes; unless the silo itself goes, which ends all of them with the disk.</summary>
    public async ValueTask ReleaseAsync(int stripe)
    {
        if (_isStopping)
        {
            return;
        }

        lock (_serving)
        {
            _taken[stripe] = false;
            Volatile.Write(ref _serving[stripe], false);
        }

        if (Keeper.DiskOrNull is { } disk)
        {
            await SealAsync(disk, stripe).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void OnRetired()
    {
        lock (_serving)
        {
            Array.Clear(_serving);
        }
    }

    /// <inheritdoc/>
    public ValueTask OnOpenedAsync(DatabaseDisk disk)
    {
        lock (_serving)
        {
            foreach (int stripe in OwnedStripes.Where(stripe => _taken[stripe]))
            {
                Volatile.Write(ref _serving[stripe], disk.TryServe(stripe, _map.Epoch));
            }
        }

        LogReopened(PathOf(_options), ServingCount, OwnedStripes.Count, disk.Incarnation);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void OnGivenUp()
    {
        IsGivenUp = true;
        LogGivenUp(PathOf(_options));
        if (Environment.ExitCode == 0)
        {
            Environment.ExitCode = 1;
        }

        _application?.StopApplication();
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(NodeHost) + ".Checking", CheckStage, CheckAsync);
        lifecycle.Subscribe(nameof(NodeHost), OpenStage, OpenAsync, CloseAsync);
        lifecycle.Subscribe(nameof(NodeHost) + ".Stopping", ServiceLifecycleStage.Active, static _ => Task.CompletedTask, MarkStopping);
    }

    private Task CheckAsync(CancellationToken cancellationToken)
    {
        RequireDeclared();
        return _namesakes.RequireNoneAsync(cancellationToken);
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Once more, now as a member: of two silos that start together, one sees the other at the latest here.
        RequireDeclared();
        await _namesakes.RequireNoneAsync(cancellationToken).ConfigureAwait(false);
        KeystoneDatabaseOptions options = _options.Database with
        {
            OwnedStripes = OwnedStripes.ToArray(),
            ServesAtOpen = false,
            ReopensPerHourMax = _options.Database.ReopensPerHourMax ?? ReopensPerHourMax,
        };

        // Off the lifecycle's scheduler: after a crash, opening reads the log on the thread that it is given.
        DiskKeeper keeper = await Task.Run(
            async () => await DiskKeeper.OpenAsync(PathOf(_options), options, DatabaseDisk.OpenOrCreateAsync, this).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        DatabaseDisk disk = await AskAsync(keeper, _map.StripeCount, _options.DataPath).ConfigureAwait(false);
        Volatile.Write(ref _keeper, keeper);
        LogOpened(PathOf(_options), OwnedStripes.Count, disk.StripeCount, disk.Incarnation);
    }

    /// <summary>The disk that was opened, if it is what the silo was told. Otherwise it is closed, whatever the disk says.</summary>
    internal static async Task<DatabaseDisk> AskAsync(DiskKeeper keeper, int stripeCount, string path)
    {
        bool isTaken = false;
        try
        {
            // It may have failed already, and is being opened anew.
            DatabaseDisk disk = keeper.Disk;
            isTaken = disk.StripeCount == stripeCount;
            return isTaken
                ? disk
                : throw new OrleansConfigurationException(
                    $"The database in {path} has {disk.StripeCount} stripes, the silo is told {stripeCount}. "
                    + $"Set {nameof(KeystoneDatabaseOptions)}.{nameof(KeystoneDatabaseOptions.StripeCount)} to {disk.StripeCount}.");
        }
        finally
        {
            if (!isTaken)
            {
                await keeper.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (_keeper is not { } keeper)
        {
            return;
        }

        OnRetired();
        _isClosed = true;
        try
        {
            await keeper.DisposeAsync().ConfigureAwait(false);
            LogClosed(PathOf(_options));
        }
        catch (KeystoneException dead)
        {
            // The disk has given everything back, and was told of when it happened. The rest of the silo has to stop too.
            LogClosedDead(dead, PathOf(_options));
        }
    }

    private DiskKeeper Keeper
        => _keeper ?? throw new InvalidOperationException("The disk is opened when the silo starts; this is before.");

    private static string PathOf(KeystoneSiloOptions options) => options.Database.InMemory ? MemoryPath : options.DataPath;

    private async ValueTask SealAsync(DatabaseDisk disk, int stripe)
    {
        try
        {
            await disk.SealAsync(stripe).ConfigureAwait(false);
        }
        catch (KeystoneException failure) when (failure.Code is KeystoneErrorCode.Poisoned or KeystoneErrorCode.Closed)
        {
            // A store that failed takes nothing for any stripe, and the one that takes its place begins with all of them sealed.
            LogSealedByFailure(failure, stripe);
        }
    }

    private Task MarkStopping(CancellationToken cancellationToken)
    {
        _isStopping = true;
        return Task.CompletedTask;
    }

    /// <summary>
    /// A silo that was told of no nodes owns everything, so a second one must not be there: both would serve the same keys from disks of
    /// their own.
    /// </summary>
    private void RequireDeclared()
    {
        ClusterMember? other = _membership.CurrentSnapshot.Members.Values.FirstOrDefault(member =>
            !_map.Nodes.Contains(member.Name) && !member.Status.IsTerminating());
        if (OwnedStripes.Count == 0 || (_options.Nodes.Count == 0 && other is not null))
        {
            string who = _options.Nodes.Count == 0 ? $"silo '{other!.Name}' is a member too" : $"silo '{_node}' is not among them";
            throw new OrleansConfigurationException(
                $"The nodes of the database are {string.Join(", ", _map.Nodes.Select(node => $"'{node}'"))}, but {who}. "
                + $"Declare all silos that have a disk in {nameof(KeystoneSiloOptions)}.{nameof(KeystoneSiloOptions.Nodes)}, "
                + "in one order on every silo.");
        }
    }

    [LoggerMessage(LogLevel.Information, "Opened the database in {Path}: {Owned} of {Count} stripes, incarnation {Incarnation}.")]
    private partial void LogOpened(string path, int owned, int count, ulong incarnation);

    [LoggerMessage(
        LogLevel.Warning,
        "Opened the database in {Path} anew after a failure: {Serving} of {Owned} stripes are in service, incarnation {Incarnation}.")]
    private partial void LogReopened(string path, int serving, int owned, ulong incarnation);

    [LoggerMessage(
        LogLevel.Critical,
        "The database in {Path} failed once more than it may be opened anew. The silo is stopped. Look at the disk before it is started.")]
    private partial void LogGivenUp(string path);

    [LoggerMessage(LogLevel.Information, "Stripe {Stripe} went out of service with the store, which had failed.")]
    private partial void LogSealedByFailure(Exception error, int stripe);

    [LoggerMessage(LogLevel.Information, "Closed the database in {Path}.")]
    private partial void LogClosed(string path);

    [LoggerMessage(LogLevel.Error, "Closed the database in {Path}, a background job of which was dead.")]
    private partial void LogClosedDead(Exception error, string path);
}
