using System.Security.Cryptography;
using System.Text;
using Keystone.Cli;
using Xunit;

namespace Keystone.Tests.Cli;

/// <summary>A directory for a test of the command line, and commands run in this process as the shell would run them.</summary>
internal sealed class CliRun : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("keystone-cli-").FullName;

    /// <summary>Where the database of the test is.</summary>
    public string Database => Path.Combine(Root, "db");

    public string FileAt(string name) => Path.Combine(Root, name);

    public static Task<CliOutput> RunAsync(params string[] arguments) => RunAsync([], arguments);

    /// <summary>Runs a command with bytes on its standard input.</summary>
    public static async Task<CliOutput> RunAsync(byte[] input, string[] arguments, CancellationToken cancellation = default)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var terminal = new Terminal(new MemoryStream(input), output, error);
        ExitCode code = await Kstone.RunAsync(arguments, terminal, cancellation);
        await terminal.Out.FlushAsync(CancellationToken.None);
        return new CliOutput(code, output.ToArray(), Encoding.UTF8.GetString(error.ToArray()));
    }

    /// <summary>Runs a command that has to succeed.</summary>
    public static async Task<string> OkAsync(params string[] arguments)
    {
        CliOutput output = await RunAsync(arguments);
        Assert.Equal("", output.Error);
        Assert.Equal(ExitCode.Success, output.Code);
        return output.Text;
    }

    /// <summary>Runs a command that asks for an item which is not there.</summary>
    public static async Task MissingAsync(params string[] arguments)
    {
        CliOutput output = await RunAsync(arguments);
        Assert.Equal((ExitCode.Failure, "", "Item not found\n"), (output.Code, output.Text, output.Error));
    }

    /// <summary>Creates the database of the test.</summary>
    public async Task CreateAsync() => await OkAsync("create", Database);

    /// <summary>Names and contents of all files of a directory; of the lock file, which its holder lets nobody read, the name.</summary>
    public static SortedDictionary<string, string> Picture(string directory)
        => new(Directory.EnumerateFiles(directory).ToDictionary(file => file, ContentOf), StringComparer.Ordinal);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string ContentOf(string file)
        => Path.GetFileName(file) == "LOCK" ? "" : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
}

/// <summary>What a command left behind.</summary>
internal sealed record CliOutput(ExitCode Code, byte[] Bytes, string Error)
{
    public string Text => Encoding.UTF8.GetString(Bytes);
}
