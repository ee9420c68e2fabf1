using System.Text.Json;
using Keystone.Cli;
using Xunit;

namespace Keystone.Tests.Cli;

public sealed class CheckpointCommandTests : IDisposable
{
    private readonly CliRun _run = new();

    private string Target => _run.FileAt("copy");

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task A_checkpoint_opens_as_a_database_that_goes_on_by_itself()
    {
        await _run.CreateAsync();
        await CliRun.OkAsync("put", _run.Database, "a", """{"n":1}""");
        await CliRun.OkAsync("compact", _run.Database);
        await CliRun.OkAsync("put", _run.Database, "b", """{"n":2}""");
        Assert.StartsWith($"Checkpoint: {Target}, ", await CliRun.OkAsync("checkpoint", _run.Database, Target), StringComparison.Ordinal);
        await CliRun.OkAsync("delete", _run.Database, "a");
        await CliRun.OkAsync("put", Target, "b", """{"n":3}""");
        Assert.Contains("\"n\": 1", await CliRun.OkAsync("get", Target, "a"), StringComparison.Ordinal);
        Assert.Contains("\"n\": 3", await CliRun.OkAsync("get", Target, "b"), StringComparison.Ordinal);
        await CliRun.MissingAsync("get", _run.Database, "a");
        Assert.Contains("\"n\": 2", await CliRun.OkAsync("get", _run.Database, "b"), StringComparison.Ordinal);
        Assert.Contains(", 0 damaged", await CliRun.OkAsync("verify", Target), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_result_can_be_read_by_a_program()
    {
        await _run.CreateAsync();
        using JsonDocument told = JsonDocument.Parse(await CliRun.OkAsync("checkpoint", _run.Database, Target, "--json"));
        Assert.Equal(Target, told.RootElement.GetProperty("target").GetString());
        Assert.Equal(256, told.RootElement.GetProperty("sequences").GetArrayLength());
        Assert.Equal(32, told.RootElement.GetProperty("diskId").GetString()!.Length);
    }

    [Fact]
    public async Task A_target_that_holds_anything_is_refused_and_left_alone()
    {
        await _run.CreateAsync();
        Directory.CreateDirectory(Target);
        await File.WriteAllTextAsync(Path.Combine(Target, "notes.txt"), "mine", TestContext.Current.CancellationToken);
        CliOutput refused = await CliRun.RunAsync("checkpoint", _run.Database, Target);
        Assert.Equal(ExitCode.Failure, refused.Code);
        Assert.Contains("is not empty", refused.Error, StringComparison.Ordinal);
        Assert.Equal(["notes.txt"], Directory.EnumerateFileSystemEntries(Target).Select(Path.GetFileName));

        CliOutput missing = await CliRun.RunAsync("checkpoint", _run.Database, _run.FileAt("none/copy"));
        Assert.Equal(ExitCode.Failure, missing.Code);
        CliOutput usage = await CliRun.RunAsync("checkpoint", _run.Database);
        Assert.Equal(ExitCode.Usage, usage.Code);
    }
}
