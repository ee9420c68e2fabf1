using System.CommandLine;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Database;

namespace Keystone.Cli.Commands;

/// <summary><c>compact PATH</c>: merges the files of every stripe and removes what nobody can see.</summary>
internal static class CompactCommand
{
    public static Command Of(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "The directory of the database." };
        Option<bool> quiet = QuietOption.New();
        var command = new Command("compact", "Merges all files and gives back the room of what was deleted.") { path, quiet };
        command.SetAction(async (parsed, cancellation) =>
        {
            string directory = parsed.GetValue(path)!;
            KeystoneDatabase database = await Place.OpenDirectoryAsync(directory, terminal).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                long before = database.Statistics().BytesByLevel.Sum();
                await ProgressBar.RunAsync(terminal, "Compacting", database.Statistics().StripeCount, parsed.GetValue(quiet), async bar =>
                {
                    await database.CompactAsync(new Relay(bar), cancellation).ConfigureAwait(false);
                    return true;
                }).ConfigureAwait(false);
                long after = database.Statistics().BytesByLevel.Sum();
                terminal.Out.WriteLine($"Compacted: {directory}, table files {Quantity.Bytes(before)} before, {Quantity.Bytes(after)} now");
            }

            return (int)ExitCode.Success;
        });
        return command;
    }

    private sealed class Relay(ProgressBar bar) : IProgress<int>
    {
        public void Report(int value) => bar.Report(new ProgressBar.Position(value, value));
    }
}
