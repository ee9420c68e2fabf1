using System.CommandLine;
using Keystone.Model.Requests;

namespace Keystone.Cli.Commands;

/// <summary><c>tables ttl enable|disable</c>: whether items of a table expire.</summary>
internal static class TableExpiryCommand
{
    private static readonly (string, string)[] Names =
    [
        ("TABLE", "The name of the table."), ("ATTRIBUTE", "The attribute with the time: a number, seconds since 1970."),
    ];

    public static Command Of(Terminal terminal) => new("ttl", "Lets items of a table expire, or not.")
    {
        TablesCommand.New(
            terminal, "enable", "Lets items expire at the time that they hold.", async (parsed, positionals, database, cancellation) =>
            {
                (string table, string attribute) = (positionals.ValueOf(parsed, 1), positionals.ValueOf(parsed, 2));
                UpdateTableRequest request = new(table) { EnableTimeToLive = attribute };
                await database.UpdateTableAsync(request, cancellation).ConfigureAwait(false);
                terminal.Out.WriteLine($"Items of {table} expire by {attribute}");
            }, Names),
        TablesCommand.New(
            terminal, "disable", "Lets items expire no more.", async (parsed, positionals, database, cancellation) =>
            {
                (string table, string attribute) = (positionals.ValueOf(parsed, 1), positionals.ValueOf(parsed, 2));
                UpdateTableRequest request = new(table) { DisableTimeToLive = attribute };
                await database.UpdateTableAsync(request, cancellation).ConfigureAwait(false);
                terminal.Out.WriteLine($"Items of {table} expire no more");
            }, Names),
    };
}
