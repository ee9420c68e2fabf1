using System.CommandLine;
using Keystone.Cli.Importing;
using Keystone.Cli.Keys;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Model;

namespace Keystone.Cli.Commands;

/// <summary><c>import PATH FILE</c>: writes the items of a file of JSON lines into a table.</summary>
internal sealed class ImportCommand
{
    /// <summary>So many bad lines are told one by one; the others are only counted.</summary>
    private const int BadLinesToldMax = 20;

    private readonly Terminal _terminal;
    private readonly Positionals _positionals;
    private readonly Option<string> _table = KeyOptions.Table();
    private readonly Option<bool> _quiet = QuietOption.New();
    private readonly Option<LineFormat> _format = LineFormatOption.New();
    private readonly Option<BadLine> _onError = new("--on-error") { Description = "What a bad line does." };
    private readonly Option<long> _fromLine = new("--from-line")
    {
        HelpName = "N",
        Description = "Begins with this line, to go on where an import ended.",
        DefaultValueFactory = _ => 1,
    };

    private ImportCommand(Command command, Terminal terminal)
    {
        _terminal = terminal;
        _positionals = Positionals.AddTo(command, ("FILE", "The file, plain or gzip; - is standard input."));
        command.Options.Add(_table);
        command.Options.Add(_format);
        command.Options.Add(_onError);
        command.Options.Add(_fromLine);
        command.Options.Add(_quiet);
    }

    private enum BadLine
    {
        /// <summary>Ends the import; what was read before it is written.</summary>
        Stop,

        /// <summary>Is told and passed over.</summary>
        Skip,
    }

    public static Command Of(Terminal terminal)
    {
        var command = new Command("import", "Writes the items of a file into a table: one JSON object a line.");
        var import = new ImportCommand(command, terminal);
        command.SetAction(async (parsed, cancellation) => (int)await import.RunAsync(parsed, cancellation).ConfigureAwait(false));
        return command;
    }

    private async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string name = _positionals.ValueOf(parsed, 1);
        bool isInput = name == "-";
        Stream file = isInput ? new StandardInput(_terminal.Input) : OpenFile(name);
        await using (file.ConfigureAwait(false))
        {
            Place place = await _positionals.PlaceOfAsync(parsed, cancellation).ConfigureAwait(false);
            IKeystoneDatabase database = await place.OpenAsync(_terminal, Writing.Much, cancellation).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                TableKey table = await TableKey.FindAsync(database, parsed.GetValue(_table)!, cancellation).ConfigureAwait(false);
                long started = _terminal.Time.GetTimestamp();
                ImportResult result = await ProgressBar.RunAsync(
                    _terminal, "Importing", isInput ? null : file.Length, parsed.GetValue(_quiet),
                    bar => ImportAsync(parsed, database, table, file, isInput, bar, cancellation)).ConfigureAwait(false);
                return Tell(result, isInput ? "standard input" : name, _terminal.Time.GetElapsedTime(started));
            }
        }
    }

    private static FileStream OpenFile(string name)
    {
        if (Directory.Exists(name))
        {
            throw CommandException.Failed($"{name} is a directory. Give a file of JSON lines.");
        }

        try
        {
            return new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CommandException.Failed($"There is no file {name}.", missing);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw CommandException.Failed($"{name} may not be read. Look at its owner and its permissions.", denied);
        }
    }

    private async Task<ImportResult> ImportAsync(
        ParseResult parsed,
        IKeystoneDatabase database,
        TableKey table,
        Stream file,
        bool isInput,
        ProgressBar bar,
        CancellationToken cancellation)
    {
        LineReader lines = await LineReader.OpenAsync(file, cancellation).ConfigureAwait(false);
        await using (lines.ConfigureAwait(false))
        {
            bool skipBad = parsed.GetValue(_onError) == BadLine.Skip;
            int told = 0;
            var importer = new Importer(database, new ImportPlan(table.Name, parsed.GetValue(_fromLine), skipBad), _terminal.Time)
            {
                OnProgress = items => bar.Report(new ProgressBar.Position(isInput ? 0 : file.Position, items)),
                OnBadLine = (number, reason) =>
                {
                    if (told++ < BadLinesToldMax)
                    {
                        _terminal.Error.WriteLine($"{(skipBad ? "Skipped" : "Error")}: line {number}: {reason}");
                    }
                },
            };
            return await importer.RunAsync(lines, new ItemLine(table, parsed.GetValue(_format)), cancellation).ConfigureAwait(false);
        }
    }

    private ExitCode Tell(ImportResult result, string source, TimeSpan time)
    {
        string bad = result.BadLines > 0 ? $", {Quantity.Count(result.BadLines)} bad lines" : "";
        string pace = Quantity.Pace(result.Items, time);
        _terminal.Out.WriteLine($"Imported: {Quantity.Count(result.Items)} items from {source} in {pace}{bad}");
        switch (result.Failure)
        {
            case null when result is { Items: 0, BadLines: > 0 }:
                _terminal.Error.WriteLine("Error: No line was good. Look at the format of the file, and at --format.");
                return ExitCode.Failure;
            case null:
                return ExitCode.Success;
            case KeystoneException { Code: KeystoneErrorCode.ValidationFailed, InnerException: KeystoneException }:
                // The bad line has been told.
                break;
            case OperationCanceledException:
                _terminal.Error.WriteLine("Error: Cancelled.");
                break;
            default:
                _terminal.Error.WriteLine($"Error: {result.Failure.Message}");
                break;
        }

        _terminal.Error.WriteLine($"Everything up to line {result.LastLine} is stored; go on with --from-line {result.LastLine + 1}.");
        return result.Failure is OperationCanceledException ? ExitCode.Cancelled : ExitCode.Failure;
    }
}
