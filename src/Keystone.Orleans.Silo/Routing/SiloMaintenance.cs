using Keystone.Model;
using Keystone.Model.Maintenance;
using Keystone.Orleans.Client;
using Keystone.Orleans.Client.Contract;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire.Maintenance;
using Keystone.Orleans.Silo.Nodes;
using Keystone.Orleans.Silo.Placement;
using Microsoft.Extensions.Options;

namespace Keystone.Orleans.Silo.Routing;

/// <summary>
/// Maintenance for callers inside a silo: a stripe of this silo is worked on without a message, any other through its grain.
/// </summary>
internal sealed class SiloMaintenance : IKeystoneMaintenance
{
    private readonly NodeHost _host;
    private readonly StripeMap _map;
    private readonly IGrainFactory _factory;
    private readonly string _database;

    public SiloMaintenance(NodeHost host, StripeMap map, IGrainFactory factory, IOptions<KeystoneSiloOptions> options)
    {
        _host = host;
        _map = map;
        _factory = factory;
        _database = options.Value.DatabaseName;
    }

    /// <inheritdoc/>
    public ValueTask<DatabaseLayout> GetLayoutAsync(CancellationToken cancellationToken = default)
        => _host.Disk.GetLayoutAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StripeStatistics> GetStripeStatisticsAsync(int stripe, CancellationToken cancellationToken = default)
    {
        string node = OwnerOf(stripe);
        if (_host.IsServing(stripe))
        {
            StripeStatistics here = await _host.Disk.GetStripeStatisticsAsync(stripe, cancellationToken).ConfigureAwait(false);
            return here with { Node = node };
        }

        ValueTask<StripeStatisticsAnswer> answer = GrainOf(stripe).GetStatisticsAsync(new StripeStatisticsCall { Stripe = stripe });
        StripeStatisticsAnswer there = await Sending.ReadAsync(answer, cancellationToken, stripe, node).ConfigureAwait(false);
        return MaintenanceShapes.ToStatistics(there, stripe) with { Node = node };
    }

    /// <inheritdoc/>
    public async ValueTask<StripeVerification> VerifyStripeAsync(
        int stripe, long afterFile = 0, CancellationToken cancellationToken = default)
    {
        string node = OwnerOf(stripe);
        if (_host.IsServing(stripe))
        {
            return await _host.Disk.VerifyStripeAsync(stripe, afterFile, cancellationToken).ConfigureAwait(false);
        }

        var call = new VerifyStripeCall { Stripe = stripe, AfterFile = afterFile };
        ValueTask<VerifyStripeAnswer> answer = GrainOf(stripe).VerifyAsync(call, cancellationToken);
        return MaintenanceShapes.ToVerification(await Sending.ReadAsync(answer, cancellationToken, stripe, node).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryCompactStripeAsync(int stripe, CancellationToken cancellationToken = default)
    {
        string node = OwnerOf(stripe);
        if (_host.IsServing(stripe))
        {
            return await _host.Disk.TryCompactStripeAsync(stripe, cancellationToken).ConfigureAwait(false);
        }

        ValueTask<CompactStripeAnswer> answer = GrainOf(stripe).CompactAsync(new CompactStripeCall { Stripe = stripe }, cancellationToken);
        return MaintenanceShapes.ToIsDone(await Sending.ReadAsync(answer, cancellationToken, stripe, node).ConfigureAwait(false));
    }

    private string OwnerOf(int stripe) => (uint)stripe < (uint)_map.StripeCount
        ? _map.OwnerOf(stripe)
        : throw KeystoneException.Validation($"Stripe {stripe} does not exist; the database has stripes 0 to {_map.StripeCount - 1}");

    private IStripeGrain GrainOf(int stripe) => _factory.GetGrain<IStripeGrain>(new StripeName(_database, stripe).ToString());
}
