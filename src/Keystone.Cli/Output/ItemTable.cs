using System.Globalization;
using Keystone.Cli.Keys;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Spectre.Console;

namespace Keystone.Cli.Output;

/// <summary>Items as a table: a column for the keys and for each attribute that any item has, a dash where an item has none.</summary>
internal sealed class ItemTable(TableKey table)
{
    private const string Missing = "-";

    private readonly List<Item> _items = [];

    public int Count => _items.Count;

    public void Add(Item item) => _items.Add(item);

    public void Write(IAnsiConsole console)
    {
        string[] columns = Columns();
        var view = new Table { Border = TableBorder.Rounded };
        foreach (string column in columns)
        {
            view.AddColumn(new TableColumn(new Text(Printable(column))));
        }

        foreach (Item item in _items)
        {
            view.AddRow(columns.Select(column => new Text(item.Find(column) is { } value ? Show(column, value) : Missing)));
        }

        console.Write(view);
    }

    /// <summary>What enters a terminal from data must not steer it.</summary>
    public static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(Printable)) : text;

    private static string Printable(char letter)
        => char.IsControl(letter) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}") : letter.ToString();

    private string[] Columns()
    {
        string?[] keys = [table.Schema.Partition.Name, table.Schema.Sort?.Name];
        var present = _items.SelectMany(item => item.Keys).ToHashSet(StringComparer.Ordinal);
        return [.. keys.OfType<string>().Where(present.Remove), .. present.Order(StringComparer.Ordinal)];
    }

    private string Show(string column, AttributeValue value) => value.Kind switch
    {
        AttributeKind.String => Printable(value.AsString()),
        AttributeKind.Binary when IsKey(column) => Printable(KeyText.Show(value.AsBinary())),
        AttributeKind.Binary => string.Create(CultureInfo.InvariantCulture, $"<Binary {value.AsBinary().Length} bytes>"),
        AttributeKind.Vector => string.Create(CultureInfo.InvariantCulture, $"<Vector {value.AsVector().Length} elements>"),
        AttributeKind.Timestamp => value.AsTimestamp().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        _ => Printable(ItemJson.ToJson(value)),
    };

    private bool IsKey(string column)
    {
        KeySchema schema = table.Schema;
        return column == schema.Partition.Name || column == schema.Sort?.Name;
    }
}
