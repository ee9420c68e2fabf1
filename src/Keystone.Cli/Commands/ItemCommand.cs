using System.CommandLine;
using Keystone.Cli.Keys;
using Keystone.Cli.Places;
using Keystone.Model;
using Keystone.Model.Keys;

namespace Keystone.Cli.Commands;

/// <summary>
/// What put, get, delete and query have in common: PATH or --cluster, KEY, a table, and how keys are written. The command that uses it
/// says what is done with the open database.
/// </summary>
internal sealed class ItemCommand
{
    private readonly Positionals _positionals;
    private readonly Option<string> _table = KeyOptions.Table();
    private readonly KeyOptions _keys;

    private ItemCommand(Command command, (string Name, string Description)[] behindKey)
    {
        _positionals = Positionals.AddTo(command, [("KEY", "The partition key."), .. behindKey]);
        command.Options.Add(_table);
        _keys = KeyOptions.AddTo(command);
    }

    /// <summary>Work on a database that is open, on a table that exists.</summary>
    public delegate Task<ExitCode> Work(ParseResult parsed, IKeystoneDatabase database, TableKey table, CancellationToken cancellation);

    public static ItemCommand AddTo(Command command, params (string Name, string Description)[] behindKey) => new(command, behindKey);

    /// <summary>Makes the command do the work.</summary>
    public void Run(Command command, Terminal terminal, Work work)
        => command.SetAction(async (parsed, cancellation) =>
        {
            Place place = await _positionals.PlaceOfAsync(parsed, cancellation).ConfigureAwait(false);
            IKeystoneDatabase database = await place.OpenAsync(terminal, Writing.Little, cancellation).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                TableKey table = await TableKey.FindAsync(database, parsed.GetValue(_table)!, cancellation).ConfigureAwait(false);
                return (int)await work(parsed, database, table, cancellation).ConfigureAwait(false);
            }
        });

    public string PartitionOf(ParseResult parsed) => _positionals.ValueOf(parsed, 1);

    /// <summary>The argument behind KEY, counted from 1.</summary>
    public string ValueOf(ParseResult parsed, int number) => _positionals.ValueOf(parsed, 1 + number);

    public KeyForm FormOf(ParseResult parsed) => _keys.FormOf(parsed);

    public ItemKey KeyOf(ParseResult parsed, TableKey table, string? sort) => table.KeyOf(PartitionOf(parsed), sort, FormOf(parsed));
}
