using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Contract;
using Keystone.Orleans.Client.Errors;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire;
using Keystone.Orleans.Client.Wire.Stripes;
using Keystone.Orleans.Silo.Nodes;
using Keystone.Orleans.Silo.Placement;
using Keystone.Orleans.Silo.Translation;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace Keystone.Orleans.Silo.Grains;

/// <summary>
/// Hosts a stripe. Being active is what puts the stripe into service; the disk is the node host's. It answers whoever has sent to it, and
/// hands every operation to the owner's side of the database, which checks it.
/// </summary>
[GrainType("ks.stripe")]
[StripePlacement]
[GrainDirectory(StripeDirectory.Name)]
[KeepAlive]
[Immovable]
[Reentrant]
internal sealed partial class StripeGrain : Grain, IStripeGrain
{
    private readonly NodeHost _host;
    private readonly StripeMap _map;
    private readonly string _node;
    private int _stripe = -1;

    public StripeGrain(NodeHost host, StripeMap map, IOptions<SiloOptions> silo)
    {
        _host = host;
        _map = map;
        _node = silo.Value.SiloName;
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        string key = this.GetPrimaryKeyString();
        if (!StripeName.TryParse(key, out StripeName name))
        {
            throw new BrokenDocumentException(
                $"The grain key '{key}' names no stripe. "
                + "Keys are a database's name, a slash and a number.");
        }

        if (!_host.TryTake(name.Stripe))
        {
            throw new StripeUnavailableException(
                name.Stripe,
                _map.OwnerOf(name.Stripe),
                $"Node '{_node}' cannot take stripe {name.Stripe} into service: "
                + $"its disk has no claim under epoch {_map.Epoch}, or has failed. Look into the node's log.");
        }

        _stripe = name.Stripe;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_stripe >= 0)
        {
            await _host.ReleaseAsync(_stripe);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ulong> ServeAsync() => new(_map.Epoch);

    /// <inheritdoc/>
    public async ValueTask<ItemAnswer> GetAsync(StripeGetCall call)
    {
        try
        {
            return AnswerWriter.ToAnswer(await _host.Disk.GetAsync(StripeCalls.Read(call, _stripe)), call.Expressions is not null);
        }
        catch (KeystoneException failure)
        {
            return new ItemAnswer { Failure = Failures.Write(Named(failure)) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<WriteAnswer> WriteAsync(StripeWriteCall call)
    {
        try
        {
            return StripeAnswers.Write(await _host.Disk.WriteAsync(StripeCalls.Read(call, _stripe)));
        }
        catch (KeystoneException failure)
        {
            return new WriteAnswer { Failure = Failures.Write(Named(failure)) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<WriteAnswer> UpdateAsync(StripeUpdateCall call)
    {
        try
        {
            return StripeAnswers.Write(await _host.Disk.WriteAsync(StripeCalls.Read(call, _stripe)));
        }
        catch (KeystoneException failure)
        {
            return new WriteAnswer { Failure = Failures.Write(Named(failure)) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StripePageAnswer> QueryAsync(StripeQueryCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            StripePage page = await _host.Disk.QueryAsync(StripeCalls.Read(call, _stripe), cancellationToken);
            return StripeAnswers.Write(page, call.IsShaped);
        }
        catch (KeystoneException failure)
        {
            return new StripePageAnswer { Failure = Failures.Write(Named(failure)) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StripePageAnswer> ScanAsync(StripeScanCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            StripePage page = await _host.Disk.ScanAsync(StripeCalls.Read(call, _stripe), cancellationToken);
            return StripeAnswers.Write(page, call.IsShaped);
        }
        catch (KeystoneException failure)
        {
            return new StripePageAnswer { Failure = Failures.Write(Named(failure)) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StripeGetManyAnswer> GetManyAsync(StripeGetManyCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            StripeGet[] gets = [.. call.Gets.Select(get => StripeCalls.Read(get, _stripe, call))];
            StripeOutcome<GetItemResult>[] outcomes = await _host.Disk.GetManyAsync(gets, cancellationToken);
            return new StripeGetManyAnswer { Items = [.. outcomes.Select(StripeAnswers.Write)] };
        }
        catch (KeystoneException failure)
        {
            return new StripeGetManyAnswer { Failure = Failures.Write(Named(failure)) };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StripeWriteManyAnswer> WriteManyAsync(StripeWriteManyCall call, CancellationToken cancellationToken = default)
    {
        try
        {
            StripeWrite[] writes = [.. call.Writes.Select(write => StripeCalls.Read(write, _stripe, call))];
            StripeOutcome<StripeWriteResult>[] outcomes = await _host.Disk.WriteManyAsync(writes, cancellationToken);
            return new StripeWriteManyAnswer { Writes = [.. outcomes.Select(StripeAnswers.Write)] };
        }
        catch (KeystoneException failure)
        {
            return new StripeWriteManyAnswer { Failure = Failures.Write(Named(failure)) };
        }
    }

    /// <summary>The disk knows stripes; which node it belongs to is known here.</summary>
    private KeystoneException Named(KeystoneException failure) => failure is { Code: KeystoneErrorCode.StripeUnavailable, Node: null }
        ? new KeystoneException(failure.Code, failure.Message, failure) { Stripe = failure.Stripe ?? _stripe, Node = _node }
        : failure;
}
