using System.CommandLine;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Database;

namespace Keystone.Cli.Commands;

/// <summary><c>create PATH</c>: makes an empty database.</summary>
internal static class CreateCommand
{
    public static Command Of(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "The directory; it must be empty or not there yet." };
        Option<string?> encryptKeys = EncryptKeysOption.New();
        var command = new Command("create", "Creates a database.") { path, encryptKeys };
        command.SetAction(async (parsed, _) =>
        {
            string directory = parsed.GetValue(path)!;
            KeystoneDatabaseOptions options = Place.OptionsFor(terminal, Writing.Little, parsed.GetValue(encryptKeys));
            KeystoneDatabase database = await KeystoneDatabase.CreateAsync(directory, options).ConfigureAwait(false);
            await database.DisposeAsync().ConfigureAwait(false);
            long bytes = new DirectoryInfo(directory).EnumerateFiles().Sum(file => file.Length);
            terminal.Out.WriteLine(
                $"Database created: {directory} ({Quantity.Bytes(bytes)} on disk; a server takes about 130 MiB before anything is in it)");
            return (int)ExitCode.Success;
        });
        return command;
    }
}
