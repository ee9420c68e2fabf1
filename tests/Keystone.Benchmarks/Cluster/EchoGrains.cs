using System.Globalization;
using Keystone.Orleans.Client.Wire;
using Orleans.Concurrency;

namespace Keystone.Benchmarks.Cluster;

/// <summary>What the peer of the cluster benchmark offers: the messages of Keystone and nothing behind them.</summary>
[Alias("bench.IEcho")]
public interface IEchoGrain : IGrainWithStringKey
{
    /// <summary>Answers with an item.</summary>
    [Alias("get")]
    ValueTask<ItemAnswer> GetAsync(GetCall call);

    /// <summary>Takes an item and answers with a version.</summary>
    [Alias("put")]
    ValueTask<WriteAnswer> PutAsync(PutCall call);
}

/// <summary>The first hop: a stateless worker that sends on, as a gateway does that owns nothing.</summary>
[Alias("bench.IEchoGateway")]
public interface IEchoGateway : IGrainWithStringKey
{
    /// <summary>Sends on.</summary>
    [Alias("get")]
    ValueTask<ItemAnswer> GetAsync(GetCall call);

    /// <summary>Sends on.</summary>
    [Alias("put")]
    ValueTask<WriteAnswer> PutAsync(PutCall call);
}

/// <summary>The second hop: one grain for each stripe of Keystone, which answers at once.</summary>
[GrainType("bench.echo")]
[Reentrant]
internal sealed class EchoGrain : Grain, IEchoGrain
{
    private readonly ItemAnswer _item = new() { Item = ClusterData.ItemBlob, Epoch = 1, Sequence = 1 };
    private readonly WriteAnswer _written = new() { Epoch = 1, Sequence = 1 };

    public ValueTask<ItemAnswer> GetAsync(GetCall call) => new(_item);

    public ValueTask<WriteAnswer> PutAsync(PutCall call) => new(_written);
}

/// <summary>The gateway of the echo. It chooses the grain in turn, which costs less than to hash a key.</summary>
[GrainType("bench.echo-gateway")]
[StatelessWorker]
[Reentrant]
internal sealed class EchoGateway : Grain, IEchoGateway
{
    private readonly IEchoGrain[] _grains;
    private int _turn;

    public EchoGateway(IGrainFactory factory)
        => _grains = EchoesOf(factory);

    public static IEchoGrain[] EchoesOf(IGrainFactory factory)
        => [.. Enumerable.Range(0, ClusterData.StripeCount)
            .Select(i => factory.GetGrain<IEchoGrain>(i.ToString(CultureInfo.InvariantCulture)))];

    public ValueTask<ItemAnswer> GetAsync(GetCall call) => Next().GetAsync(call);

    public ValueTask<WriteAnswer> PutAsync(PutCall call) => Next().PutAsync(call);

    private IEchoGrain Next() => _grains[(uint)_turn++ % (uint)_grains.Length];
}
