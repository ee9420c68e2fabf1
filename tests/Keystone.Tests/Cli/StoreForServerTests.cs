using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Cli;

/// <summary>
/// <c>kstone</c> keeps the log of a directory in segments of 1 MiB, a server in segments of 32 MiB. Each serves what the other has left.
/// </summary>
public sealed class StoreForServerTests : IDisposable
{
    private const int Puts = 6;
    private const long MiB = 1 << 20;

    private readonly CliRun _run = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_counts_the_log_of_a_small_store_as_what_it_is()
    {
        await _run.CreateAsync();
        for (int i = 0; i < Puts; i++)
        {
            await CliRun.OkAsync("put", _run.Database, $"k{i}", "{}");
        }

        // Counted in segments of the server's size, these lives would be more than half of what the log may have, and be flushed for it.
        await using KeystoneDatabase server = await KeystoneDatabase.OpenAsync(_run.Database);
        long logBytes = server.Statistics().LogBytes;
        Assert.InRange(logBytes, Puts * MiB, (2 * Puts * MiB) + KeystoneDatabaseOptions.Default.SegmentBytes);
        Item large = Item.Of((KeystoneDefaults.PartitionKeyName, Key("large")), ("text", new string('x', 399 << 10)));
        await server.PutItemAsync(KeystoneDefaults.TableName, large, Cancellation);
        Assert.Equal(0, server.Statistics().Flushes);
        Assert.Equal(0, server.Statistics().StalledWrites);
        for (int i = 0; i < Puts; i++)
        {
            Assert.NotNull(await server.GetItemAsync(KeystoneDefaults.TableName, Key($"k{i}"), cancellationToken: Cancellation));
        }
    }

    [Fact]
    public async Task The_command_line_goes_on_with_the_log_of_a_server()
    {
        await using (KeystoneDatabase server = await KeystoneDatabase.CreateAsync(_run.Database))
        {
            Item item = Item.Of((KeystoneDefaults.PartitionKeyName, Key("server")), ("n", 1));
            await server.PutItemAsync(KeystoneDefaults.TableName, item, Cancellation);
        }

        await CliRun.OkAsync("put", _run.Database, "large", $$"""{"text":"{{new string('x', 399 << 10)}}"}""");
        Assert.Contains("\"n\": 1", await CliRun.OkAsync("get", _run.Database, "server"));
        await using KeystoneDatabase again = await KeystoneDatabase.OpenAsync(_run.Database);
        Assert.NotNull(await again.GetItemAsync(KeystoneDefaults.TableName, Key("large"), cancellationToken: Cancellation));
    }

    public void Dispose() => _run.Dispose();

    private static AttributeValue Key(string text) => AttributeValue.Binary(System.Text.Encoding.UTF8.GetBytes(text));
}
