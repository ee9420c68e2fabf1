using System.CommandLine;
using Keystone.Cli.Keys;
using Keystone.Model;
using Keystone.Model.Items;

namespace Keystone.Cli.Commands;

/// <summary><c>put PATH KEY JSON</c>: stores an item.</summary>
internal static class PutCommand
{
    public static Command Of(Terminal terminal)
    {
        var command = new Command("put", "Stores an item in place of the one with the same key.");
        ItemCommand item = ItemCommand.AddTo(command, ("JSON", "The item: one object of JSON."));
        Option<string?> sort = KeyOptions.SortKey();
        command.Options.Add(sort);
        item.Run(command, terminal, async (parsed, database, table, cancellation) =>
        {
            Item content = table.WithBinaryKeys(ItemJson.Parse(item.ValueOf(parsed, 1)));
            Item whole = table.WithKey(content, item.KeyOf(parsed, table, parsed.GetValue(sort)));
            await database.PutItemAsync(table.Name, whole, cancellation).ConfigureAwait(false);
            terminal.Out.WriteLine("Item stored");
            return ExitCode.Success;
        });
        return command;
    }
}
