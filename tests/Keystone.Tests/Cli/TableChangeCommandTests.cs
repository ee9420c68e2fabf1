using Keystone.Cli;
using Xunit;

namespace Keystone.Tests.Cli;

public sealed class TableChangeCommandTests : IDisposable
{
    private readonly CliRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task An_index_is_added_to_a_table_with_items_and_removed()
    {
        await CreateAsync();
        Assert.Equal(
            "Index added: by-name of cities\n",
            await CliRun.OkAsync(
                "tables", "index", "add", _run.Database, "cities", "by-name",
                "--partition-key", "name:S,lake:S", "--sort-key", "size:N", "--projection", "founded"));
        string described = await CliRun.OkAsync("tables", "describe", _run.Database, "cities");
        Assert.Contains("\"status\": \"Active\"", described);
        Assert.Contains("\"partitionKey\": \"name:S, lake:S\"", described);
        Assert.Contains("\"attributes\": \"founded\"", described);
        Assert.Equal(
            "Index removed: by-name of cities\n", await CliRun.OkAsync("tables", "index", "remove", _run.Database, "cities", "by-name"));
        Assert.DoesNotContain("by-name", await CliRun.OkAsync("tables", "describe", _run.Database, "cities"));
        CliOutput again = await CliRun.RunAsync("tables", "index", "remove", _run.Database, "cities", "by-name");
        Assert.Equal(ExitCode.Failure, again.Code);
        Assert.Contains("by-name", again.Error);
    }

    [Fact]
    public async Task Changes_are_read_as_lines_of_json()
    {
        await CreateAsync();
        string enabled = await CliRun.OkAsync("tables", "stream", "enable", _run.Database, "cities");
        Assert.StartsWith("Stream enabled: arn:aws:dynamodb:local:000000000000:table/cities/stream/", enabled);
        await CliRun.OkAsync("put", _run.Database, "CH", """{"name":"Biel"}""", "-t", "cities", "-s", "3");
        await CliRun.OkAsync("delete", _run.Database, "CH", "-t", "cities", "-s", "3");
        string[] changes = (await CliRun.OkAsync("tables", "stream", "read", _run.Database, "cities")).Split('\n');
        Assert.Equal(3, changes.Length);
        Assert.Contains("\"kind\":\"Insert\"", changes[0]);
        Assert.Contains("\"new\":{", changes[0]);
        Assert.Contains("\"kind\":\"Remove\"", changes[1]);
        Assert.Contains("\"Biel\"", changes[1]);
        Assert.Equal("Stream disabled: cities\n", await CliRun.OkAsync("tables", "stream", "disable", _run.Database, "cities"));
        Assert.Equal(changes, (await CliRun.OkAsync("tables", "stream", "read", _run.Database, "cities")).Split('\n'));
    }

    [Fact]
    public async Task Items_can_be_made_to_expire()
    {
        await CreateAsync();
        Assert.Equal(
            "Items of cities expire by until\n", await CliRun.OkAsync("tables", "ttl", "enable", _run.Database, "cities", "until"));
        Assert.Contains("\"attribute\": \"until\"", await CliRun.OkAsync("tables", "describe", _run.Database, "cities"));
        Assert.Equal(
            "Items of cities expire no more\n", await CliRun.OkAsync("tables", "ttl", "disable", _run.Database, "cities", "until"));
        CliOutput again = await CliRun.RunAsync("tables", "ttl", "disable", _run.Database, "cities", "until");
        Assert.Equal(ExitCode.Failure, again.Code);
        Assert.Contains("already disabled", again.Error);
    }

    private async Task CreateAsync()
    {
        await _run.CreateAsync();
        await CliRun.OkAsync("tables", "create", _run.Database, "cities", "--partition-key", "country:S", "--sort-key", "size:N");
        await CliRun.OkAsync("put", _run.Database, "CH", """{"name":"Thun","lake":"Thun","founded":1191}""", "-t", "cities", "-s", "1");
        await CliRun.OkAsync("put", _run.Database, "CH", """{"name":"Bern"}""", "-t", "cities", "-s", "2");
    }
}
