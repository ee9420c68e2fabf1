using Keystone.Database;
using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Orleans.Silo.Placement;
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
/// <para>Grains never open or close files: their activation and deactivation are cut off after 30 s, and recovery may take longer.</para>
/// </summary>
internal sealed partial class NodeHost : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>Just before the application's services, which may need the database when they start.</summary>
    public const int OpenStage = ServiceLifecycleStage.ApplicationServices - 100;

    /// <summary>When the members are known and this silo is not yet one of them: a silo that is refused here leaves no trace.</summary>
    private const int CheckStage = ServiceLifecycleStage.RuntimeGrainServices + 50;

    private readonly KeystoneSiloOptions _options;
    private readonly StripeMap _map;
    private readonly string _node;
    private readonly IClusterMembershipService _membership;
    private readonly Namesakes _namesakes;
    private readonly ILogger<NodeHost> _logger;

    /// <summary>Which stripes their grains have taken. Written by those grains, read by every router of the silo without a lock.</summary>
    private readonly bool[] _taken;

    private DatabaseDisk? _disk;
    private volatile bool _isStopping;
    private volatile bool _isClosed;

    public NodeHost(
        IOptions<KeystoneSiloOptions> options,
        IOptions<SiloOptions> silo,
        StripeMap map,
        IClusterMembershipService membership,
        Namesakes namesakes,
        ILogger<NodeHost> logger)
    {
        _options = options.Value;
        _node = silo.Value.SiloName;
        _map = map;
        _membership = membership;
        _namesakes = namesakes;
        _logger = logger;
        _taken = new bool[map.StripeCount];
        OwnedStripes = map.StripesOf(_node);
    }

    /// <summary>The open disk. Requires that the silo has come past <see cref="OpenStage"/>.</summary>
    public DatabaseDisk Disk => _disk ?? throw new InvalidOperationException("The disk is opened when the silo starts; this is before.");

    /// <summary>Whether the disk is open now; for figures, which are asked for at any time.</summary>
    public bool IsOpen => Volatile.Read(ref _disk) is not null && !_isClosed;

    /// <summary>The stripes that this silo owns.</summary>
    public IReadOnlyList<int> OwnedStripes { get; }

    /// <summary>How many of them are in service.</summary>
    public int ServingCount => OwnedStripes.Count(IsServing);

    /// <summary>Whether a stripe is served by this silo, so that it can be called without a message.</summary>
    public bool IsServing(int stripe) => (uint)stripe < (uint)_taken.Length && Volatile.Read(ref _taken[stripe]);

    /// <summary>Takes a stripe into service. False if this disk does not own it under the map's epoch, or has failed.</summary>
    public bool TryTake(int stripe)
    {
        if (_map.OwnerOf(stripe) != _node || !Disk.TryServe(stripe, _map.Epoch))
        {
            return false;
        }

        Volatile.Write(ref _taken[stripe], true);
        return true;
    }

    /// <summary>Seals a stripe whose grain goes; unless the silo itself goes, which ends all of them with the disk.</summary>
    public async ValueTask ReleaseAsync(int stripe)
    {
        if (_isStopping)
        {
            return;
        }

        Volatile.Write(ref _taken[stripe], false);
        await Disk.SealAsync(stripe).ConfigureAwait(false);
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
        };

        // Off the lifecycle's scheduler: after a crash, opening reads the log on the thread that it is given.
        DatabaseDisk disk = await Task.Run(
            async () => await DatabaseDisk.OpenOrCreateAsync(_options.DataPath, options).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);
        if (disk.StripeCount != _map.StripeCount)
        {
            await disk.DisposeAsync().ConfigureAwait(false);
            throw new OrleansConfigurationException(
                $"The database in {_options.DataPath} has {disk.StripeCount} stripes, the silo is told {_map.StripeCount}. "
                + $"Set {nameof(KeystoneDatabaseOptions)}.{nameof(KeystoneDatabaseOptions.StripeCount)} to {disk.StripeCount}.");
        }

        Volatile.Write(ref _disk, disk);
        LogOpened(_options.DataPath, OwnedStripes.Count, disk.StripeCount, disk.Incarnation);
    }

    private async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (_disk is not { } disk)
        {
            return;
        }

        Array.Clear(_taken);
        _isClosed = true;
        try
        {
            await disk.DisposeAsync().ConfigureAwait(false);
            LogClosed(_options.DataPath);
        }
        catch (KeystoneException dead)
        {
            // The disk has given everything back, and was told of when it happened. The rest of the silo has to stop too.
            LogClosedDead(dead, _options.DataPath);
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

    [LoggerMessage(LogLevel.Information, "Closed the database in {Path}.")]
    private partial void LogClosed(string path);

    [LoggerMessage(LogLevel.Error, "Closed the database in {Path}, a background job of which was dead.")]
    private partial void LogClosedDead(Exception error, string path);
}
