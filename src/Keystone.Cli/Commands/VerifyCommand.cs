using System.CommandLine;
using Keystone.Cli.Output;
using Keystone.Model.Maintenance;

namespace Keystone.Cli.Commands;

/// <summary><c>verify PATH</c>: reads every block of every file and says what is damaged.</summary>
internal static class VerifyCommand
{
    public static Command Of(Terminal terminal)
    {
        var command = new Command("verify", "Reads all table files and checks them; nothing is repaired.");
        Option<bool> quiet = QuietOption.New();
        command.Options.Add(quiet);
        MaintenanceCommand.Run(command, terminal, async (parsed, _, database, cancellation) =>
        {
            DatabaseLayout layout = await database.GetLayoutAsync(cancellation).ConfigureAwait(false);
            DatabaseVerification found = await ProgressBar.RunAsync(
                terminal, "Verifying", layout.StripeCount, parsed.GetValue(quiet),
                bar => database.VerifyAsync(new StripeProgress(bar), cancellation).AsTask(), "stripes").ConfigureAwait(false);
            IReadOnlyList<StripeStatistics> figures = await database.GetStatisticsAsync(cancellation).ConfigureAwait(false);
            return Tell(terminal, found, figures.Sum(stripe => stripe.MemoryEntries));
        });
        return command;
    }

    /// <summary>What is in no table file yet was checked when the log was read, and is told apart.</summary>
    private static ExitCode Tell(Terminal terminal, DatabaseVerification found, long entriesInLog)
    {
        foreach (StripeDamage damage in found.Damages)
        {
            terminal.Error.WriteLine($"Error: stripe {damage.Stripe}: {damage.Message}");
        }

        terminal.Out.WriteLine(
            $"Verified: {Quantity.Count(found.Files)} table files, {Quantity.Bytes(found.Bytes)}, "
                + $"{Quantity.Count(found.Damages.Count)} damaged");
        if (entriesInLog > 0)
        {
            terminal.Out.WriteLine($"{Quantity.Count(entriesInLog)} entries are in the log, not yet in table files");
        }

        return found.IsSound ? ExitCode.Success : ExitCode.Failure;
    }
}
