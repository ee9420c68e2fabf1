using System.CommandLine;
using Keystone.Cli.Keys;
using Keystone.Model.Requests;

namespace Keystone.Cli.Commands;

/// <summary><c>delete PATH KEY</c>: removes an item, whether it is there or not.</summary>
internal static class DeleteCommand
{
    public static Command Of(Terminal terminal)
    {
        var command = new Command("delete", "Deletes an item; one that is not there is no error.");
        ItemCommand item = ItemCommand.AddTo(command);
        Option<string?> sort = KeyOptions.SortKey();
        command.Options.Add(sort);
        item.Run(command, terminal, async (parsed, database, table, cancellation) =>
        {
            var request = new DeleteItemRequest(table.Name, item.KeyOf(parsed, table, parsed.GetValue(sort)));
            await database.DeleteItemAsync(request, cancellation).ConfigureAwait(false);
            terminal.Out.WriteLine("Item deleted");
            return ExitCode.Success;
        });
        return command;
    }
}
