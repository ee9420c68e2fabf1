using System.CommandLine;
using Keystone.Cli.Exporting;
using Keystone.Cli.Importing;
using Keystone.Cli.Keys;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Model;

namespace Keystone.Cli.Commands;

/// <summary><c>export PATH FILE</c>: writes the items of a table into a file of JSON lines.</summary>
internal sealed class ExportCommand
{
    private readonly Terminal _terminal;
    private readonly Positionals _positionals;
    private readonly Option<string> _table = KeyOptions.Table();
    private readonly Option<bool> _quiet = QuietOption.New();
    private readonly Option<LineFormat> _format = LineFormatOption.New();
    private readonly Option<bool> _gzip = new("--gzip", "-z") { Description = "Compresses; always so when FILE ends with .gz." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replaces a file that exists." };

    private ExportCommand(Command command, Terminal terminal)
    {
        _terminal = terminal;
        _positionals = Positionals.AddTo(command, ("FILE", "The file; - is standard output."));
        command.Options.Add(_table);
        command.Options.Add(_format);
        command.Options.Add(_gzip);
        command.Options.Add(_overwrite);
        command.Options.Add(_quiet);
    }

    public static Command Of(Terminal terminal)
    {
        var command = new Command("export", "Writes the items of a table into a file: one JSON object a line.");
        var export = new ExportCommand(command, terminal);
        command.SetAction(async (parsed, cancellation) => (int)await export.RunAsync(parsed, cancellation).ConfigureAwait(false));
        return command;
    }

    private async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        Place place = await _positionals.PlaceOfAsync(parsed, cancellation).ConfigureAwait(false);
        IKeystoneDatabase database = await place.OpenAsync(_terminal, Writing.Little, cancellation).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            TableKey table = await TableKey.FindAsync(database, parsed.GetValue(_table)!, cancellation).ConfigureAwait(false);
            string name = _positionals.ValueOf(parsed, 1);
            long started = _terminal.Time.GetTimestamp();
            long items = await ProgressBar.RunAsync(
                _terminal, "Exporting", total: null, parsed.GetValue(_quiet),
                bar => ExportAsync(parsed, database, table, name, bar, cancellation)).ConfigureAwait(false);
            TimeSpan time = _terminal.Time.GetElapsedTime(started);
            (TextWriter report, string target) = name == "-" ? (_terminal.Error, "standard output") : (_terminal.Out, name);
            report.WriteLine($"Exported: {Quantity.Count(items)} items to {target} in {Quantity.Pace(items, time)}");
            return ExitCode.Success;
        }
    }

    private async Task<long> ExportAsync(
        ParseResult parsed, IKeystoneDatabase database, TableKey table, string name, ProgressBar bar, CancellationToken cancellation)
    {
        bool isGzip = parsed.GetValue(_gzip) || name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var exporter = new Exporter(database, table.Name, parsed.GetValue(_format))
        {
            OnProgress = items => bar.Report(new ProgressBar.Position(0, items)),
        };
        if (name == "-")
        {
            await _terminal.Out.FlushAsync(cancellation).ConfigureAwait(false);
            return await ExportFile.WriteAsync(_terminal.Out.BaseStream, isGzip, WriteAsync).ConfigureAwait(false);
        }

        var file = new ExportFile(name, parsed.GetValue(_overwrite));
        await using (file.ConfigureAwait(false))
        {
            long items = await ExportFile.WriteAsync(file.Stream, isGzip, WriteAsync).ConfigureAwait(false);
            await file.KeepAsync().ConfigureAwait(false);
            return items;
        }

        Task<long> WriteAsync(Stream stream) => exporter.RunAsync(stream, cancellation);
    }
}
