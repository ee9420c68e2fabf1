using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Cli.Keys;

/// <summary>
/// A table as a command uses it: its name and its key. The default table has keys of its own beside the attributes of an item; they are put
/// on when an item goes in and taken off when it comes out by its key. In named tables the key attributes are part of the item.
/// </summary>
internal sealed record TableKey(TableDefinition Definition)
{
    public string Name => Definition.Name;

    public KeySchema Schema => Definition.Key;

    public bool IsDefault => Name == KeystoneDefaults.TableName;

    /// <summary>Asks the database what the table is.</summary>
    public static async Task<TableKey> FindAsync(IKeystoneDatabase database, string name, CancellationToken cancellation)
    {
        DescribeTableResult found = await database.DescribeTableAsync(new DescribeTableRequest(name), cancellation).ConfigureAwait(false);
        return new TableKey(found.Table.Definition);
    }

    /// <summary>The sort key attribute. A table without one is a mistake of the command line.</summary>
    public KeyAttribute RequireSort()
        => Schema.Sort ?? throw CommandException.Usage($"The table {Name} has no sort key. Leave it out.");

    /// <summary>The key that the texts stand for.</summary>
    public ItemKey KeyOf(string partition, string? sort, KeyForm form)
    {
        if (sort is null && Schema.Sort is { } missing && !Schema.SortKeyIsOptional)
        {
            throw CommandException.Usage($"The table {Name} has the sort key {missing.Name}. Give its value with --sort-key.");
        }

        return ItemKey.Of(
            KeyText.Parse(partition, form, Schema.Partition),
            sort is null ? null : KeyText.Parse(sort, form, RequireSort()));
    }

    /// <summary>The item with its key in it. What the item itself says of its key has to agree.</summary>
    public Item WithKey(Item item, ItemKey key)
    {
        ItemBuilder builder = item.ToBuilder();
        foreach ((string name, AttributeValue value) in Schema.ToItem(key))
        {
            if (item.Find(name) is { } other && other != value)
            {
                throw KeystoneException.Validation(
                    $"The item says that its key {name} is {ItemJson.ToJson(other)}, the command says {ItemJson.ToJson(value)}.");
            }

            builder.Set(name, value);
        }

        return builder.Build();
    }

    /// <summary>The item as it was put.</summary>
    public Item WithoutKey(Item item)
        => IsDefault ? item.Without(KeystoneDefaults.PartitionKeyName).Without(KeystoneDefaults.SortKeyName) : item;

    /// <summary>
    /// The item with keys of bytes as bytes: plain JSON has no bytes and writes them as base64, so a text in their place is that.
    /// </summary>
    public Item WithBinaryKeys(Item item) => WithBinary(WithBinary(item, Schema.Partition), Schema.Sort);

    private static Item WithBinary(Item item, KeyAttribute? attribute)
    {
        if (attribute is not { Type: KeyType.Binary } || item.Find(attribute.Name) is not { Kind: AttributeKind.String } text)
        {
            return item;
        }

        byte[] bytes = new byte[text.AsString().Length];
        return Convert.TryFromBase64String(text.AsString(), bytes, out int length)
            ? item.With(attribute.Name, AttributeValue.Binary(bytes.AsSpan(0, length)))
            : throw KeystoneException.Validation(
                $"The key {attribute.Name} holds bytes; in JSON they are a text of base64, which this is not.");
    }
}
