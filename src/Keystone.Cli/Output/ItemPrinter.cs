using System.Globalization;
using Keystone.Cli.Keys;
using Keystone.Model.Items;

namespace Keystone.Cli.Output;

/// <summary>
/// Shows the items of a query or scan in the format asked for. JSON is written as items come; a table when they are all there.
/// </summary>
internal sealed class ItemPrinter(Terminal terminal, TableKey table, OutputFormat format)
{
    private readonly ItemTable _rows = new(table);
    private bool _isFirst = true;

    public void Add(Item item)
    {
        switch (format)
        {
            case OutputFormat.Table:
                _rows.Add(item);
                break;
            case OutputFormat.Json:
                terminal.Out.Write(_isFirst ? "[\n" : ",\n");
                terminal.Out.Write(ItemJson.ToJson(item, indented: true));
                break;
            default:
                terminal.Out.WriteLine(ItemJson.ToJson(item));
                break;
        }

        _isFirst = false;
    }

    /// <summary>Ends the output.</summary>
    /// <param name="scanned">How many items were looked at; null if that is not known.</param>
    /// <param name="hasMore">Whether a limit ended the walk before the items did.</param>
    public void Finish(long? scanned, bool hasMore)
    {
        if (format == OutputFormat.Json)
        {
            terminal.Out.WriteLine(_isFirst ? "[]" : "\n]");
        }

        if (format == OutputFormat.Table)
        {
            FinishTable(scanned, hasMore);
        }
    }

    private void FinishTable(long? scanned, bool hasMore)
    {
        if (_rows.Count == 0)
        {
            terminal.Out.WriteLine("No items found");
            return;
        }

        _rows.Write(terminal.OutConsole());
        terminal.Out.WriteLine();
        string looked = scanned is { } items ? string.Create(CultureInfo.InvariantCulture, $", Scanned: {items}") : "";
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Count: {_rows.Count}{looked}"));
        if (hasMore)
        {
            terminal.Out.WriteLine("More results available. Use --limit to see more of them, or -o jsonl to see all.");
        }
    }
}
