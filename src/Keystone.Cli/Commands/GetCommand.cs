using System.CommandLine;
using Keystone.Cli.Keys;
using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Cli.Commands;

/// <summary><c>get PATH KEY</c>: shows an item; one that is not there ends it with 1.</summary>
internal static class GetCommand
{
    public static Command Of(Terminal terminal)
    {
        var command = new Command("get", "Shows an item as JSON.");
        ItemCommand item = ItemCommand.AddTo(command);
        Option<string?> sort = KeyOptions.SortKey();
        command.Options.Add(sort);
        item.Run(command, terminal, async (parsed, database, table, cancellation) =>
        {
            var request = new GetItemRequest(table.Name, item.KeyOf(parsed, table, parsed.GetValue(sort)));
            GetItemResult found = await database.GetItemAsync(request, cancellation).ConfigureAwait(false);
            if (found.Item is not { } encoded)
            {
                // Scripts take what stands on standard output for an item.
                terminal.Error.WriteLine("Item not found");
                return ExitCode.Failure;
            }

            terminal.Out.WriteLine(ItemJson.ToJson(table.WithoutKey(encoded.ToItem()), indented: true));
            return ExitCode.Success;
        });
        return command;
    }
}
