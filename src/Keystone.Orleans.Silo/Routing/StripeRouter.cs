using Keystone.Database.Owner;
using Keystone.Model.Requests;
using Keystone.Orleans.Client;
using Keystone.Orleans.Client.Contract;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire;
using Keystone.Orleans.Client.Wire.Stripes;
using Keystone.Orleans.Silo.Nodes;
using Keystone.Orleans.Silo.Placement;
using Keystone.Orleans.Silo.Translation;
using Microsoft.Extensions.Options;

namespace Keystone.Orleans.Silo.Routing;

/// <summary>
/// Brings requests to the stripes that they are for, from anywhere in this silo.
/// <para>
/// What enters: requests for stripes. What leaves: what their owners answered. What always holds: a stripe that this silo serves is
/// called through the engine's gate, without a message; any other, one of this silo whose grain has not taken it yet too, is called
/// through its grain, under the epoch of the map; nothing is sent twice.
/// </para>
/// </summary>
internal sealed partial class StripeRouter : IStripeOperations
{
    private readonly NodeHost _host;
    private readonly StripeMap _map;
    private readonly IGrainFactory _factory;
    private readonly string _database;

    /// <summary>References to the grains of stripes, made when first needed. Any thread fills a place, with the same thing.</summary>
    private readonly IStripeGrain?[] _grains;

    public StripeRouter(NodeHost host, StripeMap map, IGrainFactory factory, IOptions<KeystoneSiloOptions> options)
    {
        _host = host;
        _map = map;
        _factory = factory;
        _database = options.Value.DatabaseName;
        _grains = new IStripeGrain[map.StripeCount];
    }

    /// <inheritdoc/>
    public ValueTask<GetItemResult> GetAsync(StripeGet get, CancellationToken cancellationToken = default)
        => _host.IsServing(get.Target.Stripe) ? _host.Disk.GetAsync(get, cancellationToken) : SendAsync(get, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StripeWriteResult> WriteAsync(StripeWrite write, CancellationToken cancellationToken = default)
        => _host.IsServing(write.Target.Stripe) ? _host.Disk.WriteAsync(write, cancellationToken) : SendAsync(write, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StripePage> QueryAsync(StripeQuery query, CancellationToken cancellationToken = default)
        => _host.IsServing(query.Target.Stripe) ? _host.Disk.QueryAsync(query, cancellationToken) : SendAsync(query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StripePage> ScanAsync(StripeScan scan, CancellationToken cancellationToken = default)
        => _host.IsServing(scan.Target.Stripe) ? _host.Disk.ScanAsync(scan, cancellationToken) : SendAsync(scan, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Tables of several nodes have no streams, so whoever asks for one asks the node that has every stripe.</remarks>
    public ValueTask<StripeChangePage> ReadChangesAsync(StripeChanges changes, CancellationToken cancellationToken = default)
        => _host.Disk.ReadChangesAsync(changes, cancellationToken);

    private async ValueTask<GetItemResult> SendAsync(StripeGet get, CancellationToken cancellationToken)
    {
        int stripe = get.Target.Stripe;
        StripeGetCall call = StripeCalls.Write(get with { Target = Addressed(get.Target) });
        ItemAnswer answer = await ReadAsync(stripe, GrainOf(stripe).GetAsync(call), cancellationToken).ConfigureAwait(false);
        return AnswerReader.ToResult(answer, call.Expressions is not null);
    }

    private async ValueTask<StripeWriteResult> SendAsync(StripeWrite write, CancellationToken cancellationToken)
    {
        int stripe = write.Target.Stripe;
        StripeWrite addressed = write with { Target = Addressed(write.Target) };
        ValueTask<WriteAnswer> answer = write.IsUpdate
            ? GrainOf(stripe).UpdateAsync(StripeCalls.WriteUpdate(addressed))
            : GrainOf(stripe).WriteAsync(StripeCalls.Write(addressed));
        return StripeAnswers.Read(await Sending.WriteAsync(answer, cancellationToken, stripe, _map.OwnerOf(stripe)).ConfigureAwait(false));
    }

    private async ValueTask<StripePage> SendAsync(StripeQuery query, CancellationToken cancellationToken)
    {
        int stripe = query.Target.Stripe;
        StripeQueryCall call = StripeCalls.Write(query with { Target = Addressed(query.Target) });
        ValueTask<StripePageAnswer> answer = GrainOf(stripe).QueryAsync(call, cancellationToken);
        return StripeAnswers.Read(
            await ReadAsync(stripe, answer, cancellationToken).ConfigureAwait(false), call.IsShaped);
    }

    private async ValueTask<StripePage> SendAsync(StripeScan scan, CancellationToken cancellationToken)
    {
        int stripe = scan.Target.Stripe;
        StripeScanCall call = StripeCalls.Write(scan with { Target = Addressed(scan.Target) });
        ValueTask<StripePageAnswer> answer = GrainOf(stripe).ScanAsync(call, cancellationToken);
        return StripeAnswers.Read(
            await ReadAsync(stripe, answer, cancellationToken).ConfigureAwait(false), call.IsShaped);
    }

    private ValueTask<TAnswer> ReadAsync<TAnswer>(int stripe, ValueTask<TAnswer> answer, CancellationToken cancellationToken)
        => Sending.ReadAsync(answer, cancellationToken, stripe, _map.OwnerOf(stripe));

    private StripeTarget Addressed(StripeTarget target) => target with { Epoch = _map.Epoch };

    private IStripeGrain GrainOf(int stripe)
        => _grains[stripe] ??= _factory.GetGrain<IStripeGrain>(new StripeName(_database, stripe).ToString());
}
