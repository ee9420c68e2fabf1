using Keystone.Cli;
using Xunit;

namespace Keystone.Tests.Cli;

public sealed class ItemCommandTests : IDisposable
{
    private readonly CliRun _run = new();

    [Fact]
    public async Task A_new_database_stores_shows_and_deletes_an_item()
    {
        Assert.StartsWith($"Database created: {_run.Database} (", await CliRun.OkAsync("create", _run.Database));
        Assert.Equal("Item stored\n", await CliRun.OkAsync("put", _run.Database, "user#1", """{"name":"Ann","age":3}"""));
        Assert.Equal("{\n  \"age\": 3,\n  \"name\": \"Ann\"\n}\n", await CliRun.OkAsync("get", _run.Database, "user#1"));
        Assert.Equal("Item deleted\n", await CliRun.OkAsync("delete", _run.Database, "user#1"));
        await CliRun.MissingAsync("get", _run.Database, "user#1");
        Assert.Equal("Item deleted\n", await CliRun.OkAsync("delete", _run.Database, "user#1"));
    }

    [Fact]
    public async Task Keys_can_be_bytes_and_can_have_a_second_part()
    {
        await _run.CreateAsync();
        await CliRun.OkAsync("put", _run.Database, "00ff", """{"n":1}""", "--hex");
        await CliRun.OkAsync("put", _run.Database, "a", """{"n":2}""", "--sort-key", "b");
        await CliRun.OkAsync("put", _run.Database, "@file", """{"n":3}""");
        Assert.Contains("\"n\": 1", await CliRun.OkAsync("get", _run.Database, "AP8=", "--base64"));
        Assert.Contains("\"n\": 2", await CliRun.OkAsync("get", _run.Database, "YQ==", "--sort-key", "Yg==", "--base64"));
        Assert.Contains("\"n\": 3", await CliRun.OkAsync("get", _run.Database, "@file"));
        await CliRun.MissingAsync("get", _run.Database, "a");
    }

    [Fact]
    public async Task Tables_have_keys_of_their_own()
    {
        await CreateCitiesAsync();
        Assert.Equal("cities\ndefault\n", await CliRun.OkAsync("tables", "list", _run.Database));
        string described = await CliRun.OkAsync("tables", "describe", _run.Database, "cities");
        Assert.Contains("\"partitionKey\": \"country:S\"", described);
        Assert.Contains("\"sortKey\": \"size:N\"", described);
        await CliRun.OkAsync("put", _run.Database, "CH", """{"name":"Bern"}""", "-t", "cities", "-s", "12");
        Assert.Contains("\"size\": 12", await CliRun.OkAsync("get", _run.Database, "CH", "-t", "cities", "-s", "1.2e1"));

        CliOutput other = await CliRun.RunAsync("put", _run.Database, "CH", """{"country":"DE"}""", "-t", "cities", "-s", "12");
        Assert.Equal(ExitCode.Failure, other.Code);
        Assert.Contains("country", other.Error);

        Assert.Equal("Table deleted: cities\n", await CliRun.OkAsync("tables", "delete", _run.Database, "cities"));
        Assert.Equal(ExitCode.Failure, (await CliRun.RunAsync("tables", "describe", _run.Database, "cities")).Code);
    }

    [Fact]
    public async Task A_statement_is_run_and_its_rows_are_shown()
    {
        await CreateCitiesAsync();
        string insert = "INSERT INTO cities VALUE {'country': 'CH', 'size': ?, 'name': ?}";
        Assert.Equal("", await CliRun.OkAsync("sql", _run.Database, insert, "-p", "1", "-p", "\"Bern\""));
        Assert.Equal("", await CliRun.OkAsync("sql", _run.Database, insert, "-p", "2", "-p", "\"Thun\"", "-o", "jsonl"));
        string select = "SELECT name FROM cities WHERE country = 'CH' ORDER BY size DESC";
        Assert.Equal("{\"name\":\"Thun\"}\n{\"name\":\"Bern\"}\n", await CliRun.OkAsync("sql", _run.Database, select, "-o", "jsonl"));
        Assert.Equal("{\"name\":\"Thun\"}\n", await CliRun.OkAsync("sql", _run.Database, select, "-o", "jsonl", "-l", "1"));
        string table = await CliRun.OkAsync("sql", _run.Database, select, "-o", "table", "-l", "1");
        Assert.Contains("Count: 1\n", table);
        Assert.Contains("More results", table);
        Assert.Contains("\"operation\":\"Query\"", await CliRun.OkAsync("sql", _run.Database, $"EXPLAIN {select}", "-o", "jsonl"));

        CliOutput twice = await CliRun.RunAsync("sql", _run.Database, insert, "-p", "1", "-p", "\"Bern\"");
        Assert.Equal(ExitCode.Failure, twice.Code);
        Assert.Contains("Duplicate primary key exists in table", twice.Error);
        CliOutput unread = await CliRun.RunAsync("sql", _run.Database, insert, "-p", "1", "-p", "Bern");
        Assert.Equal(ExitCode.Usage, unread.Code);
        Assert.Contains("-p '\"text\"'", unread.Error);
    }

