using Keystone.Orleans.Client.Wire;
using Keystone.Orleans.Client.Wire.Maintenance;
using Keystone.Orleans.Client.Wire.Stripes;

namespace Keystone.Orleans.Client.Contract;

/// <summary>
/// Hosts one stripe on the silo that has the disk it lives on. Its activation takes the stripe into service, its deactivation seals it.
/// The key is <see cref="StripeName"/>. A call for a key of another stripe, or under another epoch, is refused. Routers call it; clients
/// call <see cref="IGatewayGrain"/>, because only Keystone's database knows the stripe of a key.
/// </summary>
[Alias("ks.IStripe")]
[GrainInterfaceType("ks.stripe")]
public interface IStripeGrain : IGrainWithStringKey
{
    /// <summary>Takes the stripe into service if it is not, and tells under which epoch.</summary>
    [Alias("serve")]
    ValueTask<ulong> ServeAsync();

    /// <summary>Reads an item.</summary>
    [Alias("get")]
    ValueTask<ItemAnswer> GetAsync(StripeGetCall call);

    /// <summary>Writes or deletes an item.</summary>
    [Alias("write")]
    ValueTask<WriteAnswer> WriteAsync(StripeWriteCall call);

    /// <summary>Changes attributes of an item, or makes it.</summary>
    [Alias("update")]
    ValueTask<WriteAnswer> UpdateAsync(StripeUpdateCall call);

    /// <summary>Reads one page of a partition.</summary>
    [Alias("query")]
    ValueTask<StripePageAnswer> QueryAsync(StripeQueryCall call, CancellationToken cancellationToken = default);

    /// <summary>Reads one page of what the stripe has of a table.</summary>
    [Alias("scan")]
    ValueTask<StripePageAnswer> ScanAsync(StripeScanCall call, CancellationToken cancellationToken = default);

    /// <summary>Reads many items.</summary>
    [Alias("get-many")]
    ValueTask<StripeGetManyAnswer> GetManyAsync(StripeGetManyCall call, CancellationToken cancellationToken = default);

    /// <summary>Writes many items.</summary>
    [Alias("write-many")]
    ValueTask<StripeWriteManyAnswer> WriteManyAsync(StripeWriteManyCall call, CancellationToken cancellationToken = default);

    /// <summary>Tells the figures of the stripe.</summary>
    [Alias("get-statistics")]
    ValueTask<StripeStatisticsAnswer> GetStatisticsAsync(StripeStatisticsCall call);

    /// <summary>Reads and checks some of the stripe's table files.</summary>
    [Alias("verify")]
    ValueTask<VerifyStripeAnswer> VerifyAsync(VerifyStripeCall call, CancellationToken cancellationToken = default);

    /// <summary>Merges the stripe's table files; answers before that is done if it takes long.</summary>
    [Alias("compact")]
    ValueTask<CompactStripeAnswer> CompactAsync(CompactStripeCall call, CancellationToken cancellationToken = default);
}
