using System.Text;
using Keystone.Cluster.Tests.Hosting;
using Xunit;

namespace Keystone.Cluster.Tests.Cli;

/// <summary><c>kstone --cluster</c> as a process against a live silo. Every test has a table of its own.</summary>
[Collection(ProcessTests.Name)]
public sealed class RoundTripTests(LiveServer server) : IClassFixture<LiveServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Items_go_in_and_come_out_by_key_by_partition_and_by_scan()
    {
        await CreateAsync("trip");
        Assert.Equal("Item stored\n", await RunAsync("trip", "put", "CH", """{"name":"Bern"}""", "--sort-key", "2"));
        await RunAsync("trip", "put", "CH", """{"name":"Zürich"}""", "--sort-key", "1");
        await RunAsync("trip", "put", "IS", """{"name":"Reykjavík"}""", "--sort-key", "1");
        Assert.Contains("\"Bern\"", await RunAsync("trip", "get", "CH", "--sort-key", "2"));
        Assert.Equal(
            """{"country":"CH","name":"Zürich","size":1}""" + "\n" + """{"country":"CH","name":"Bern","size":2}""" + "\n",
            await RunAsync("trip", "query", "CH"));
        Assert.Equal("""{"country":"CH","name":"Bern","size":2}""" + "\n", await RunAsync("trip", "query", "CH", "--above", "1"));
        Assert.Equal(3, LinesOf(await RunAsync("trip", "scan")).Length);
        Assert.Equal("Item deleted\n", await RunAsync("trip", "delete", "CH", "--sort-key", "2"));
        ProcessEnd missing = await ProcessRun.KstoneAsync(
            "get", "--cluster", server.Gateway, "CH", "--sort-key", "2", "--table", "trip");
        Assert.Equal((1, "", "Item not found\n"), (missing.ExitCode, missing.Output, missing.Error));
        Assert.Equal(2, LinesOf(await RunAsync("trip", "scan")).Length);
    }

    [Fact]
    public async Task What_is_imported_comes_out_again()
    {
        await CreateAsync("export");
        string[] lines = [.. Enumerable.Range(0, 3000).Select(LineOf)];
        string file = server.PathOf("in.jsonl");
        await File.WriteAllLinesAsync(file, lines, Cancellation);
        Assert.StartsWith("Imported: 3,000 items from ", await RunAsync("export", "import", file));
        Assert.StartsWith("Exported: 3,000 items to ", await RunAsync("export", "export", server.PathOf("out.jsonl")));
        Assert.Equal(lines.Order(), (await File.ReadAllLinesAsync(server.PathOf("out.jsonl"), Cancellation)).Order());
        Assert.Equal(lines.Order(), LinesOf(await RunAsync("export", "scan")).Order());
    }

    [Fact]
    public async Task A_bad_line_is_told_with_its_number_and_its_reason_and_stops_or_is_passed_over()
    {
        await CreateAsync("bad");
        string file = server.PathOf("bad.jsonl");
        await File.WriteAllLinesAsync(file, [LineOf(0), LineOf(1), "{\"country\":", """{"country":"C"}""", LineOf(2)], Cancellation);

        ProcessEnd stopped = await ProcessRun.KstoneAsync("import", "--cluster", server.Gateway, file, "--table", "bad");
        Assert.Equal(1, stopped.ExitCode);
        Assert.Matches("^Error: line 3: [^\n]*JSON[^\n]*\nEverything up to line 2 is stored; go on with --from-line 3.\n$", stopped.Error);
        Assert.Equal(2, LinesOf(await RunAsync("bad", "scan")).Length);

        ProcessEnd passed = await ProcessRun.KstoneAsync(
            "import", "--cluster", server.Gateway, file, "--table", "bad", "--on-error", "skip");
        Assert.Equal(0, passed.ExitCode);
        Assert.Matches("^Skipped: line 3: [^\n]*JSON[^\n]*\nSkipped: line 4: [^\n]*Missing the key size[^\n]*\n$", passed.Error);
        Assert.EndsWith(", 2 bad lines\n", passed.Output);
        Assert.Equal(3, LinesOf(await RunAsync("bad", "scan")).Length);
    }

    [Fact]
    public async Task Keys_and_items_beyond_the_limits_are_refused_by_the_limit_and_nothing_is_stored()
    {
        await ProcessRun.OkAsync(
            "tables", "create", "--cluster", server.Gateway, "limits", "--partition-key", "p:S", "--sort-key", "s:S");
        string[] to = ["--cluster", server.Gateway, "--table", "limits"];
        await FailsAsync("2048", ["put", .. to, new string('k', 2049), "{}", "--sort-key", "s"]);
        await FailsAsync("1024", ["put", .. to, "k", "{}", "--sort-key", new string('s', 1025)]);
        await FailsAsync("2048", ["get", .. to, new string('k', 2049), "--sort-key", "s"]);
        string file = server.PathOf("large.jsonl");
        await File.WriteAllTextAsync(file, $$"""{"p":"k","s":"s","text":"{{new string('x', 400 << 10)}}"}""" + "\n", Cancellation);
        await FailsAsync("line 1: ", ["import", .. to, file], "409600");
        Assert.Equal("", await RunAsync("limits", "scan"));

        // Up to the limits everything is taken.
        await RunAsync("limits", "put", new string('k', 2048), "{}", "--sort-key", new string('s', 1024));
        Assert.Single(LinesOf(await RunAsync("limits", "scan")));
    }

    private static string LineOf(int size) => $$"""{"country":"C{{size % 7}}","name":"Städtchen {{size}}","size":{{size}}}""";

    private static string[] LinesOf(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task FailsAsync(string reason, string[] arguments, string further = "")
    {
        ProcessEnd end = await ProcessRun.KstoneAsync(arguments);
        Assert.Equal(1, end.ExitCode);
        Assert.StartsWith("Error: ", end.Error);
        Assert.Contains(reason, end.Error);
        Assert.Contains(further, end.Error);
        Assert.True(Encoding.UTF8.GetByteCount(end.Error) < 1000, "A message is no place for a whole key or item.");
    }

    private async Task CreateAsync(string table)
        => await ProcessRun.OkAsync(
            "tables", "create", "--cluster", server.Gateway, table, "--partition-key", "country:S", "--sort-key", "size:N");

    private Task<string> RunAsync(string table, string command, params string[] arguments)
        => ProcessRun.OkAsync([command, "--cluster", server.Gateway, "--table", table, .. arguments]);
}
