using Keystone.Cluster.Tests.Hosting;
using Keystone.Database.Routing;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Orleans.Client.Contract;
using Keystone.Orleans.Client.Wire;
using Keystone.Orleans.Client.Wire.Stripes;
using Keystone.Orleans.Silo;
using Orleans.Core.Internal;
using Xunit;

namespace Keystone.Cluster.Tests.Silo;

public sealed class StripeGrainTests(OneSilo cluster) : IClassFixture<OneSilo>
{
    private static readonly Item Stored = Item.Of((KeystoneDefaults.PartitionKeyName, "ann"u8.ToArray()), ("what", "tea"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void An_active_silo_serves_all_its_stripes()
        => Assert.All(cluster.Silo.Node.OwnedStripes, stripe => Assert.True(cluster.Silo.Node.IsServing(stripe)));

    [Fact]
    public async Task A_grain_that_goes_seals_its_stripe_and_the_next_call_brings_both_back()
    {
        await cluster.Client.Database.PutItemAsync(KeystoneDefaults.TableName, Stored, Cancellation);
        int stripe = StripeOfStored();
        await GrainOf(stripe).AsReference<IGrainManagementExtension>().DeactivateOnIdle(Cancellation);
        await Eventually.HoldsAsync(() => !cluster.Silo.Node.Disk.StandingOf(stripe).IsServing, Cancellation);
        Assert.False(cluster.Silo.Node.IsServing(stripe));

        Assert.Equal(Stored, await cluster.Client.Database.GetItemAsync(KeystoneDefaults.TableName, "ann"u8.ToArray(), null, Cancellation));
        Assert.True(cluster.Silo.Node.IsServing(stripe));
    }

    [Fact]
    public async Task A_call_under_another_epoch_is_refused_with_stripe_and_node()
    {
        int stripe = StripeOfStored();
        ItemAnswer answer = await GrainOf(stripe).GetAsync(Get(epoch: 2));
        Assert.Equal((int)KeystoneErrorCode.StripeUnavailable, answer.Failure!.Code);
        Assert.Equal(stripe, answer.Failure.Stripe);
        Assert.Equal(cluster.Silo.Name, answer.Failure.Node);
    }

    [Fact]
    public async Task A_key_of_another_stripe_is_refused()
    {
        int other = (StripeOfStored() + 1) % TestSiloPlan.SmallDatabase.StripeCount;
        ItemAnswer answer = await GrainOf(other).GetAsync(Get(epoch: 1));
        Assert.Equal((int)KeystoneErrorCode.Internal, answer.Failure!.Code);
    }

    [Theory]
    [InlineData("no stripe")]
    [InlineData("default/99")]
    public async Task A_grain_of_no_stripe_fails_at_once(string key)
        => await Assert.ThrowsAsync<Orleans.Client.Errors.BrokenDocumentException>(
            async () => await cluster.Silo.Grains.GetGrain<IStripeGrain>(key).ServeAsync());

    private static StripeGetCall Get(ulong epoch) => new()
    {
        Epoch = epoch,
        TableId = Database.Catalog.TableIds.Default,
        Key = new Blob(ItemKey.Of("ann"u8.ToArray()).Bytes),
    };

    private IStripeGrain GrainOf(int stripe)
        => cluster.Silo.Grains.GetGrain<IStripeGrain>(new StripeName(KeystoneSiloOptions.DatabaseNameDefault, stripe).ToString());

    private int StripeOfStored()
    {
        Database.Owner.DatabaseDisk disk = cluster.Silo.Node.Disk;
        return new TableRouter(disk.Catalog, disk, disk.StripeCount, disk.Limits)
            .StripeOf(KeystoneDefaults.TableName, ItemKey.Of("ann"u8.ToArray()));
    }
}
