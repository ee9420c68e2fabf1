using Keystone.Cli;
using Keystone.Storage.Files;
using Xunit;

namespace Keystone.Tests.Cli;

public sealed class CommandErrorTests : IDisposable
{
    private readonly CliRun _run = new();

    [Theory]
    [InlineData("nonsense")]
    [InlineData("put")]
    [InlineData("put", "db", "key")]
    [InlineData("put", "db", "key", "{}", "more")]
    [InlineData("get", "db", "key", "--hex", "--base64")]
    [InlineData("get", "db", "key", "--cluster", "localhost")]
    [InlineData("scan", "db", "--output", "xml")]
    [InlineData("scan", "db", "--limit", "0")]
    [InlineData("scan", "db", "--limit", "some")]
    [InlineData("query", "db", "key", "--limit", "99999999999")]
    [InlineData("scan", "--cluster", "localhost:port")]
    [InlineData("import", "db", "file", "--on-error", "panic")]
    [InlineData("tables", "create", "db", "name")]
    [InlineData("tables", "create", "db", "name", "--partition-key", "a:X")]
    public async Task A_wrong_command_line_is_exit_code_2_and_says_why(params string[] arguments)
    {
        CliOutput output = await CliRun.RunAsync(arguments);
        Assert.Equal(ExitCode.Usage, output.Code);
        Assert.StartsWith("Error: ", output.Error);
        Assert.Equal("", output.Text);
        Assert.False(Directory.Exists("db"));
    }

    [Fact]
    public async Task Version_and_help_are_answers()
    {
        Assert.Matches("^kstone [0-9]+\\.[0-9]+\\.[0-9]+\n$", await CliRun.OkAsync("--version"));
        Assert.Contains("import", await CliRun.OkAsync("--help"));
        Assert.Contains("--on-error", await CliRun.OkAsync("import", "--help"));
    }

    [Fact]
    public async Task A_directory_that_is_no_database_is_refused_and_left_as_it_is()
    {
        string missing = _run.FileAt("missing");
        await FailsAsync("missing", "get", missing, "k");
        Assert.False(Directory.Exists(missing));

        string foreign = Directory.CreateDirectory(_run.FileAt("foreign")).FullName;
        await File.WriteAllTextAsync(Path.Combine(foreign, "letter.txt"), "Dear Ann", TestContext.Current.CancellationToken);
        foreach (string command in new[] { "scan", "stats", "verify", "compact", "create" })
        {
            SortedDictionary<string, string> before = CliRun.Picture(foreign);
            await FailsAsync("foreign", command, foreign);
            Assert.Equal(before, CliRun.Picture(foreign));
        }
    }

    [Fact]
    public async Task A_database_that_exists_is_not_created_again()
    {
        await _run.CreateAsync();
        await CliRun.OkAsync("put", _run.Database, "k", "{}");
        await FailsAsync(_run.Database, "create", _run.Database);
        Assert.Equal("{}\n", await CliRun.OkAsync("get", _run.Database, "k"));
    }

    [Fact]
    public async Task A_database_in_use_is_refused_and_left_as_it_is()
    {
        await _run.CreateAsync();
        using IDisposable holder = PosixFileSystem.Instance.Lock(Path.Combine(_run.Database, "LOCK"));
        SortedDictionary<string, string> before = CliRun.Picture(_run.Database);
        await FailsAsync(_run.Database, "put", _run.Database, "k", "{}");
        Assert.Equal(before, CliRun.Picture(_run.Database));
    }

    [Theory]
    [InlineData("IDENTITY")]
    [InlineData("CURRENT")]
    [InlineData("MANIFEST-")]
    public async Task A_damaged_file_is_named_and_nothing_is_changed(string prefix)
    {
        await _run.CreateAsync();
        string file = Directory.EnumerateFiles(_run.Database, prefix + "*").Single();
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[bytes.Length > 1000 ? 40 : bytes.Length / 2] ^= 0x40;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        SortedDictionary<string, string> before = CliRun.Picture(_run.Database);

        await FailsAsync(Path.GetFileName(file), "scan", _run.Database);
        Assert.Equal(before, CliRun.Picture(_run.Database));
    }

    [Fact]
    public async Task Verify_names_a_damaged_table_file_and_fails()
    {
        await _run.CreateAsync();
        await CliRun.OkAsync("put", _run.Database, "k", """{"text":"hello"}""");
        await CliRun.OkAsync("compact", _run.Database);
        Assert.Contains(", 0 damaged", await CliRun.OkAsync("verify", _run.Database));

        string file = Directory.EnumerateFiles(_run.Database, "*.sst").First();
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[10] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        CliOutput verified = await CliRun.RunAsync("verify", _run.Database);
        Assert.Equal(ExitCode.Failure, verified.Code);
        Assert.Contains(Path.GetFileName(file), verified.Error);
        Assert.Contains(", 1 damaged", verified.Text);
    }

    [Fact]
    public async Task Bad_items_and_keys_are_refused_with_the_reason()
    {
        await _run.CreateAsync();
        await FailsAsync("JSON", "put", _run.Database, "k", "{");
        await FailsAsync("object", "put", _run.Database, "k", "[1]");
        await FailsAsync("2048", "put", _run.Database, new string('k', 2049), "{}");
        await FailsAsync("1024", "put", _run.Database, "k", "{}", "--sort-key", new string('s', 1025));
        await FailsAsync("409600", "put", _run.Database, "k", $$"""{"text":"{{new string('x', 400 * 1024)}}"}""");
        await FailsAsync("nowhere", "get", _run.Database, "k", "--table", "nowhere");
        Assert.Equal("", await CliRun.OkAsync("scan", _run.Database));
    }

    [Theory]
    [InlineData("zz", "--hex", "hexadecimal")]
    [InlineData("a", "--base64", "base64")]
    public async Task A_key_that_is_not_written_as_was_said_is_a_wrong_command_line(string key, string form, string reason)
    {
        await _run.CreateAsync();
        CliOutput output = await CliRun.RunAsync("get", _run.Database, key, form);
        Assert.Equal(ExitCode.Usage, output.Code);
        Assert.Contains($"'{key}' is not valid {reason}. Write", output.Error);
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_a_failure_that_names_its_address()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await FailsAsync($"127.0.0.1:{port}", "get", "--cluster", $"127.0.0.1:{port}", "k");
    }

    public void Dispose() => _run.Dispose();

    private static async Task FailsAsync(string reason, params string[] arguments)
    {
        CliOutput output = await CliRun.RunAsync(arguments);
        Assert.Equal(ExitCode.Failure, output.Code);
        Assert.StartsWith("Error: ", output.Error);
        Assert.Single(output.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(reason, output.Error);
        Assert.Equal("", output.Text);
    }
}
