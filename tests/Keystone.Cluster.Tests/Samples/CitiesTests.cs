using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Keystone.Cluster.Tests.Hosting;
using Keystone.Cluster.Tests.Server;
using Xunit;

namespace Keystone.Cluster.Tests.Samples;

/// <summary>The sample of cities, run as a user runs it.</summary>
[Collection(ProcessTests.Name)]
public sealed class CitiesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_loads_every_city_and_finds_each_as_the_file_has_it()
    {
        (int cities, int countries) = await CountAsync();
        using var run = ProcessRun.Start(
            TestProgram.Cities, $"--silo-port={OneServer.FreePort()}", $"--gateway-port={OneServer.FreePort()}");
        run.Input.Close();
        ProcessEnd end = await run.EndAsync();

        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        Assert.True(countries > 200);
        string count = cities.ToString("N0", CultureInfo.InvariantCulture);
        Assert.Contains($"  {count} cities loaded, each on the disk before it was answered: ", end.Output);
        Assert.Contains($"  {count} cities read country by country: ", end.Output);
        Assert.Contains($"  {count} cities read one by one: ", end.Output);
        Assert.EndsWith("Every answer is what the file says.\n", end.Output);
        Assert.False(Directory.Exists(end.Output.Split(' ', '\n')[4].TrimEnd('.')));
    }

    [Fact]
    public async Task A_directory_that_is_named_is_kept_and_holds_what_was_loaded()
    {
        using var directory = new TestDirectory();
        string path = directory.PathOf("db");
        using var run = ProcessRun.Start(
            TestProgram.Cities, $"--silo-port={OneServer.FreePort()}", $"--gateway-port={OneServer.FreePort()}",
            "--directory", path, "--count=300");
        run.Input.Close();
        Assert.Equal(0, (await run.EndAsync()).ExitCode);
        Assert.StartsWith("Exported: 300 items", await ProcessRun.OkAsync("export", path, directory.PathOf("out"), "--table", "cities"));
    }

    /// <summary>Counts by itself what the file has.</summary>
    private static async Task<(int Cities, int Countries)> CountAsync()
    {
        string path = Path.Combine(Path.GetDirectoryName(TestProgram.Cities.Path)!, "cities.jsonl.gz");
        using var text = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        HashSet<string> countries = [];
        int cities = 0;
        while (await text.ReadLineAsync(Cancellation) is { } line)
        {
            cities++;
            countries.Add((string)JsonNode.Parse(line)!["country"]!);
        }

        return (cities, countries.Count);
    }
}
