using System.CommandLine;
using System.Text.Json.Nodes;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Model.Streams;

namespace Keystone.Cli.Commands;

/// <summary><c>tables stream enable|disable|read</c>: the stream of a table's changes.</summary>
internal static class TableStreamCommand
{
    private static readonly (string, string)[] Name = [("TABLE", "The name of the table.")];

    public static Command Of(Terminal terminal) => new("stream", "Enables, disables and reads the stream of a table's changes.")
    {
        Enable(terminal),
        Disable(terminal),
        Read(terminal),
    };

    private static Command Enable(Terminal terminal)
    {
        var view = new Option<StreamViewType>("--view")
        {
            Description = "What the stream has of an item that changed.",
            DefaultValueFactory = _ => StreamViewType.NewAndOldImages,
        };
        Command command = TablesCommand.New(
            terminal,
            "enable",
            "Begins a stream of every change, kept for 24 hours.",
            async (parsed, positionals, database, cancellation) =>
            {
                UpdateTableRequest request = new(positionals.ValueOf(parsed, 1)) { EnableStream = parsed.GetValue(view) };
                TableDescription table = (await database.UpdateTableAsync(request, cancellation).ConfigureAwait(false)).Table;
                terminal.Out.WriteLine($"Stream enabled: {StreamArn.Of(table.Definition.Name, table.Stream!)}");
            },
            Name);
        command.Options.Add(view);
        return command;
    }

    private static Command Disable(Terminal terminal)
        => TablesCommand.New(
            terminal,
            "disable",
            "Ends the stream. It can be read for 24 hours more.",
            async (parsed, positionals, database, cancellation) =>
            {
                string table = positionals.ValueOf(parsed, 1);
                await database.UpdateTableAsync(new UpdateTableRequest(table) { DisableStream = true }, cancellation).ConfigureAwait(false);
                terminal.Out.WriteLine($"Stream disabled: {table}");
            },
            Name);

    private static Command Read(Terminal terminal)
        => TablesCommand.New(
            terminal,
            "read",
            "Writes the changes that the newest stream has, a line of JSON each, shard after shard.",
            async (parsed, positionals, database, cancellation) =>
            {
                string table = positionals.ValueOf(parsed, 1);
                IReadOnlyList<StreamArn> streams = await database.ListStreamsAsync(table, cancellation).ConfigureAwait(false);
                if (streams.Count == 0)
                {
                    throw KeystoneException.Validation($"The table {table} has no stream: enable one with 'kstone tables stream enable'");
                }

                foreach (StreamShard shard in (await database.DescribeStreamAsync(streams[^1], cancellation).ConfigureAwait(false)).Shards)
                {
                    await WriteAsync(terminal, database, streams[^1], shard, cancellation).ConfigureAwait(false);
                }
            },
            Name);

    /// <summary>What a shard has now.</summary>
    private static async Task WriteAsync(
        Terminal terminal, IKeystoneDatabase database, StreamArn stream, StreamShard shard, CancellationToken cancellation)
    {
        GetShardIteratorRequest start = new(stream.ToString(), shard.Id, ShardIteratorKind.TrimHorizon);
        string? iterator = (await database.GetShardIteratorAsync(start, cancellation).ConfigureAwait(false)).ShardIterator;
        bool isQuiet = false;
        while (iterator is not null && !isQuiet)
        {
            GetRecordsResult page = await database.GetRecordsAsync(new GetRecordsRequest(iterator), cancellation).ConfigureAwait(false);
            foreach (ChangeRecord change in page.Records)
            {
                terminal.Out.WriteLine(ToJson(change).ToJsonString());
            }

            isQuiet = page.Records.Count == 0;
            iterator = page.NextShardIterator;
        }
    }

    private static JsonObject ToJson(ChangeRecord change) => new()
    {
        ["sequenceNumber"] = change.SequenceNumber,
        ["kind"] = change.Kind.ToString(),
        ["time"] = change.Created.ToString("O"),
        ["byService"] = change.IsByService,
        ["key"] = ToJson(change.Key),
        ["old"] = ToJson(change.OldImage),
        ["new"] = ToJson(change.NewImage),
    };

    private static JsonNode? ToJson(EncodedItem? item) => item is { } there ? JsonNode.Parse(ItemJson.ToJson(there.ToItem())) : null;
}
