using System.CommandLine;
using System.Text.Json;
using Keystone.Cli.Output;
using Keystone.Model.Maintenance;
using Spectre.Console;

namespace Keystone.Cli.Commands;

/// <summary><c>stats PATH</c>: figures of a database, summed over its stripes and disks.</summary>
internal static class StatsCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Of(Terminal terminal)
    {
        var command = new Command("stats", "Shows what a database takes on its disks.");
        Option<OutputFormat?> output = OutputOption.New();
        command.Options.Add(output);
        MaintenanceCommand.Run(command, terminal, async (parsed, _, database, cancellation) =>
        {
            DatabaseLayout layout = await database.GetLayoutAsync(cancellation).ConfigureAwait(false);
            IReadOnlyList<StripeStatistics> stripes = await database.GetStatisticsAsync(cancellation).ConfigureAwait(false);
            Show(terminal, FiguresOf(layout, stripes), parsed.GetValue(output).Choose(terminal));
            return ExitCode.Success;
        });
        return command;
    }

    private static Dictionary<string, long> FiguresOf(DatabaseLayout layout, IReadOnlyList<StripeStatistics> stripes) => new()
    {
        ["tables"] = layout.Tables,
        ["disks"] = stripes.DistinctBy(stripe => stripe.DiskId).Count(),
        ["stripes"] = layout.StripeCount,
        ["stripesUsed"] = stripes.Count(stripe => stripe.IsUsed),
        ["tableFiles"] = stripes.Sum(stripe => stripe.Files),
        ["tableFileBytes"] = stripes.Sum(stripe => stripe.FileBytes),
        ["tableFileEntries"] = stripes.Sum(stripe => stripe.FileEntries),
        ["memoryEntries"] = stripes.Sum(stripe => stripe.MemoryEntries),
        ["memoryBytes"] = stripes.Sum(stripe => stripe.MemoryBytes),
        ["logBytes"] = stripes.DistinctBy(stripe => stripe.DiskId).Sum(stripe => stripe.DiskLogBytes),
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