    [Fact]
    public async Task A_query_shows_a_range_of_a_partition_both_ways()
    {
        await CreateCitiesAsync();
        for (int size = 1; size <= 5; size++)
        {
            await CliRun.OkAsync("put", _run.Database, "CH", "{}", "-t", "cities", "-s", $"{size}");
        }

        Assert.Equal("1 2 3 4 5", await SizesAsync());
        Assert.Equal("5 4", await SizesAsync("--backward", "--limit", "2"));
        Assert.Equal("2 3 4", await SizesAsync("--between", "2", "4"));
        Assert.Equal("1", await SizesAsync("--below", "2"));
        Assert.Equal("1 2", await SizesAsync("--at-most", "2"));
        Assert.Equal("5", await SizesAsync("--above", "4"));
        Assert.Equal("4 5", await SizesAsync("--at-least", "4"));
        Assert.Equal("3", await SizesAsync("--sort-key", "3"));

        CliOutput two = await CliRun.RunAsync("query", _run.Database, "CH", "-t", "cities", "--below", "2", "--above", "1");
        Assert.Equal(ExitCode.Usage, two.Code);
        Assert.Contains("--below", two.Error);
    }

    [Fact]
    public async Task Items_are_shown_as_a_table_an_array_or_lines()
    {
        await _run.CreateAsync();
        Assert.Equal("No items found\n", await CliRun.OkAsync("scan", _run.Database, "-o", "table"));
        Assert.Equal("[]\n", await CliRun.OkAsync("scan", _run.Database, "-o", "json"));
        Assert.Equal("", await CliRun.OkAsync("scan", _run.Database));
        await CliRun.OkAsync("put", _run.Database, "k", """{"a":"x\u001b[31m","list":[1,{"b":null}]}""");

        string table = await CliRun.OkAsync("scan", _run.Database, "-o", "table");
        Assert.Contains("│ $pk │ a           │ list           │", table);
        Assert.Contains("│ k   │ x\\u001b[31m │ [1,{\"b\":null}] │", table);
        Assert.EndsWith("\n\nCount: 1, Scanned: 1\n", table);
        Assert.DoesNotContain("\u001b", table);
        Assert.Equal(
            """{"$pk":"aw==","a":"x\u001B[31m","list":[1,{"b":null}]}""" + "\n",
            await CliRun.OkAsync("scan", _run.Database, "-o", "jsonl"));
        Assert.StartsWith("[\n{\n", await CliRun.OkAsync("scan", _run.Database, "-o", "json"));
    }

    [Fact]
    public async Task A_table_says_when_there_is_more()
    {
        await CreateCitiesAsync();
        for (int size = 1; size <= 3; size++)
        {
            await CliRun.OkAsync("put", _run.Database, "CH", "{}", "-t", "cities", "-s", $"{size}");
        }

        string part = await CliRun.OkAsync("query", _run.Database, "CH", "-t", "cities", "-o", "table", "-l", "2");
        Assert.Contains("More results available", part);
        Assert.DoesNotContain("More", await CliRun.OkAsync("query", _run.Database, "CH", "-t", "cities", "-o", "table"));
    }

    public void Dispose() => _run.Dispose();

    private async Task CreateCitiesAsync()
    {
        await _run.CreateAsync();
        Assert.Equal(
            "Table created: cities\n",
            await CliRun.OkAsync("tables", "create", _run.Database, "cities", "--partition-key", "country:S", "--sort-key", "size:N"));
    }

    private async Task<string> SizesAsync(params string[] options)
    {
        string lines = await CliRun.OkAsync(["query", _run.Database, "CH", "-t", "cities", .. options]);
        return string.Join(' ', lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!["size"]!.ToJsonString()));
    }
}
