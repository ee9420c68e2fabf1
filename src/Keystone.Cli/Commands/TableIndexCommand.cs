using System.CommandLine;
using Keystone.Cli.Keys;
using Keystone.Cli.Output;
using Keystone.Model;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Cli.Commands;

/// <summary><c>tables index add|remove</c>: global indexes of a table in use.</summary>
internal static class TableIndexCommand
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private static readonly (string, string)[] Names = [("TABLE", "The name of the table."), ("INDEX", "The name of the index.")];

    public static Command Of(Terminal terminal) => new("index", "Adds and removes global indexes of a table in use.")
    {
        Add(terminal),
        Remove(terminal),
    };

    private static Command Add(Terminal terminal)
    {
        var partition = new Option<KeyAttribute[]>("--partition-key")
        {
            HelpName = "NAME:S|N|B,...",
            Description = "The attributes of the partition key, up to four, with commas between them.",
            Required = true,
            CustomParser = KeyAttributeText.ParseMany,
        };
        var sort = new Option<KeyAttribute[]?>("--sort-key")
        {
            HelpName = "NAME:S|N|B,...",
            Description = "The attributes by which it is ordered, up to four, with commas between them.",
            CustomParser = KeyAttributeText.ParseMany,
        };
        var projection = new Option<string>("--projection")
        {
            HelpName = "all|keys|NAME,...",
            Description = "What it has of an item: all, the keys alone, or the keys and these attributes.",
            DefaultValueFactory = _ => "all",
        };
        Option<bool> quiet = QuietOption.New();
        Command command = TablesCommand.New(
            terminal,
            "add",
            "Adds an index and waits until it takes reads. Interrupted, the database goes on with it when it is open.",
            async (parsed, positionals, database, cancellation) =>
            {
                (string table, string name) = (positionals.ValueOf(parsed, 1), positionals.ValueOf(parsed, 2));
                IndexDefinition index = IndexDefinition.Global(
                    name, parsed.GetValue(partition)!, parsed.GetValue(sort) ?? [], ProjectionOf(parsed.GetValue(projection)!));
                UpdateTableRequest request = new(table) { CreateIndex = index };
                TableDescription made = (await database.UpdateTableAsync(request, cancellation).ConfigureAwait(false)).Table;
                await FillAsync(terminal, database, made, name, parsed.GetValue(quiet), cancellation).ConfigureAwait(false);
                terminal.Out.WriteLine($"Index added: {name} of {table}");
            },
            Names);
        command.Options.Add(partition);
        command.Options.Add(sort);
        command.Options.Add(projection);
        command.Options.Add(quiet);
        return command;
    }

    private static Command Remove(Terminal terminal)
        => TablesCommand.New(terminal, "remove", "Removes an index.", async (parsed, positionals, database, cancellation) =>
        {
            (string table, string name) = (positionals.ValueOf(parsed, 1), positionals.ValueOf(parsed, 2));
            await database.UpdateTableAsync(new UpdateTableRequest(table) { DeleteIndex = name }, cancellation).ConfigureAwait(false);
            terminal.Out.WriteLine($"Index removed: {name} of {table}");
        }, Names);

    private static IndexProjection ProjectionOf(string text) => text switch
    {
        "all" => IndexProjection.All,
        "keys" => IndexProjection.KeysOnly,
        _ => IndexProjection.Include(text.Split(',')),
    };

    /// <summary>Waits until an index takes reads.</summary>
    private static async Task FillAsync(
        Terminal terminal, IKeystoneDatabase database, TableDescription table, string index, bool quiet, CancellationToken cancellation)
    {
        BackfillProgress progress = table.Indexes[^1].Backfill ?? default;
        await ProgressBar.RunAsync(terminal, "Filling", Math.Max(1, progress.StripeCount), quiet, async bar =>
        {
            while (true)
            {
                DescribeTableRequest request = new(table.Definition.Name);
                table = (await database.DescribeTableAsync(request, cancellation).ConfigureAwait(false)).Table;
                IndexDescription? now = table.Indexes.FirstOrDefault(other => other.Definition.Name == index);
                if (now is null or { Status: not IndexStatus.Creating })
                {
                    return true;
                }

                bar.Report(new ProgressBar.Position(now.Backfill?.StripesDone ?? 0, now.Backfill?.Items ?? 0));
                await Task.Delay(LookInterval, terminal.Time, cancellation).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }
}
