using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using Keystone.Cluster.Tests.Hosting;
using Xunit;

namespace Keystone.Cluster.Tests.Cli;

/// <summary>
/// Directories that <c>kstone</c> cannot work on: it says why, names the file, ends with 1, and leaves every byte as it was.
/// </summary>
[Collection(ProcessTests.Name)]
public sealed class RefusedDirectoryTests : IDisposable
{
    private static readonly string[] Commands = ["scan", "stats", "verify", "compact"];

    private readonly TestDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => _directory.PathOf("db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_directory_that_is_no_database()
    {
        Directory.CreateDirectory(Database);
        await File.WriteAllTextAsync(Path.Combine(Database, "letter.txt"), "Dear Ann", Cancellation);
        await RefusedAsync(Database, [.. Commands, "create"]);
        string missing = _directory.PathOf("missing");
        Assert.Contains(missing, (await FailsAsync("scan", missing)).Error);
        Assert.False(Directory.Exists(missing));
    }

    [Fact]
    public async Task A_database_that_another_process_has_open()
    {
        // A process that holds the lock as a server does, and changes nothing meanwhile.
        await ProcessRun.OkAsync("create", Database);
        using var holder = ProcessRun.Start("flock", ["--exclusive", Path.Combine(Database, "LOCK"), "sh", "-c", "echo held; cat"]);
        await holder.OutputHoldsAsync("held");
        await RefusedAsync("in use", [.. Commands, "create"]);
        holder.Input.Close();
        Assert.Equal(0, (await holder.EndAsync()).ExitCode);
        Assert.Equal("", await ProcessRun.OkAsync("scan", Database));
    }

    [Fact]
    public async Task A_database_of_a_newer_format()
    {
        await ProcessRun.OkAsync("create", Database);
        string path = Path.Combine(Database, "IDENTITY");
        byte[] identity = await File.ReadAllBytesAsync(path, Cancellation);
        BinaryPrimitives.WriteUInt32LittleEndian(identity.AsSpan(4), 1000);
        BinaryPrimitives.WriteUInt64LittleEndian(identity.AsSpan(40), XxHash3.HashToUInt64(identity.AsSpan(0, 40)));
        await File.WriteAllBytesAsync(path, identity, Cancellation);
        await RefusedAsync("format 1000", [.. Commands, "create"]);
    }

    [Fact]
    public async Task A_database_with_a_damaged_log()
    {
        await ProcessRun.OkAsync("create", Database);
        await ProcessRun.OkAsync("put", Database, "k", """{"text":"here-in-the-log"}""");
        string log = DamageWhere("*.log", "here-in-the-log"u8.ToArray());
        await RefusedAsync(Path.GetFileName(log), Commands);
    }

    [Fact]
    public async Task A_damaged_table_file_fails_what_reads_it_by_name_and_offset()
    {
        await ProcessRun.OkAsync("create", Database);
        await ProcessRun.OkAsync("put", Database, "k", """{"text":"here-in-the-file"}""");
        await ProcessRun.OkAsync("compact", Database);
        string file = DamageWhere("*.sst", "here-in-the-file"u8.ToArray());

        // Opening is a write of its own, the damage is met later: the data stay as they are.
        string before = Picture("*.sst");
        foreach (string[] command in new string[][] { ["get", Database, "k"], ["scan", Database], ["verify", Database] })
        {
            ProcessEnd failed = await FailsAsync(command);
            Assert.Contains(Path.GetFileName(file), failed.Error);
            Assert.Matches("offset \\d+", failed.Error);
            Assert.Equal(before, Picture("*.sst"));
        }
    }

    [Fact]
    public async Task A_wrong_command_line_ends_with_2_and_opens_nothing()
    {
        await ProcessRun.OkAsync("create", Database);
        string before = Picture();
        string[][] commands = [["scan"], ["stats", Database, "--cluster", "localhost"], ["verify", Database, "more"]];
        foreach (string[] command in commands)
        {
            ProcessEnd end = await ProcessRun.KstoneAsync(command);
            Assert.Equal(2, end.ExitCode);
            Assert.StartsWith("Error: ", end.Error);
        }

        Assert.Equal(before, Picture());
    }

    private static async Task<ProcessEnd> FailsAsync(params string[] arguments)
    {
        ProcessEnd end = await ProcessRun.KstoneAsync(arguments);
        Assert.Equal(1, end.ExitCode);
        Assert.StartsWith("Error: ", end.Error);
        Assert.Single(end.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return end;
    }

    private async Task RefusedAsync(string reason, IEnumerable<string> commands)
    {
        string before = Picture();
        foreach (string command in commands)
        {
            ProcessEnd end = await FailsAsync(command, Database);
            Assert.Contains(reason, end.Error);
            Assert.Equal("", end.Output);
            Assert.Equal(before, Picture());
        }
    }

    /// <summary>Names and hashes of all files; of the lock, which its holder lets nobody read, the name.</summary>
    private string Picture(string pattern = "*")
        => string.Join('\n', Directory.EnumerateFiles(Database, pattern).Order(StringComparer.Ordinal).Select(PictureOf));

    private static string PictureOf(string file)
    {
        string name = Path.GetFileName(file);
        return name == "LOCK" ? name : $"{name} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}";
    }

    /// <summary>Flips a bit of the bytes, in the file that has them.</summary>
    private string DamageWhere(string pattern, byte[] bytes)
    {
        foreach (string file in Directory.EnumerateFiles(Database, pattern))
        {
            byte[] content = File.ReadAllBytes(file);
            int at = content.AsSpan().IndexOf(bytes);
            if (at >= 0)
            {
                content[at] ^= 1;
                File.WriteAllBytes(file, content);
                return file;
            }
        }

        throw new InvalidOperationException($"No file {pattern} has the bytes.");
    }
}
