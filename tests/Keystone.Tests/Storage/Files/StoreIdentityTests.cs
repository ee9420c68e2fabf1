using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Xunit;

namespace Keystone.Tests.Storage.Files;

public sealed class StoreIdentityTests
{
    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(StoreLimits.StripesMax * 2)]
    [InlineData(int.MaxValue)]
    public void An_identity_with_an_impossible_number_of_stripes_is_refused(int stripeCount)
    {
        SimulatedFileSystem files = new();
        files.CreateDirectory("/store");
        new StoreIdentity(1, stripeCount, Incarnation: 1).Write(files, "/store");
        StoreException refused = Assert.Throws<StoreException>(() => StoreIdentity.Read(files, "/store"));
        Assert.Equal(StoreErrorCode.Corrupt, refused.Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(StoreLimits.StripesMax)]
    public void An_identity_is_read_as_it_was_written(int stripeCount)
    {
        SimulatedFileSystem files = new();
        files.CreateDirectory("/store");
        StoreIdentity written = new(UInt128.MaxValue - 5, stripeCount, Incarnation: 9);
        written.Write(files, "/store");
        StoreIdentity read = StoreIdentity.Read(files, "/store");
        Assert.Equal((written.StoreId, written.StripeCount, written.Incarnation), (read.StoreId, read.StripeCount, read.Incarnation));
    }
}
