using System.Text.Json;
using Keystone.Cli;
using Xunit;

namespace Keystone.Tests.Cli;

public sealed class RepairCommandTests : IDisposable
{
    private readonly CliRun _run = new();

    private string Target => _run.FileAt("repaired");

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task A_sound_database_comes_over_whole()
    {
        await FillAsync();
        SortedDictionary<string, string> before = CliRun.Picture(_run.Database);
        string told = await CliRun.OkAsync("repair", _run.Database, Target);
        Assert.StartsWith($"Repaired: {Target}, ", told, StringComparison.Ordinal);
        Assert.EndsWith(" 0 places lost\n", told, StringComparison.Ordinal);
        Assert.Equal(before, CliRun.Picture(_run.Database));
        await RequireItemsAsync();
    }

    [Fact]
    public async Task Without_identity_manifest_and_current_the_items_come_back_and_the_exit_code_says_that_something_is_lost()
    {
        await FillAsync();
        foreach (string name in Directory.EnumerateFiles(_run.Database).Where(f => !f.EndsWith(".sst") && !f.EndsWith(".log")))
        {
            File.Delete(name);
        }

        CliOutput refused = await CliRun.RunAsync("repair", _run.Database, Target);
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains("how many stripes", refused.Error, StringComparison.Ordinal);

        CliOutput repaired = await CliRun.RunAsync("repair", _run.Database, Target, "--stripes", "256", "--json");
        Assert.Equal(ExitCode.Failure, repaired.Code);
        using JsonDocument told = JsonDocument.Parse(repaired.Text);
        Assert.True(told.RootElement.GetProperty("mayHoldDeleted").GetBoolean());
        Assert.Contains(
            told.RootElement.GetProperty("lost").EnumerateArray(), l => l.GetProperty("file").GetString() == "IDENTITY");
        await RequireItemsAsync();
        Assert.Equal("Item stored\n", await CliRun.OkAsync("put", Target, "new", """{"n":9}"""));
    }

    [Fact]
    public async Task Damage_is_listed_with_file_and_offset()
    {
        await FillAsync();
        // The first table holds the catalog, which stands in the lowest stripe.
        string table = Directory.EnumerateFiles(_run.Database, "*.sst").Order(StringComparer.Ordinal).Last();
        byte[] bytes = await File.ReadAllBytesAsync(table, TestContext.Current.CancellationToken);
        bytes[70] ^= 4;
        await File.WriteAllBytesAsync(table, bytes, TestContext.Current.CancellationToken);
        CliOutput repaired = await CliRun.RunAsync("repair", _run.Database, Target);
        Assert.Equal(ExitCode.Failure, repaired.Code);
        Assert.Contains($"Lost: {Path.GetFileName(table)} at 64, ", repaired.Error, StringComparison.Ordinal);
        Assert.Contains(", 0 damaged", await CliRun.OkAsync("verify", Target), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_begun_is_a_wrong_use()
    {
        await _run.CreateAsync();
        Assert.Equal(ExitCode.Usage, (await CliRun.RunAsync("repair", _run.FileAt("none"), Target)).Code);
        Assert.Equal(ExitCode.Usage, (await CliRun.RunAsync("repair", _run.Database, _run.Database)).Code);
        Assert.Equal(ExitCode.Usage, (await CliRun.RunAsync("repair", _run.Database)).Code);
    }

    private async Task FillAsync()
    {
        await _run.CreateAsync();
        await CliRun.OkAsync("put", _run.Database, "a", """{"n":1}""");
        await CliRun.OkAsync("put", _run.Database, "b", """{"n":2}""");
        await CliRun.OkAsync("compact", _run.Database);
        await CliRun.OkAsync("put", _run.Database, "b", """{"n":3}""");
        await CliRun.OkAsync("put", _run.Database, "c", """{"n":4}""");
    }

    private async Task RequireItemsAsync()
    {
        Assert.Contains("\"n\": 1", await CliRun.OkAsync("get", Target, "a"), StringComparison.Ordinal);
        Assert.Contains("\"n\": 3", await CliRun.OkAsync("get", Target, "b"), StringComparison.Ordinal);
        Assert.Contains("\"n\": 4", await CliRun.OkAsync("get", Target, "c"), StringComparison.Ordinal);
        Assert.Contains(", 0 damaged", await CliRun.OkAsync("verify", Target), StringComparison.Ordinal);
    }
}
