using System.CommandLine;
using Keystone.Cli.Keys;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Model;
using Keystone.Model.Requests;

namespace Keystone.Cli.Commands;

/// <summary><c>scan PATH</c>: shows the items of a table.</summary>
internal static class ScanCommand
{
    public static Command Of(Terminal terminal)
    {
        var command = new Command("scan", "Shows the items of a table, in no order that means anything.");
        Positionals positionals = Positionals.AddTo(command);
        Option<string> table = KeyOptions.Table();
        Option<int?> limit = LimitOption.New();
        Option<OutputFormat?> output = OutputOption.New();
        command.Options.Add(table);
        command.Options.Add(limit);
        command.Options.Add(output);
        command.SetAction(async (parsed, cancellation) =>
        {
            Place place = await positionals.PlaceOfAsync(parsed, cancellation).ConfigureAwait(false);
            IKeystoneDatabase database = await place.OpenAsync(terminal, Writing.Little, cancellation).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                TableKey key = await TableKey.FindAsync(database, parsed.GetValue(table)!, cancellation).ConfigureAwait(false);
                OutputFormat format = parsed.GetValue(output).Choose(terminal);
                await PageWalk.RunAsync(
                    async (start, left, token) =>
                    {
                        var request = new ScanRequest(key.Name) { ExclusiveStartKey = start, Limit = left };
                        ScanResult page = await database.ScanPageAsync(request, token).ConfigureAwait(false);
                        return new WalkPage(page.Items, page.LastEvaluatedKey, page.ScannedCount);
                    },
                    new ItemPrinter(terminal, key, format),
                    parsed.GetValue(limit).Or(format),
                    cancellation).ConfigureAwait(false);
                return (int)ExitCode.Success;
            }
        });
        return command;
    }
}
