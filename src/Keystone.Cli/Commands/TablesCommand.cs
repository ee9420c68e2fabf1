using System.CommandLine;
using System.Text.Json.Nodes;
using Keystone.Cli.Keys;
using Keystone.Cli.Places;
using Keystone.Model;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Model.Streams;

namespace Keystone.Cli.Commands;

/// <summary>
/// <c>tables create|list|describe|delete|index|stream|ttl</c>: the tables of a database beside the default one, and what they keep besides
/// items.
/// </summary>
internal static class TablesCommand
{
    /// <summary>Work on a database that is open.</summary>
    internal delegate Task Work(ParseResult parsed, Positionals positionals, IKeystoneDatabase database, CancellationToken cancellation);

    public static Command Of(Terminal terminal) => new("tables", "Creates, lists, describes and deletes tables.")
    {
        Create(terminal),
        List(terminal),
        Describe(terminal),
        Delete(terminal),
        TableIndexCommand.Of(terminal),
        TableStreamCommand.Of(terminal),
        TableExpiryCommand.Of(terminal),
    };

    private static Command Create(Terminal terminal)
    {
        var partition = new Option<KeyAttribute>("--partition-key")
        {
            HelpName = "NAME:S|N|B",
            Description = "The partition key: the name of the attribute, and its type: S text, N number, B bytes.",
            Required = true,
            CustomParser = KeyAttributeText.Parse,
        };
        var sort = new Option<KeyAttribute?>("--sort-key")
        {
            HelpName = "NAME:S|N|B",
            Description = "The sort key, if the table is to have one.",
            CustomParser = KeyAttributeText.Parse,
        };
        Command command = New(terminal, "create", "Creates a table.", async (parsed, positionals, database, cancellation) =>
        {
            string name = positionals.ValueOf(parsed, 1);
            var key = new KeySchema(parsed.GetValue(partition)!, parsed.GetValue(sort));
            await database.CreateTableAsync(name, key, cancellation).ConfigureAwait(false);
            terminal.Out.WriteLine($"Table created: {name}");
        }, ("TABLE", "The name of the table."));
        command.Options.Add(partition);
        command.Options.Add(sort);
        return command;
    }

    private static Command List(Terminal terminal)
        => New(terminal, "list", "Lists the names of all tables.", async (_, _, database, cancellation) =>
        {
            ListTablesResult page;
            string? last = null;
            do
            {
                var request = new ListTablesRequest { ExclusiveStartTableName = last };
                page = await database.ListTablesAsync(request, cancellation).ConfigureAwait(false);
                foreach (string name in page.TableNames)
                {
                    terminal.Out.WriteLine(name);
                }

                last = page.LastEvaluatedTableName;
            }
            while (last is not null);
        });

    private static Command Describe(Terminal terminal)
        => New(terminal, "describe", "Shows what a table is, as JSON.", async (parsed, positionals, database, cancellation) =>
        {
            var request = new DescribeTableRequest(positionals.ValueOf(parsed, 1));
            TableDescription table = (await database.DescribeTableAsync(request, cancellation).ConfigureAwait(false)).Table;
            terminal.Out.WriteLine(ToJson(table).ToJsonString(new() { WriteIndented = true }).ReplaceLineEndings("\n"));
        }, ("TABLE", "The name of the table."));

    private static Command Delete(Terminal terminal)
        => New(terminal, "delete", "Deletes a table and all of its items.", async (parsed, positionals, database, cancellation) =>
        {
            string name = positionals.ValueOf(parsed, 1);
            await database.DeleteTableAsync(new DeleteTableRequest(name), cancellation).ConfigureAwait(false);
            terminal.Out.WriteLine($"Table deleted: {name}");
        }, ("TABLE", "The name of the table."));

    /// <summary>A command about a table of the database whose place is its first argument.</summary>
    internal static Command New(
        Terminal terminal, string name, string description, Work work, params (string Name, string Description)[] behindPath)
    {
        var command = new Command(name, description);
        Positionals positionals = Positionals.AddTo(command, behindPath);
        command.SetAction(async (parsed, cancellation) =>
        {
            Place place = await positionals.PlaceOfAsync(parsed, cancellation).ConfigureAwait(false);
            IKeystoneDatabase database = await place.OpenAsync(terminal, Writing.Little, cancellation).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                await work(parsed, positionals, database, cancellation).ConfigureAwait(false);
            }

            return (int)ExitCode.Success;
        });
        return command;
    }

    private static JsonObject ToJson(TableDescription table)
    {
        KeySchema key = table.Definition.Key;
        var json = new JsonObject
        {
            ["name"] = table.Definition.Name,
            ["status"] = table.Status.ToString(),
            ["partitionKey"] = KeyAttributeText.Show(key.Partition),
            ["sortKey"] = key.Sort is null ? null : KeyAttributeText.Show(key.Sort),
            ["created"] = table.Created?.ToString("O"),
        };
        if (table.Indexes.Count > 0)
        {
            json["indexes"] = new JsonArray([.. table.Indexes.Select(ToJson)]);
        }

        if (table.Streams.Count > 0)
        {
            json["streams"] = new JsonArray([.. table.Streams.Select(stream => ToJson(table.Definition.Name, stream))]);
        }

        if (table.TimeToLive is { } expiry)
        {
            json["timeToLive"] = new JsonObject { ["attribute"] = expiry.Attribute, ["status"] = expiry.Status.ToString() };
        }

        return json;
    }

    private static JsonObject ToJson(string table, StreamDescription stream) => new()
    {
        ["arn"] = StreamArn.Of(table, stream).ToString(),
        ["view"] = stream.View.ToString(),
        ["status"] = stream.Disabled is null ? "Enabled" : "Disabled",
        ["shards"] = stream.ShardCount,
    };

    private static JsonObject ToJson(IndexDescription index)
    {
        IndexDefinition definition = index.Definition;
        var json = new JsonObject
        {
            ["name"] = definition.Name,
            ["kind"] = definition.Kind.ToString(),
            ["status"] = index.Status.ToString(),
            ["partitionKey"] = string.Join(", ", definition.Partition.Select(KeyAttributeText.Show)),
            ["sortKey"] = definition.Sort.Count == 0 ? null : string.Join(", ", definition.Sort.Select(KeyAttributeText.Show)),
            ["projection"] = definition.Projection.Kind.ToString(),
            ["attributes"] = definition.Projection.Attributes.Count == 0 ? null : string.Join(", ", definition.Projection.Attributes),
        };
        if (index.Backfill is { } progress)
        {
            json["backfill"] = $"{progress.StripesDone} of {progress.StripeCount} stripes, {progress.Items} items";
        }

        return json;
    }
}
