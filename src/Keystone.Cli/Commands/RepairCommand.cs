using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Database;
using Keystone.Model;

namespace Keystone.Cli.Commands;

/// <summary>
/// <c>repair PATH TARGET</c>: salvages what is readable of a damaged database into a new one. Ends with 0 when all was read, with 1 when
/// something was lost, with 2 when nothing was begun.
/// </summary>
internal static class RepairCommand
{
    public static Command Of(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "The damaged directory. It is only read." };
        var target = new Argument<string>("TARGET") { Description = "The directory for the new database; it must be empty or not there." };
        var stripes = new Option<int?>("--stripes") { Description = "How many stripes the database has, where its identity is lost." };
        Option<bool> quiet = QuietOption.New();
        Option<bool> json = JsonOption.New();
        Option<string?> encryptKeys = EncryptKeysOption.New();
        var command = new Command("repair", "Salvages what is readable of a damaged database into a new one.")
        {
            path, target, stripes, quiet, json, encryptKeys,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            KeystoneDatabaseOptions options = Place.OptionsFor(terminal, Writing.Much, parsed.GetValue(encryptKeys));
            RepairSummary result = await ProgressBar.RunAsync(
                terminal, "Repairing", null, parsed.GetValue(quiet),
                bar => RunAsync(options, parsed.GetValue(path)!, parsed.GetValue(target)!, parsed.GetValue(stripes), bar, cancellation),
                "stripes").ConfigureAwait(false);
            Tell(terminal, parsed.GetValue(target)!, result, parsed.GetValue(json));
            return (int)(result.Damages.Count == 0 ? ExitCode.Success : ExitCode.Failure);
        });
        return command;
    }

    private static async Task<RepairSummary> RunAsync(
        KeystoneDatabaseOptions options, string path, string target, int? stripes, ProgressBar bar, CancellationToken cancellation)
    {
        try
        {
            return await KeystoneDatabase.RepairAsync(path, target, options, stripes, new StripesDone(bar), cancellation)
                .ConfigureAwait(false);
        }
        catch (KeystoneException refusal) when (refusal.Code is KeystoneErrorCode.NotADatabase or KeystoneErrorCode.ResourceInUse
            or KeystoneErrorCode.ValidationFailed or KeystoneErrorCode.DatabaseLocked)
        {
            throw CommandException.Usage(refusal.Message);
        }
    }

    private static void Tell(Terminal terminal, string target, RepairSummary result, bool asJson)
    {
        if (asJson)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(new
            {
                target,
                diskId = result.DiskId.ToString("x32", CultureInfo.InvariantCulture),
                tableFiles = result.TablesRead,
                logGroups = result.GroupsRead,
                entries = result.EntriesKept,
                mayHoldDeleted = result.MayHoldDeleted,
                lost = result.Damages.Select(
                    l => new { file = l.File, offset = l.Offset, bytes = l.Bytes, entries = l.Entries, what = l.What }),
            }));
            return;
        }

        foreach (RepairDamage damage in result.Damages)
        {
            terminal.Error.WriteLine($"Lost: {damage.File} at {damage.Offset}{ExtentOf(damage)}: {damage.What}");
        }

        if (result.MayHoldDeleted)
        {
            terminal.Error.WriteLine("Warning: items that were deleted may be there again: what removed them could not be read.");
        }

        terminal.Out.WriteLine(
            $"Repaired: {target}, {Quantity.Count(result.EntriesKept)} entries out of {Quantity.Count(result.TablesRead)} table files "
                + $"and {Quantity.Count(result.GroupsRead)} groups of the log, {Quantity.Count(result.Damages.Count)} places lost");
    }

    private static string ExtentOf(RepairDamage damage)
        => (damage.Bytes > 0 ? $", {Quantity.Bytes(damage.Bytes)}" : "")
            + (damage.Entries is { } entries ? $", {Quantity.Count(entries)} entries" : "");

    private sealed class StripesDone(ProgressBar bar) : IProgress<int>
    {
        public void Report(int value) => bar.Report(new ProgressBar.Position(value, value));
    }
}
