using System.CommandLine;
using System.Text.Json;
using Keystone.Cli.Output;
using Keystone.Cli.Places;
using Keystone.Database;
using Spectre.Console;

namespace Keystone.Cli.Commands;

/// <summary><c>stats PATH</c>: figures of a directory.</summary>
internal static class StatsCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Of(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "The directory of the database." };
        Option<OutputFormat?> output = OutputOption.New();
        var command = new Command("stats", "Shows what a database takes on its disk.") { path, output };
        command.SetAction(async (parsed, _) =>
        {
            KeystoneDatabase database = await Place.OpenDirectoryAsync(parsed.GetValue(path)!, terminal).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                Show(terminal, FiguresOf(database.Statistics()), parsed.GetValue(output).Choose(terminal));
            }

            return (int)ExitCode.Success;
        });
        return command;
    }

    private static Dictionary<string, long> FiguresOf(DatabaseStatistics statistics) => new()
    {
        ["tables"] = statistics.Tables,
        ["stripes"] = statistics.StripeCount,
        ["stripesUsed"] = statistics.UsedStripes,
        ["tableFiles"] = statistics.FilesByLevel.Sum(),
        ["tableFileBytes"] = statistics.BytesByLevel.Sum(),
        ["tableFileEntries"] = statistics.FileEntries,
        ["memoryEntries"] = statistics.MemoryEntries,
        ["memoryBytes"] = statistics.WriteBufferBytes,
        ["logBytes"] = statistics.LogBytes,
    };

    private static void Show(Terminal terminal, Dictionary<string, long> figures, OutputFormat format)
    {
        if (format != OutputFormat.Table)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(figures, format == OutputFormat.Json ? Indented : null));
            return;
        }

        var view = new Table { Border = TableBorder.Rounded, ShowHeaders = false };
        view.AddColumn("").AddColumn(new TableColumn("").RightAligned());
        foreach ((string name, long figure) in figures)
        {
            bool isSize = name.EndsWith("Bytes", StringComparison.Ordinal);
            view.AddRow(Words(name), isSize ? Quantity.Bytes(figure) : Quantity.Count(figure));
        }

        terminal.OutConsole().Write(view);
    }

    /// <summary>tableFileBytes becomes "table file bytes".</summary>
    private static string Words(string name)
        => string.Concat(name.Select(letter => char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));
}
