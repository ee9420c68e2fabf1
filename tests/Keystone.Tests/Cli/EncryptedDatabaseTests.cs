using System.Text;
using Keystone.Cli;
using Xunit;

namespace Keystone.Tests.Cli;

public sealed class EncryptedDatabaseTests : IDisposable
{
    private readonly CliRun _run = new();

    private string Ring => _run.FileAt("keys");

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task A_database_that_was_made_with_keys_is_read_and_written_with_them_alone()
    {
        await WriteRingAsync("one");
        await CliRun.OkAsync("create", _run.Database, "--encrypt-keys", Ring);
        await CliRun.OkAsync("put", _run.Database, "bern", """{"name": "a canary of Bern"}""", "--encrypt-keys", Ring);
        Assert.Contains("a canary of Bern", await CliRun.OkAsync("get", _run.Database, "bern", "--encrypt-keys", Ring));
        await CliRun.OkAsync("compact", _run.Database, "--encrypt-keys", Ring, "--quiet");
        foreach (string path in Directory.GetFiles(_run.Database))
        {
            Assert.True((await File.ReadAllBytesAsync(path, Cancel)).AsSpan().IndexOf("canary"u8) < 0, path);
        }

        await RefusedAsync("is encrypted under the keys one", "get", _run.Database, "bern");
        await RefusedAsync("There is no key ring", "get", _run.Database, "bern", "--encrypt-keys", _run.FileAt("nothing"));
    }

    [Fact]
    public async Task An_opening_with_a_new_current_key_needs_the_old_one_for_the_last_time()
    {
        await WriteRingAsync("one");
        await CliRun.OkAsync("create", _run.Database, "--encrypt-keys", Ring);
        await CliRun.OkAsync("put", _run.Database, "bern", """{"name": "Bern"}""", "--encrypt-keys", Ring);
        await WriteRingAsync("two");
        await RefusedAsync("'one'", "get", _run.Database, "bern", "--encrypt-keys", Ring);
        await WriteRingAsync("one", "two");
        await CliRun.OkAsync("get", _run.Database, "bern", "--encrypt-keys", Ring);
        await WriteRingAsync("two");
        Assert.Contains("Bern", await CliRun.OkAsync("get", _run.Database, "bern", "--encrypt-keys", Ring));
    }

    [Fact]
    public async Task A_rewrap_lets_the_older_keys_of_the_ring_go()
    {
        await WriteRingAsync("one");
        await CliRun.OkAsync("create", _run.Database, "--encrypt-keys", Ring);
        await CliRun.OkAsync("put", _run.Database, "bern", """{"name": "Bern"}""", "--encrypt-keys", Ring);
        await WriteRingAsync("one", "two");
        Assert.Matches(
            "^Rewrapped: .*, [1-9][0-9]* keys under two; ", await CliRun.OkAsync("rewrap", _run.Database, "--encrypt-keys", Ring));
        await WriteRingAsync("two");
        Assert.Contains("Bern", await CliRun.OkAsync("get", _run.Database, "bern", "--encrypt-keys", Ring));
        Assert.Contains(
            "\"currentKey\":\"two\"", await CliRun.OkAsync("rewrap", _run.Database, "--encrypt-keys", Ring, "--json"));
        Assert.Equal(ExitCode.Usage, (await CliRun.RunAsync("rewrap", _run.Database)).Code);
    }

    [Fact]
    public async Task Keys_for_a_database_without_encryption_or_for_a_cluster_are_refused()
    {
        await WriteRingAsync("one");
        await CliRun.OkAsync("create", _run.Database);
        await RefusedAsync("made without encryption", "get", _run.Database, "bern", "--encrypt-keys", Ring);
        CliOutput wrong = await CliRun.RunAsync("get", "--cluster", "127.0.0.1:1", "bern", "--encrypt-keys", Ring);
        Assert.Equal(ExitCode.Usage, wrong.Code);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task RefusedAsync(string reason, params string[] arguments)
    {
        CliOutput output = await CliRun.RunAsync(arguments);
        Assert.Equal(ExitCode.Failure, output.Code);
        Assert.Contains(reason, output.Error, StringComparison.Ordinal);
    }

    /// <summary>A ring with the keys of these names; the last is current.</summary>
    private Task WriteRingAsync(params string[] names)
    {
        IEnumerable<string> lines = names.Select(
            name => $"{name} = {Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(name)))}");
        return File.WriteAllLinesAsync(Ring, [.. lines, $"current = {names[^1]}"], Cancel);
    }
}
