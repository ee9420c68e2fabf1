using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Database;

namespace Keystone.Cli.Commands;

/// <summary><c>checkpoint PATH TARGET</c>: copies a database into a directory of its own, where it can be opened as it is.</summary>
internal static class CheckpointCommand
{
    public static Command Of(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "The directory of the database. No server may have it open." };
        var target = new Argument<string>("TARGET") { Description = "The directory for the copy; it must be empty or not there yet." };
        Option<bool> quiet = QuietOption.New();
        Option<bool> json = JsonOption.New();
        Option<string?> encryptKeys = EncryptKeysOption.New();
        var command = new Command("checkpoint", "Copies a database: a backup that opens as a database.")
        {
            path, target, quiet, json, encryptKeys,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            KeystoneDatabaseOptions options = Place.OptionsFor(terminal, Writing.Little, parsed.GetValue(encryptKeys));
            KeystoneDatabase database = await KeystoneDatabase.OpenAsync(parsed.GetValue(path)!, options).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                CheckpointSummary made = await ProgressBar.RunAsync(
                    terminal, "Copying", database.Statistics().BytesByLevel.Sum(), parsed.GetValue(quiet),
                    bar => database.CheckpointAsync(parsed.GetValue(target)!, new FileProgress(bar), cancellation).AsTask(), "files")
                    .ConfigureAwait(false);
                Tell(terminal, parsed.GetValue(target)!, made, parsed.GetValue(json));
                return (int)ExitCode.Success;
            }
        });
        return command;
    }

    private static void Tell(Terminal terminal, string target, CheckpointSummary made, bool asJson)
    {
        if (asJson)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(new
            {
                target,
                diskId = made.DiskId.ToString("x32", CultureInfo.InvariantCulture),
                tableFiles = made.Files,
                linkedBytes = made.LinkedBytes,
                copiedBytes = made.CopiedBytes,
                logBytes = made.LogBytes,
                seconds = Math.Round(made.Duration.TotalSeconds, 3),
                sequences = made.Sequences,
            }));
            return;
        }

        terminal.Out.WriteLine(
            $"Checkpoint: {target}, {Quantity.Count(made.Files)} table files, {Quantity.Bytes(made.LinkedBytes)} linked, "
                + $"{Quantity.Bytes(made.CopiedBytes + made.LogBytes)} copied");
    }

    private sealed class FileProgress(ProgressBar bar) : IProgress<CheckpointPosition>
    {
        public void Report(CheckpointPosition value) => bar.Report(new ProgressBar.Position(value.Bytes, value.Files));
    }
}
