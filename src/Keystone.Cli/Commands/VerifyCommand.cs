using System.CommandLine;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Database;
using Keystone.Model;

namespace Keystone.Cli.Commands;

/// <summary><c>verify PATH</c>: reads every block of every file and says what is damaged.</summary>
internal static class VerifyCommand
{
    public static Command Of(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "The directory of the database." };
        Option<bool> quiet = QuietOption.New();
        var command = new Command("verify", "Reads everything and checks it; nothing is repaired.") { path, quiet };
        command.SetAction(async (parsed, cancellation) =>
        {
            KeystoneDatabase database = await Place.OpenDirectoryAsync(parsed.GetValue(path)!, terminal).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                int stripes = database.Statistics().StripeCount;
                return (int)await ProgressBar.RunAsync(
                    terminal, "Verifying", stripes, parsed.GetValue(quiet),
                    bar => VerifyAsync(terminal, database, bar, cancellation)).ConfigureAwait(false);
            }
        });
        return command;
    }

    private static async Task<ExitCode> VerifyAsync(
        Terminal terminal, KeystoneDatabase database, ProgressBar bar, CancellationToken cancellation)
    {
        var progress = new LastProgress(bar);
        IReadOnlyList<KeystoneException> damages = await database.VerifyAsync(progress, cancellation).ConfigureAwait(false);
        foreach (KeystoneException damage in damages)
        {
            terminal.Error.WriteLine($"Error: {damage.Message}");
        }

        VerificationProgress seen = progress.Last;
        terminal.Out.WriteLine(
            $"Verified: {Quantity.Count(seen.Files)} table files, {Quantity.Bytes(seen.Bytes)}, {Quantity.Count(damages.Count)} damaged");
        return damages.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private sealed class LastProgress(ProgressBar bar) : IProgress<VerificationProgress>
    {
        public VerificationProgress Last { get; private set; }

        public void Report(VerificationProgress value)
        {
            Last = value;
            bar.Report(new ProgressBar.Position(value.Stripes, value.Files));
        }
    }
}
