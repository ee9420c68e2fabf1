using System.IO.Compression;
using System.Text;
using Keystone.Cli;
using Keystone.Cli.Importing;
using Xunit;

namespace Keystone.Tests.Cli;

public sealed class ImportExportTests : IDisposable
{
    private readonly CliRun _run = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("cities.jsonl", false)]
    [InlineData("cities.jsonl.gz", true)]
    [InlineData("named-like-text.jsonl", true)]
    public async Task What_is_imported_comes_out_again(string name, bool isGzip)
    {
        await CreateCitiesAsync();
        string[] lines = [.. Enumerable.Range(0, 500).Select(Line)];
        await File.WriteAllBytesAsync(_run.FileAt(name), Pack(lines, isGzip), Cancellation);

        string told = await CliRun.OkAsync("import", _run.Database, _run.FileAt(name), "--table", "cities");
        Assert.StartsWith("Imported: 500 items from ", told);
        await CliRun.OkAsync("export", _run.Database, _run.FileAt("out.jsonl"), "--table", "cities");
        await CliRun.OkAsync("export", _run.Database, _run.FileAt("out.jsonl.gz"), "--table", "cities");
        Assert.Equal(lines.Order(), (await File.ReadAllLinesAsync(_run.FileAt("out.jsonl"), Cancellation)).Order());
        Assert.Equal(lines.Order(), Unpack(await File.ReadAllBytesAsync(_run.FileAt("out.jsonl.gz"), Cancellation)).Order());
        Assert.Empty(Directory.EnumerateFiles(_run.Root, "*.partial"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(2000)]
    public async Task A_gzip_file_that_was_cut_off_is_no_shorter_file(int missingBytes)
    {
        await CreateCitiesAsync();
        byte[] whole = Pack([.. Enumerable.Range(0, 500).Select(Line)], isGzip: true);
        await File.WriteAllBytesAsync(_run.FileAt("cut.jsonl.gz"), whole[..^missingBytes], Cancellation);
        CliOutput output = await CliRun.RunAsync("import", _run.Database, _run.FileAt("cut.jsonl.gz"), "--table", "cities");
        Assert.Equal(ExitCode.Failure, output.Code);
        Assert.Contains("cut off", output.Error);
    }

    [Fact]
    public async Task Standard_input_and_output_take_the_place_of_files()
    {
        await CreateCitiesAsync();
        string[] lines = [.. Enumerable.Range(0, 30).Select(Line)];
        CliOutput read = await ImportAsync(Pack(lines, isGzip: true));
        Assert.Equal(ExitCode.Success, read.Code);

        CliOutput plain = await CliRun.RunAsync("export", _run.Database, "-", "-t", "cities");
        Assert.Equal(lines.Order(), plain.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.StartsWith("Exported: 30 items to standard output", plain.Error);
        CliOutput packed = await CliRun.RunAsync("export", _run.Database, "-", "-t", "cities", "--gzip");
        Assert.Equal(lines.Order(), Unpack(packed.Bytes).Order());
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("dynamodb")]
    public async Task Items_of_the_default_table_keep_their_keys(string format)
    {
        await _run.CreateAsync();
        await CliRun.OkAsync("put", _run.Database, "ff00", """{"n":1.50}""", "--hex");
        await CliRun.OkAsync("put", _run.Database, "é", """{"n":2}""", "-s", "s");
        await CliRun.OkAsync("export", _run.Database, _run.FileAt("out"), "--format", format);
        string other = _run.FileAt("other");
        await CliRun.OkAsync("create", other);
        await CliRun.OkAsync("import", other, _run.FileAt("out"), "--format", format);
        Assert.Contains("1.5", await CliRun.OkAsync("get", other, "ff00", "--hex"));
        Assert.Contains("2", await CliRun.OkAsync("get", other, "é", "-s", "s"));
        Assert.Equal(await CliRun.OkAsync("scan", _run.Database), await CliRun.OkAsync("scan", other));
    }

    [Fact]
    public async Task A_bad_line_stops_the_import_and_what_was_before_it_is_there()
    {
        await CreateCitiesAsync();
        byte[] file = Pack([Line(1), "", Line(2), """{"country":"CH"}""", Line(3)], isGzip: false);
        CliOutput output = await ImportAsync(file);
        Assert.Equal(ExitCode.Failure, output.Code);
        Assert.StartsWith("Imported: 2 items ", output.Text);
        Assert.StartsWith("Error: line 4: One or more parameter values were invalid: Missing the key size in the item\n", output.Error);
        Assert.Contains("Everything up to line 3 is stored; go on with --from-line 4.", output.Error);
        Assert.Equal(2, await CountAsync());

        CliOutput rest = await ImportAsync(file, "--from-line", "5");
        Assert.Equal(ExitCode.Success, rest.Code);
        Assert.Equal(3, await CountAsync());
    }

    [Fact]
    public async Task Bad_lines_can_be_skipped_and_are_told_with_their_numbers()
    {
        await CreateCitiesAsync();
        string[] lines = [Line(1), "not JSON", Line(2), """{"country":7,"size":1}""", "[]", Line(3)];
        CliOutput output = await ImportAsync(Pack(lines, isGzip: false), "--on-error", "skip");
        Assert.Equal(ExitCode.Success, output.Code);
        Assert.Contains("3 bad lines", output.Text);
        Assert.Contains("Skipped: line 2: ", output.Error);
        Assert.Contains("Skipped: line 4: ", output.Error);
        Assert.Contains("Skipped: line 5: ", output.Error);
        Assert.Equal(3, await CountAsync());
    }

    [Fact]
    public async Task An_import_of_nothing_but_bad_lines_fails_though_they_are_skipped()
    {
        await CreateCitiesAsync();
        CliOutput output = await ImportAsync(Pack(["not JSON", "{"], isGzip: false), "--on-error", "skip");
        Assert.Equal(ExitCode.Failure, output.Code);
        Assert.Contains("Skipped: line 1: The text is no valid JSON at line 1, byte 2. Look there", output.Error);
        Assert.Contains("Error: No line was good.", output.Error);
        Assert.Equal(ExitCode.Success, (await ImportAsync(Pack([], isGzip: false), "--on-error", "skip")).Code);
    }

    [Fact]
    public async Task Of_two_lines_with_one_key_the_later_wins()
    {
        await CreateCitiesAsync();
        string[] lines = [.. Enumerable.Range(0, 400).Select(i => $$"""{"country":"CH","size":{{i % 7}},"turn":{{i}}}""")];
        CliOutput output = await ImportAsync(Pack(lines, isGzip: false));
        Assert.StartsWith("Imported: 400 items", output.Text);
        string found = await CliRun.OkAsync("query", _run.Database, "CH", "-t", "cities");
        Assert.Equal(
            lines.Skip(393).OrderBy(line => line, StringComparer.Ordinal),
            found.Split('\n', StringSplitOptions.RemoveEmptyEntries).OrderBy(line => line, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_damaged_gzip_stops_the_import_and_says_how_far_it_came()
    {
        await CreateCitiesAsync();
        byte[] file = Pack([.. Enumerable.Range(0, 2000).Select(Line)], isGzip: true);
        CliOutput output = await ImportAsync(file[..(file.Length / 2)]);
        Assert.Equal(ExitCode.Failure, output.Code);
        Assert.Matches("Everything up to line [0-9]+ is stored", output.Error);
    }

    [Fact]
    public async Task A_cancelled_import_says_how_far_it_came_and_can_be_gone_on_with()
    {
        await CreateCitiesAsync();
        string[] lines = [.. Enumerable.Range(0, 1000).Select(Line)];
        using var cancelled = new CancellationTokenSource();
        var input = new CancellingStream(Pack(lines, isGzip: false), cancelled);
        using var terminal = new Terminal(input, new MemoryStream(), new MemoryStream());
        ExitCode code = await Kstone.RunAsync(["import", _run.Database, "-", "-t", "cities"], terminal, cancelled.Token);
        Assert.Equal(ExitCode.Cancelled, code);
        string error = Encoding.UTF8.GetString(((MemoryStream)terminal.Error.BaseStream).ToArray());
        int through = int.Parse(error.Split("Everything up to line ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(through, 1, 999);
        Assert.Equal(through, await CountAsync());

        CliOutput rest = await ImportAsync(Pack(lines, isGzip: false), "--from-line", $"{through + 1}");
        Assert.Equal(ExitCode.Success, rest.Code);
        Assert.Equal(1000, await CountAsync());
    }

    [Fact]
    public async Task A_line_too_long_is_a_bad_line()
    {
        await CreateCitiesAsync();
        byte[] file = Pack([Line(1), new string('x', LineReader.LineBytesMax + 1), Line(2)], isGzip: false);
        CliOutput output = await ImportAsync(file, "--on-error", "skip");
        Assert.Contains("Skipped: line 2: The line is longer than", output.Error);
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task An_export_does_not_replace_a_file_unless_told()
    {
        await _run.CreateAsync();
        await File.WriteAllTextAsync(_run.FileAt("out"), "precious", Cancellation);
        CliOutput refused = await CliRun.RunAsync("export", _run.Database, _run.FileAt("out"));
        Assert.Equal(ExitCode.Failure, refused.Code);
        Assert.Contains("--overwrite", refused.Error);
        Assert.Equal("precious", await File.ReadAllTextAsync(_run.FileAt("out"), Cancellation));
        await CliRun.OkAsync("export", _run.Database, _run.FileAt("out"), "--overwrite");
        Assert.Equal("", await File.ReadAllTextAsync(_run.FileAt("out"), Cancellation));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_failure()
    {
        await _run.CreateAsync();
        CliOutput output = await CliRun.RunAsync("import", _run.Database, _run.FileAt("nothing"));
        Assert.Equal((ExitCode.Failure, $"Error: There is no file {_run.FileAt("nothing")}.\n"), (output.Code, output.Error));
        output = await CliRun.RunAsync("import", _run.Database, _run.Root);
        Assert.Equal(
            (ExitCode.Failure, $"Error: {_run.Root} is a directory. Give a file of JSON lines.\n"), (output.Code, output.Error));
    }

    public void Dispose() => _run.Dispose();

    private static string Line(int size) => $$"""{"country":"C{{size % 3}}","name":"Städtchen {{size}}","size":{{size}}}""";

    private static byte[] Pack(string[] lines, bool isGzip)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
        if (!isGzip)
        {
            return text;
        }

        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(text);
        }

        return packed.ToArray();
    }

    private static string[] Unpack(byte[] packed)
    {
        using var text = new StreamReader(new GZipStream(new MemoryStream(packed), CompressionMode.Decompress));
        return text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private Task<CliOutput> ImportAsync(byte[] input, params string[] options)
        => CliRun.RunAsync(input, ["import", _run.Database, "-", "-t", "cities", .. options], Cancellation);

    private async Task<int> CountAsync()
        => (await CliRun.OkAsync("scan", _run.Database, "-t", "cities")).Count(letter => letter == '\n');

    private async Task CreateCitiesAsync()
    {
        await _run.CreateAsync();
        await CliRun.OkAsync("tables", "create", _run.Database, "cities", "--partition-key", "country:S", "--sort-key", "size:N");
    }

    /// <summary>Gives its bytes in small pieces, and cancels when half of them are read.</summary>
    private sealed class CancellingStream(byte[] bytes, CancellationTokenSource cancelled) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer)
        {
            if (Position > Length / 2)
            {
                cancelled.Cancel();
            }

            return base.Read(buffer[..Math.Min(buffer.Length, 1000)]);
        }
    }
}
