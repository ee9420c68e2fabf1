using System.CommandLine;
using Keystone.Cli.Keys;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Cli.Commands;

/// <summary><c>sql PATH STATEMENT</c>: runs a statement of PartiQL and shows what it answers.</summary>
internal static class SqlCommand
{
    public static Command Of(Terminal terminal)
    {
        var command = new Command(
            "sql",
            "Runs a statement of PartiQL: SELECT, INSERT, UPDATE or DELETE; behind EXPLAIN shows how it would be read. "
            + "Texts stand in single quotes, names may stand in double ones, a ? is filled from -p.");
        Positionals positionals = Positionals.AddTo(command, ("STATEMENT", "The statement, in quotes of the shell."));
        Option<OutputFormat?> output = OutputOption.New();
        Option<int?> limit = LimitOption.New();
        var parameters = new Option<string[]>("--parameter", "-p")
        {
            HelpName = "JSON",
            Description = "The value of the next ? in the statement, as JSON: '\"text\"', 5, true, '[1, 2]'. May be repeated.",
            DefaultValueFactory = _ => [],
        };
        command.Options.Add(parameters);
        command.Options.Add(limit);
        command.Options.Add(output);
        command.SetAction(async (parsed, cancellation) =>
        {
            var request = new ExecuteStatementRequest(positionals.ValueOf(parsed, 1))
            {
                Parameters = [.. parsed.GetValue(parameters)!.Select(ParameterOf)],
            };
            OutputFormat format = parsed.GetValue(output).Choose(terminal);
            Place place = await positionals.PlaceOfAsync(parsed, cancellation).ConfigureAwait(false);
            IKeystoneDatabase database = await place.OpenAsync(terminal, Writing.Little, cancellation).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                var printer = new ItemPrinter(terminal, new TableKey(KeystoneDefaults.Table), format);
                await ShowAsync(database, request, printer, parsed.GetValue(limit).Or(format), cancellation).ConfigureAwait(false);
            }

            return (int)ExitCode.Success;
        });
        return command;
    }

    private static async Task ShowAsync(
        IKeystoneDatabase database, ExecuteStatementRequest request, ItemPrinter printer, int? limit, CancellationToken cancellation)
    {
        int shown = 0;
        await foreach (Item row in database.ExecuteAsync(request, cancellation).ConfigureAwait(false))
        {
            if (shown == limit)
            {
                printer.Finish(scanned: null, hasMore: true);
                return;
            }

            printer.Add(row);
            shown++;
        }

        printer.Finish(scanned: null, hasMore: false);
    }

    private static AttributeValue ParameterOf(string json)
    {
        try
        {
            return ItemJson.ParseValue(json);
        }
        catch (KeystoneException)
        {
            throw CommandException.Usage(
                $"The parameter {json} is no JSON. A text stands in double quotes within single ones: -p '\"text\"'.");
        }
    }
}
