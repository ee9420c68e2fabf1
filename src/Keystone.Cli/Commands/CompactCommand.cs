using System.CommandLine;
using Keystone.Cli.Output;
using Keystone.Model.Maintenance;

namespace Keystone.Cli.Commands;

/// <summary><c>compact PATH</c>: merges the files of every stripe and removes what nobody can see.</summary>
internal static class CompactCommand
{
    public static Command Of(Terminal terminal)
    {
        var command = new Command("compact", "Merges all table files and gives back the room of what was deleted.");
        Option<bool> quiet = QuietOption.New();
        command.Options.Add(quiet);
        MaintenanceCommand.Run(command, terminal, async (parsed, place, database, cancellation) =>
        {
            DatabaseLayout layout = await database.GetLayoutAsync(cancellation).ConfigureAwait(false);
            long before = await FileBytesAsync(database, cancellation).ConfigureAwait(false);
            await ProgressBar.RunAsync(terminal, "Compacting", layout.StripeCount, parsed.GetValue(quiet), async bar =>
            {
                await database.CompactAsync(new StripeProgress(bar), cancellation).ConfigureAwait(false);
                return true;
            }, "stripes").ConfigureAwait(false);
            long after = await FileBytesAsync(database, cancellation).ConfigureAwait(false);
            terminal.Out.WriteLine($"Compacted: {place}, table files {Quantity.Bytes(before)} before, {Quantity.Bytes(after)} now");
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<long> FileBytesAsync(IKeystoneMaintenance database, CancellationToken cancellation)
        => (await database.GetStatisticsAsync(cancellation).ConfigureAwait(false)).Sum(stripe => stripe.FileBytes);
}
