using System.CommandLine;
using Keystone.Cli.Keys;
using Keystone.Cli.Output;
using Keystone.Model.Requests;

namespace Keystone.Cli.Commands;

/// <summary><c>query PATH KEY</c>: shows the items of a partition in the order of their sort keys.</summary>
internal static class QueryCommand
{
    public static Command Of(Terminal terminal)
    {
        var command = new Command("query", "Shows the items of a partition in the order of their sort keys.");
        ItemCommand item = ItemCommand.AddTo(command);
        SortKeyOptions sort = SortKeyOptions.AddTo(command);
        Option<OutputFormat?> output = OutputOption.New();
        Option<int?> limit = LimitOption.New();
        var backward = new Option<bool>("--backward") { Description = "From the greatest sort key down." };
        command.Options.Add(backward);
        command.Options.Add(limit);
        command.Options.Add(output);
        item.Run(command, terminal, async (parsed, database, table, cancellation) =>
        {
            KeyForm form = item.FormOf(parsed);
            var request = new QueryRequest(table.Name, KeyText.Parse(item.PartitionOf(parsed), form, table.Schema.Partition))
            {
                SortKey = sort.ConditionOf(parsed, table, form),
                Backward = parsed.GetValue(backward),
            };
            OutputFormat format = parsed.GetValue(output).Choose(terminal);
            await PageWalk.RunAsync(
                async (start, left, token) =>
                {
                    QueryRequest next = request with { ExclusiveStartKey = start, Limit = left };
                    QueryResult page = await database.QueryPageAsync(next, token).ConfigureAwait(false);
                    return new WalkPage(page.Items, page.LastEvaluatedKey, page.ScannedCount);
                },
                new ItemPrinter(terminal, table, format),
                parsed.GetValue(limit).Or(format),
                cancellation).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }
}
