using System.CommandLine;
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
            terminal.Out.WriteLine($"Database created: {directory}");
            return (int)ExitCode.Success;
        });
        return command;
    }
}
