using System.CommandLine;
using System.Text.Json;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Database;

namespace Keystone.Cli.Commands;

/// <summary>
/// <c>rewrap PATH</c>: wraps the keys of all files under the ring's current key, so that the older keys of the ring may go. Data are not
/// written again.
/// </summary>
internal static class RewrapCommand
{
    public static Command Of(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "The directory of the database. No server may have it open." };
        Option<bool> json = JsonOption.New();
        Option<string?> encryptKeys = EncryptKeysOption.New();
        encryptKeys.Required = true;
        var command = new Command("rewrap", "Wraps the keys of an encrypted database under the current key of its ring.")
        {
            path, json, encryptKeys,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            KeystoneDatabaseOptions options = Place.OptionsFor(terminal, Writing.Little, parsed.GetValue(encryptKeys));
            KeystoneDatabase database = await KeystoneDatabase.OpenAsync(parsed.GetValue(path)!, options).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                RewrapSummary done = await database.RewrapAsync(cancellation).ConfigureAwait(false);
                Tell(terminal, parsed.GetValue(path)!, done, parsed.GetValue(json));
                return (int)ExitCode.Success;
            }
        });
        return command;
    }

    private static void Tell(Terminal terminal, string path, RewrapSummary done, bool asJson)
        => terminal.Out.WriteLine(asJson
            ? JsonSerializer.Serialize(new { path, currentKey = done.CurrentKeyId, keys = done.Keys })
            : $"Rewrapped: {path}, {Quantity.Count(done.Keys)} keys under {done.CurrentKeyId}; it needs no older key of the ring any more");
}
