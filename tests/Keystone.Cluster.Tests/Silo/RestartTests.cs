using Keystone.Cluster.Tests.Hosting;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Orleans.Silo;
using Xunit;

namespace Keystone.Cluster.Tests.Silo;

public sealed class RestartTests : IDisposable
{
    private const int Items = 200;

    private readonly TestDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_silo_that_starts_again_has_its_tables_and_items()
    {
        var plan = new TestSiloPlan("alone", _directory.PathOf("disk"));
        await using (TestSilo silo = await TestSilo.StartAsync(plan))
        {
            await silo.Database.CreateTableAsync("cities", new KeySchema("country").WithSort("place"), Cancellation);
            await Task.WhenAll(
                Enumerable.Range(0, Items).Select(i => silo.Database.PutItemAsync("cities", City(i), Cancellation).AsTask()));
        }

        await using (TestSilo silo = await TestSilo.StartAsync(plan))
        {
            await using TestClient client = await TestClient.ConnectAsync(silo);
            for (int i = 0; i < Items; i++)
            {
                Assert.Equal(City(i), await client.Database.GetItemAsync("cities", $"country-{i}", $"place-{i}", Cancellation));
            }
        }
    }

    [Fact]
    public async Task A_directory_in_use_keeps_a_second_silo_from_starting()
    {
        var plan = new TestSiloPlan("first", _directory.PathOf("disk"));
        await using TestSilo silo = await TestSilo.StartAsync(plan);
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(() => TestSilo.StartAsync(plan with { Name = "second" }));
        Assert.Equal(KeystoneErrorCode.DatabaseLocked, refused.Code);
    }

    [Fact]
    public async Task A_second_silo_that_nobody_declared_does_not_start()
    {
        await using TestSilo silo = await TestSilo.StartAsync(new TestSiloPlan("first", _directory.PathOf("a")));
        var second = new TestSiloPlan("second", _directory.PathOf("b")) { Primary = silo };
        OrleansConfigurationException refused = await Assert.ThrowsAsync<OrleansConfigurationException>(() => TestSilo.StartAsync(second));
        Assert.Contains("'first'", refused.Message);
        Assert.False(Directory.Exists(_directory.PathOf("b")));
    }

    [Fact]
    public async Task A_silo_without_a_directory_does_not_start()
    {
        OrleansConfigurationException refused = await Assert.ThrowsAsync<OrleansConfigurationException>(
            () => TestSilo.StartAsync(new TestSiloPlan("alone", "")));
        Assert.Contains(nameof(KeystoneSiloOptions.DataPath), refused.Message);
    }

    private static Item City(int i) => Item.Of(("country", $"country-{i}"), ("place", $"place-{i}"), ("population", i));
}
