using Keystone.Cli.Keys;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Cli.Importing;

/// <summary>The notations of items in a file.</summary>
internal enum LineFormat
{
    /// <summary>JSON as people write it: texts, numbers, booleans, null, lists and maps.</summary>
    Plain,

    /// <summary>DynamoDB's JSON, where each value names its type: every item comes back as it was.</summary>
    Dynamodb,
}

/// <summary>
/// Turns a line into an item that the table takes. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> with the reason if it is none.
/// </summary>
internal sealed class ItemLine(TableKey table, LineFormat format)
{
    private readonly ItemLimits _limits = ItemLimits.Default;

    public (EncodedItem Item, ItemKey Key) Parse(ReadOnlySpan<byte> line)
    {
        Item item = format == LineFormat.Dynamodb ? ItemJson.ParseDynamoJson(line) : table.WithBinaryKeys(ItemJson.Parse(line));
        EncodedItem encoded = item.Encode();
        ItemKey key = table.Schema.KeyOf(encoded, _limits);
        _limits.RequireItem(encoded);
        return (encoded, key);
    }
}
