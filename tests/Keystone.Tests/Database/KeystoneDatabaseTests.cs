using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class KeystoneDatabaseTests : IDisposable
{
    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Tables_and_items_are_there_again_after_reopening()
    {
        await using (KeystoneDatabase database = _fixture.Create())
        {
            await database.CreateTableAsync("orders", new KeySchema("customer").WithSort("number", KeyType.Number), Cancel);
            for (int number = 0; number < 100; number++)
            {
                await database.PutItemAsync("orders", Order("ann", number), Cancel);
            }
        }

        await using (KeystoneDatabase database = _fixture.Open())
        {
            Assert.Equal(["default", "orders"], (await database.ListTablesAsync(new ListTablesRequest(), Cancel)).TableNames);
            Assert.Equal(Order("ann", 7), await database.GetItemAsync("orders", "ann", 7, Cancel));
            Assert.Null(await database.GetItemAsync("orders", "ann", 100, Cancel));
            List<Item> all = await database.QueryAsync(new QueryRequest("orders", "ann") { Limit = 7 }, Cancel).ToListAsync(Cancel);
            Assert.Equal(Enumerable.Range(0, 100).Select(number => Order("ann", number)), all);
            Assert.Equal(100, await database.ScanAsync(new ScanRequest("orders"), Cancel).CountAsync(Cancel));
        }
    }

    private static Item Order(string customer, int number) => Item.Of(("customer", customer), ("number", number), ("total", number * 1.5m));
}
