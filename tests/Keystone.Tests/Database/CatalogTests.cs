using Keystone.Database;
using Keystone.Database.Catalog;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Xunit;

namespace Keystone.Tests.Database;

public sealed class CatalogTests : IDisposable
{
    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task The_default_table_is_there_from_the_start_and_stays()
    {
        await using KeystoneDatabase database = _fixture.Create();
        DescribeTableResult described = await database.DescribeTableAsync(new DescribeTableRequest(KeystoneDefaults.TableName), Cancel);
        Assert.Equal((TableIds.Default, TableStatus.Active), (described.Table.Id, described.Table.Status));
        Item bare = Item.Of((KeystoneDefaults.PartitionKeyName, "ann"u8.ToArray()), ("age", 7));
        await database.PutItemAsync(KeystoneDefaults.TableName, bare, Cancel);
        Assert.Equal(bare, await database.GetItemAsync(KeystoneDefaults.TableName, "ann"u8.ToArray(), cancellationToken: Cancel));
        DeleteTableRequest delete = new(KeystoneDefaults.TableName);
        await FailsAsync(KeystoneErrorCode.ValidationFailed, () => database.DeleteTableAsync(delete, Cancel).AsTask());
    }

    [Fact]
    public async Task A_table_made_again_under_the_name_of_a_deleted_one_is_empty_and_has_another_id()
    {
        HashSet<uint> ids = [];
        await using (KeystoneDatabase database = _fixture.Create())
        {
            for (int round = 0; round < 3; round++)
            {
                ids.Add((await database.CreateTableAsync("things", new KeySchema("id", KeyType.Number), Cancel)).Id);
                Assert.Equal(0, await database.ScanAsync(new ScanRequest("things"), Cancel).CountAsync(Cancel));
                for (int id = 0; id < 50; id++)
                {
                    await database.PutItemAsync("things", Item.Of(("id", id)), Cancel);
                }

                if (round == 1)
                {
                    await database.FlushAsync();
                }

                DeleteTableResult deleted = await database.DeleteTableAsync(new DeleteTableRequest("things"), Cancel);
                Assert.Equal(TableStatus.Deleting, deleted.Table.Status);
                await FailsAsync(
                    KeystoneErrorCode.ResourceNotFound, () => database.GetItemAsync("things", 1, cancellationToken: Cancel).AsTask());
            }

            await database.CreateTableAsync("things", new KeySchema("name"), Cancel);
        }

        await using (KeystoneDatabase database = _fixture.Open())
        {
            Assert.Equal(3, ids.Count);
            Assert.Equal(0, await database.ScanAsync(new ScanRequest("things"), Cancel).CountAsync(Cancel));
            TableDescription table = (await database.DescribeTableAsync(new DescribeTableRequest("things"), Cancel)).Table;
            Assert.DoesNotContain(table.Id, ids);
            Assert.Equal(new KeySchema("name"), table.Definition.Key);
        }
    }

    [Fact]
    public async Task A_table_comes_back_as_it_was_made()
    {
        TableDefinition[] definitions =
        [
            new("plain", new KeySchema("Schlüssel", KeyType.Binary)),
            new("sorted", new KeySchema("a", KeyType.Number).WithSort("b", KeyType.String)),
            new("optional", new KeySchema("a").WithSort("b", KeyType.Number, isOptional: true)),
        ];
        List<TableDescription> made = [];
        await using (KeystoneDatabase database = _fixture.Create())
        {
            foreach (TableDefinition definition in definitions)
            {
                made.Add((await database.CreateTableAsync(new CreateTableRequest(definition), Cancel)).Table);
            }
        }

        await using (KeystoneDatabase database = _fixture.Open())
        {
            foreach (TableDescription table in made)
            {
                Assert.Equal(table, (await database.DescribeTableAsync(new DescribeTableRequest(table.Definition.Name), Cancel)).Table);
            }

            Assert.Equal(4UL, database.Disk.Catalog.Current.Version);
        }
    }

    [Fact]
    public async Task Tables_are_listed_page_by_page()
    {
        await using KeystoneDatabase database = _fixture.Create();
        foreach (string name in new[] { "zzz", "aaa", "mmm" })
        {
            await database.CreateTableAsync(name, new KeySchema("id"), Cancel);
        }

        ListTablesResult first = await database.ListTablesAsync(new ListTablesRequest { Limit = 3 }, Cancel);
        Assert.Equal(["aaa", "default", "mmm"], first.TableNames);
        ListTablesRequest next = new() { Limit = 3, ExclusiveStartTableName = first.LastEvaluatedTableName };
        ListTablesResult second = await database.ListTablesAsync(next, Cancel);
        Assert.Equal(["zzz"], second.TableNames);
        Assert.Null(second.LastEvaluatedTableName);
    }

    [Fact]
    public async Task Names_that_are_taken_unknown_or_too_many_are_refused()
    {
        KeystoneDatabaseOptions options = DatabaseFixture.Small with { Limits = new ItemLimits { TablesMax = 2 } };
        await using KeystoneDatabase database = await KeystoneDatabase.CreateAsync(_fixture.Path, options);
        await database.CreateTableAsync("things", new KeySchema("id"), Cancel);
        await FailsAsync(KeystoneErrorCode.ResourceInUse, () => database.CreateTableAsync("things", new KeySchema("id"), Cancel).AsTask());
        await FailsAsync(KeystoneErrorCode.LimitExceeded, () => database.CreateTableAsync("more", new KeySchema("id"), Cancel).AsTask());
        await FailsAsync(
            KeystoneErrorCode.ResourceNotFound, () => database.DeleteTableAsync(new DeleteTableRequest("more"), Cancel).AsTask());
        await FailsAsync(
            KeystoneErrorCode.ResourceNotFound, () => database.DescribeTableAsync(new DescribeTableRequest("more"), Cancel).AsTask());
        await FailsAsync(KeystoneErrorCode.ResourceNotFound, () => database.PutItemAsync("more", Item.Of(("id", "a")), Cancel).AsTask());
        await FailsAsync(KeystoneErrorCode.ResourceNotFound, () => database.QueryPageAsync(new QueryRequest("more", "a"), Cancel).AsTask());
        await FailsAsync(KeystoneErrorCode.ResourceNotFound, () => database.ScanPageAsync(new ScanRequest("more"), Cancel).AsTask());
    }

    [Fact]
    public async Task Writes_that_race_with_a_removal_leave_nothing_behind()
    {
        await using KeystoneDatabase database = _fixture.Create();
        for (int round = 0; round < 5; round++)
        {
            await database.CreateTableAsync("things", new KeySchema("id", KeyType.Number), Cancel);
            Task[] writers = [.. Enumerable.Range(0, 4).Select(writer => Task.Run(() => WriteUntilGoneAsync(database, writer), Cancel))];
            while (await database.GetItemAsync("things", 20, cancellationToken: Cancel) is null)
            {
                await Task.Yield();
            }

            await database.DeleteTableAsync(new DeleteTableRequest("things"), Cancel);
            await Task.WhenAll(writers);
            DatabaseFixture.RequireNoOrphans(database);
        }
    }

    private static async Task WriteUntilGoneAsync(KeystoneDatabase database, int writer)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                await database.PutItemAsync("things", Item.Of(("id", (i * 4) + writer)), Cancel);
            }
            catch (KeystoneException failure) when (failure.Code == KeystoneErrorCode.ResourceNotFound)
            {
                return;
            }
        }
    }

    private static async Task FailsAsync(KeystoneErrorCode code, Func<Task> call)
        => Assert.Equal(code, (await Assert.ThrowsAsync<KeystoneException>(call)).Code);
}
